import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { ExitCode } from '../../core/exit-code.ts';
import { codeOf } from '../../core/file-errors.ts';
import { isRecord } from '../../core/json.ts';
import { type Problem, problemError, UserError } from '../../core/problem.ts';
import type { RuleDraft } from '../cover.ts';
import { type ReadDocument, readDocuments } from '../documents.ts';
import { decoded } from '../file-kinds.ts';
import { bytesOf } from '../files.ts';
import type { MirrorName } from '../reference.ts';
import { importImageSyncer, importList, importSkopeo, listLines } from './by-repository.ts';
import { importFluxMirror, importOcync } from './by-selector.ts';
import { importDregsy, importRegsync } from './by-task.ts';
import { Importer, joined, type Rules } from './importer.ts';

/** A file of another tool. */
export interface ImportFile {
  /** How messages name it. */
  readonly name: string;
  readonly text: string;
}

export interface Imported {
  /** Which tool it is of. */
  readonly format: string;
  readonly rules: Rules;
  /** Where most of it goes to; absent: the file does not say it, or gives each image another name. */
  readonly destination?: MirrorName;
  /** What could not be carried over, each with its line: warnings. */
  readonly problems: readonly Problem[];
}

/**
 * Makes rules of a file of regsync, `skopeo sync`, dregsy, image-syncer, flux-mirror or ocync, or of a list of references. Which
 * one it is follows from what it holds. Only official images are carried over; no password is.
 *
 * @throws UserError `from/unknown-format`, and what the file's YAML breaks
 */
export function importRules({ name, text }: ImportFile): Imported {
  const importer = new Importer();
  if (isList(text)) {
    importList(name, text, importer);
    return finish('list', importer);
  }
  const { documents, problems } = readDocuments(name, text, true);
  const [first] = documents.flatMap((document) => {
    const format = formats.find(({ isOne }) => isRecord(document.data) && isOne(document.data));
    return format === undefined ? [] : [{ document, format }];
  });
  if (first === undefined && problems.length > 0) {
    throw new UserError(problems.map((problem) => ({ ...problem, severity: 'error' })));
  }
  if (first === undefined) throw unknownFormat(name);
  importer.problems.push(...problems);
  first.format.read(first.document, importer);
  return finish(first.format.name, importer);
}

function finish(format: string, importer: Importer): Imported {
  const rules = importer.rules();
  const destination = importer.destination();
  const problems = importer.problems.toSorted((one, other) => (one.place?.line ?? 0) - (other.place?.line ?? 0));
  return { format, rules, ...(destination === undefined ? {} : { destination }), problems };
}

interface Format {
  readonly name: string;
  readonly isOne: (data: Readonly<Record<string, unknown>>) => boolean;
  readonly read: (document: ReadDocument, importer: Importer) => void;
}

const skopeoKeys = ['images', 'images-by-tag-regex', 'images-by-semver'];
const isReference = (key: string) => /^[\w.-]+(?::\d+)?\/\S+$/.test(key);

/** The first that fits. */
const formats: readonly Format[] = [
  { name: 'regsync', isOne: (data) => Array.isArray(data['sync']), read: importRegsync },
  { name: 'dregsy', isOne: (data) => Array.isArray(data['tasks']), read: importDregsy },
  {
    name: 'flux-mirror',
    isOne: (data) => /^mirror\..*fluxcd\.io\//.test(String(data['apiVersion'])) && data['kind'] === 'Config',
    read: importFluxMirror,
  },
  {
    name: 'ocync',
    isOne: (data) => Array.isArray(data['mappings']) && isRecord(data['registries']),
    read: importOcync,
  },
  {
    name: 'image-syncer',
    isOne: ({ images, ...others }) =>
      (isRecord(images) && !('sync' in others)) || Object.keys(others).some(isTarget(others)),
    read: importImageSyncer,
  },
  {
    name: 'skopeo',
    isOne: (data) => Object.values(data).some((value) => isRecord(value) && skopeoKeys.some((key) => key in value)),
    read: importSkopeo,
  },
];

/** Whether a key is a source of image-syncer: a reference with one or more others. */
function isTarget(data: Readonly<Record<string, unknown>>): (key: string) => boolean {
  const isText = (value: unknown) =>
    typeof value === 'string' || (Array.isArray(value) && value.every((one) => typeof one === 'string'));
  return (key) => isReference(key) && isText(data[key]);
}

/** Lines of which most can be a reference, and none is a key of YAML. */
function isList(text: string): boolean {
  const full = listLines(text).filter((line) => line !== '');
  const references = full.filter((line) => /^[^\s:{}[\],"'&*!|>-][^\s"'{}[\]]*(?:\s+[^\s:]\S*)?$/.test(line));
  return references.length * 2 > full.length && full.every((line) => !/^[{[]|:(?:\s|$)/.test(line));
}

function unknownFormat(name: string): UserError {
  const message = 'The file is of no kind that is read.';
  const hint =
    'It is a regsync.yml, the YAML of `skopeo sync`, of dregsy, image-syncer, flux-mirror or ocync, or a list of `image:tag`.';
  return new UserError([{ code: 'from/unknown-format', severity: 'error', message, value: name, hint }]);
}

/** Of a file that people write. */
const largestFile = 4 * 1024 * 1024;

/**
 * Reads a file of another tool, and makes rules of it; `-` is standard input.
 *
 * @throws UserError `from/unreadable`, `from/too-large`, `from/not-text`, `from/nothing-official` with what could not be carried
 *   over, and as {@link importRules} does
 */
export async function importFile(directory: string, path: string, stdin: Readable): Promise<Imported> {
  const bytes = path === '-' ? await bytesOf(stdin, largestFile) : await fileBytes(directory, path);
  if (bytes === undefined) throw problemError('from/too-large', `The file has more than ${largestFile} bytes.`, path);
  const text = decoded(bytes);
  if (text === undefined || text.includes('\0')) {
    throw problemError('from/not-text', 'The file is not text in UTF-8.', path, 'Save it in UTF-8, and import again.');
  }
  const imported = importRules({ name: path === '-' ? '(stdin)' : path, text });
  if (imported.rules.include.length > 0) return imported;
  const message = 'The file holds nothing that becomes a rule.';
  const hint = 'It has to name images of docker.io/library, such as `alpine` or `docker.io/library/alpine:3`.';
  const error: Problem = { code: 'from/nothing-official', severity: 'error', message, value: path, hint };
  throw new UserError([...imported.problems, error], { exitCode: ExitCode.failed });
}

/** What a file holds; `undefined` where that is too much. */
async function fileBytes(directory: string, path: string): Promise<Uint8Array | undefined> {
  const full = resolve(directory, path);
  try {
    return (await stat(full)).size > largestFile ? undefined : await readFile(full);
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    const url = 'It is read from this machine: `curl -fsSL ADDRESS | mirrorlock init --from -`.';
    const hint = /^https?:\/\//.test(path) ? url : code === 'EISDIR' ? 'Name the file in this folder.' : undefined;
    throw problemError('from/unreadable', `The file cannot be read (${code}).`, path, hint);
  }
}

/** What a new mirror is to be, of which a file of another tool says a part. */
interface Answers {
  readonly destination?: MirrorName;
  readonly include?: readonly RuleDraft[];
  readonly exclude?: readonly RuleDraft[];
}

/** The answers with the rules of a file besides their own, and with its destination where they have none. */
export function withImported<Given extends Answers>(answers: Given, imported: Imported | undefined): Given & Answers {
  if (imported === undefined) return answers;
  const { rules, destination } = imported;
  const include = answers.include === undefined ? rules.include : joined([...rules.include, ...answers.include]);
  return { ...(destination && { destination }), ...answers, include, exclude: rules.exclude };
}

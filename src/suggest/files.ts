import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { codeOf, ifThere } from '../core/file-errors.ts';
import { type Problem, problemError } from '../core/problem.ts';
import { AccessLog } from './access-log.ts';
import { readDockerfile } from './dockerfile.ts';
import { decoded, isKnownName, kindOf, listed, logName, manifestName, variablesBeside } from './file-kinds.ts';
import { readHubUsage } from './hub-usage.ts';
import { readManifests } from './manifests.ts';
import type { MirrorName } from './reference.ts';
import { type InputKind, leftOut, type Use } from './types.ts';

/** What all inputs give together. */
export interface Inputs {
  readonly uses: readonly Use[];
  readonly problems: readonly Problem[];
  /** How many files were read of each kind. */
  readonly files: ReadonlyMap<InputKind, number>;
}

export interface InputOptions {
  /** What paths are relative to, absolute. */
  readonly directory: string;
  readonly mirrors: readonly MirrorName[];
  readonly signal: AbortSignal;
  /** What `-` reads. */
  readonly stdin: Readable;
  readonly onFile?: (path: string) => void;
}

/** Of a file that is read as a whole. The pods of a large cluster take some 50 MB. */
const largestFile = 128 * 1024 * 1024;
/** Of files that people write. */
const largestSource = 4 * 1024 * 1024;

/** Folders in which nobody keeps own files. */
const skippedFolders = new Set(['.git', 'node_modules', '.terraform', '.venv', '__pycache__', '.cache']);

/**
 * Reads files, and all in folders that is known by its name: Dockerfiles, YAML and JSON, logs, CSV. A file that is named itself is
 * read whatever its name is; one of an unknown kind is a list of references, one a line. No link in a folder is followed. What
 * cannot be read is a warning, with its line.
 *
 * @throws UserError `suggest/no-path` where a path does not exist; the signal's reason
 */
export async function readInputs(paths: readonly string[], options: InputOptions): Promise<Inputs> {
  const inputs = new InputReader(options);
  for (const path of paths) {
    if (path === '-') {
      const bytes = await bytesOf(options.stdin, largestFile);
      if (bytes === undefined) {
        throw problemError('suggest/too-large', `Standard input has at most ${largestFile} bytes.`);
      }
      await inputs.readText('(stdin)', bytes.toString('utf8'));
    } else await inputs.readPath(path);
  }
  return inputs;
}

class InputReader implements Inputs {
  readonly uses: Use[] = [];
  readonly problems: Problem[] = [];
  readonly files = new Map<InputKind, number>();
  readonly #options: InputOptions;
  readonly #seen = new Set<string>();
  /** Folders in which a template was found. */
  readonly #templates = new Set<string>();

  constructor(options: InputOptions) {
    this.#options = options;
  }

  async readPath(path: string): Promise<void> {
    const full = resolve(this.#options.directory, path);
    const found = await ifThere(() => stat(full));
    if (found === undefined) throw problemError('suggest/no-path', 'The file or folder does not exist.', path);
    if (found.isDirectory()) await this.#readFolder(full, path);
    else await this.#readFile(full, path, 'named');
  }

  async #readFolder(full: string, shown: string): Promise<void> {
    const entries = await this.#guarded(shown, () => readdir(full, { withFileTypes: true }));
    const sorted = (entries ?? []).sort((one, other) => (one.name < other.name ? -1 : 1));
    for (const entry of sorted) {
      const [inner, own] = [join(full, entry.name), shown === '.' ? entry.name : join(shown, entry.name)];
      if (entry.isDirectory() && !skippedFolders.has(entry.name)) await this.#readFolder(inner, own);
      else if (entry.isFile() && isKnownName(entry.name)) await this.#readFile(inner, own, 'found');
    }
  }

  async #readFile(full: string, shown: string, how: 'named' | 'found'): Promise<void> {
    this.#options.signal.throwIfAborted();
    if (this.#seen.has(full)) return;
    this.#seen.add(full);
    this.#options.onFile?.(shown);
    if (logName.test(basename(full))) return this.#readLog(full, shown, how);
    const size = (await this.#guarded(shown, () => lstat(full)))?.size ?? 0;
    const most = /\.(?:json|csv)$/i.test(full) || how === 'named' ? largestFile : largestSource;
    if (size > most) {
      this.problems.push(
        leftOut('too-large', { file: shown }, `A file of this kind has at most ${most} bytes.`, `${size}`),
      );
      return;
    }
    const bytes = await this.#guarded(shown, () => readFile(full));
    const text = bytes && decoded(bytes);
    if (bytes !== undefined && text === undefined && how === 'named') {
      this.problems.push(leftOut('not-text', { file: shown }, 'The file is not text in UTF-8.'));
    }
    if (text === undefined) return;
    const variables = manifestName.test(full) ? await variablesBeside(full) : {};
    await this.readText(shown, text, { how, variables });
  }

  /** Reads a text by its file's name or, where that says nothing, by what it holds. */
  async readText(
    file: string,
    text: string,
    { how = 'named', variables = {} }: { how?: 'named' | 'found'; variables?: NodeJS.Dict<string> } = {},
  ): Promise<void> {
    const kind = kindOf(file, text);
    if (kind === 'dockerfile') return this.#take(kind, readDockerfile(file, text));
    if (kind === 'access-log') return this.#takeLog(text.split('\n'), file, how);
    if (kind === 'hub-usage') {
      const report = readHubUsage(file, text);
      if (report !== undefined) this.#take(kind, report);
      else if (how === 'named') {
        const message = 'The first line of a usage report names its columns, of which one is `repository`.';
        this.problems.push(leftOut('unknown-kind', { file }, message));
      }
      return;
    }
    if (kind === 'list') {
      if (how === 'named') this.#take(kind, { uses: listed(file, text), problems: [] });
      return;
    }
    const reading = readManifests(file, text, variables);
    if (reading.kind !== undefined) this.#take(reading.kind, reading);
    else if (how === 'named' && reading.problems.length === 0) {
      const message = 'The file holds neither Kubernetes objects nor a compose file.';
      this.problems.push(leftOut('unknown-kind', { file }, message));
    } else if (how === 'named' || /\bimage\s*:/.test(text)) {
      this.problems.push(...reading.problems.filter((problem) => this.#isNews(problem)));
    }
  }

  #take(
    kind: InputKind,
    { uses, problems }: { readonly uses: readonly Use[]; readonly problems: readonly Problem[] },
  ): void {
    this.files.set(kind, (this.files.get(kind) ?? 0) + 1);
    for (const use of uses) this.uses.push(use);
    for (const problem of problems) if (this.#isNews(problem)) this.problems.push(problem);
  }

  /** The templates of a chart are told of once. */
  #isNews({ code, place }: Problem): boolean {
    if (code !== 'suggest/template') return true;
    const folder = dirname(place?.file ?? '');
    if (this.#templates.has(folder)) return false;
    this.#templates.add(folder);
    return true;
  }

  async #readLog(full: string, shown: string, how: 'named' | 'found'): Promise<void> {
    const raw = createReadStream(full);
    const stream: Readable = full.endsWith('.gz') ? raw.pipe(createGunzip()) : raw;
    // An error of the file is one of what is read from it.
    if (stream !== raw) raw.on('error', (error) => stream.destroy(error));
    try {
      await this.#takeLog(linesOf(stream), shown, how);
    } finally {
      raw.destroy();
    }
  }

  /** What was read before an error, such as the end of a file that is cut off, counts. */
  async #takeLog(lines: AsyncIterable<string> | Iterable<string>, file: string, how: 'named' | 'found'): Promise<void> {
    const log = new AccessLog(file, this.#options.mirrors);
    await this.#guarded(file, async () => {
      for await (const line of lines) log.add(line);
    });
    if (log.requests > 0) this.#take('access-log', { uses: log.uses(), problems: [] });
    else if (how === 'named')
      this.problems.push(leftOut('no-requests', { file }, 'No line of the log is a request of a registry.'));
  }

  /** Turns what the file system refuses into a warning. */
  async #guarded<Result>(shown: string, work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work();
    } catch (error) {
      const code = codeOf(error);
      if (code === undefined) throw error;
      this.problems.push(leftOut('unreadable', { file: shown }, `It cannot be read (${code}).`));
      return undefined;
    }
  }
}

/** No request of a registry is longer. */
const longestLine = 1024 * 1024;

async function* linesOf(stream: Readable): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of stream.setEncoding('utf8')) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = (lines.pop() ?? '').slice(0, longestLine);
    yield* lines;
  }
  if (rest !== '') yield rest;
}

/** All that a stream gives; `undefined` where that is more than `most` bytes. */
export async function bytesOf(stream: Readable, most: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > most) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

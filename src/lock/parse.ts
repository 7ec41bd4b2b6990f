import { type Document, isAlias, isMap, isScalar, parseDocument, visit } from 'yaml';
import type { Findings } from '../yaml/findings.ts';
import { checkNesting } from '../yaml/nesting.ts';
import { type SourceText, sourceText } from '../yaml/source-text.ts';
import { lockfileVersion } from './format.ts';
import { fault, type ParseProblems, parseProblems, rangeOf, readFields, stringOf, type Value } from './parse/fields.ts';
import { readImages } from './parse/images.ts';
import { maxLockfileLength } from './scan.ts';
import type { Lockfile } from './types.ts';

/**
 * Reads the text of a mirrors.lock.yaml. It need not be in canonical form, but holds nothing that a lockfile does not.
 *
 * @param file the name that problems give
 * @throws UserError with every problem: `lock/too-large`, `lock/merge-conflict`, `lock/not-yaml`, `lock/newer-version`,
 * `lock/invalid`, `lock/duplicate-tag`, `lock/duplicate-digest`, `lock/duplicate-image`, `lock/index-digest`
 */
export function parseLockfile(text: string, file: string): Lockfile {
  const source = sourceText(file, text);
  const problems = parseProblems(source);
  const { contents } = readDocument(source, problems);
  checkVersion(contents, problems);
  const lockfile = readRoot(contents, problems);
  problems.throwIfAny();
  if (lockfile === undefined) throw new Error('a lockfile that was not read has no problem');
  return lockfile;
}

function readRoot(root: Value, problems: ParseProblems): Lockfile | undefined {
  const fields = readFields(root, 'A lockfile', ['version', 'config', 'upstream', 'images'], problems);
  if (fields === undefined) return undefined;
  const configHash = matching(fields.config, hashPattern, '`config` is a sha256 hash.', problems);
  const upstream = readUpstream(fields.upstream, problems);
  const images = readImages(fields.images, problems);
  return configHash === undefined || upstream === undefined ? undefined : { configHash, upstream, images };
}

function readUpstream(node: Value, problems: ParseProblems): Lockfile['upstream'] | undefined {
  const fields = readFields(node, '`upstream`', ['repository', 'commit'], problems);
  if (fields === undefined) return undefined;
  const repository = matching(fields.repository, /./s, '`repository` is an address.', problems);
  const commit = matching(fields.commit, commitPattern, '`commit` is a full commit, in quotes.', problems);
  return repository === undefined || commit === undefined ? undefined : { repository, commit };
}

const commitPattern = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;
const hashPattern = /^sha256:[0-9a-f]{64}$/;

/** Comes first: what a newer version looks like is not known. */
function checkVersion(root: Value, problems: ParseProblems): void {
  const node = isMap(root) ? (root.get('version', true) as Value) : undefined;
  const version = isScalar(node) ? node.value : undefined;
  if (version === lockfileVersion) return;
  if (typeof version === 'number' && version > lockfileVersion) {
    const message = `This mirrorlock reads lockfiles of version ${lockfileVersion}.`;
    const hint = 'Update mirrorlock, or make the lockfile anew with this version.';
    problems.add(rangeOf(node), { ...fault(message, node), code: 'newer-version', hint });
  } else {
    problems.add(rangeOf(node ?? root), fault(`A lockfile is a mapping with \`version: ${lockfileVersion}\`.`, node));
  }
  problems.throwIfAny();
}

function matching(node: Value, pattern: RegExp, rule: string, problems: ParseProblems): string | undefined {
  const text = stringOf(node);
  if (text !== undefined && pattern.test(text)) return text;
  problems.add(rangeOf(node), fault(rule, node));
  return undefined;
}

/**
 * Reads a lockfile's text as YAML 1.2 without anchors, aliases, tags and directives: it has no use for them, and a
 * reader that took them would have to bound them.
 *
 * @throws UserError `lock/too-large`, `lock/merge-conflict`, `lock/not-yaml`
 */
function readDocument(source: SourceText, problems: ParseProblems): Document.Parsed {
  refuseTooLarge(source.text.length, problems);
  refuseConflictMarkers(source, problems);
  checkNesting(source, nestingFindings(problems));
  problems.throwIfAny();
  const document = parseDocument(source.text, {
    version: '1.2',
    schema: 'core',
    merge: false,
    resolveKnownTags: false,
    uniqueKeys: false,
    prettyErrors: false,
    // 'silent' would let a second document pass.
    logLevel: 'error',
  });
  for (const { message, pos } of document.errors) problems.add(pos, notYaml(`${message}.`));
  problems.throwIfAny();
  refuseFeatures(document, problems);
  problems.throwIfAny();
  return document;
}

/** @throws UserError `lock/too-large` when a lockfile of `length` characters or bytes is not to be read */
function refuseTooLarge(length: number, problems: ParseProblems): void {
  if (length <= maxLockfileLength) return;
  const message = `A lockfile has at most ${maxLockfileLength} characters.`;
  problems.add(undefined, { code: 'too-large', message, value: `${length}` });
  problems.throwIfAny();
}

/** The markers of git, those of its style `diff3` included. */
const conflictMarker = /^(?:<{7}|\|{7}|={7}|>{7})(?=\s|$)/m;

function refuseConflictMarkers({ text }: SourceText, problems: ParseProblems): void {
  const marker = conflictMarker.exec(text);
  if (marker === null) return;
  const message = 'The lockfile contains merge-conflict markers; digests cannot be merged.';
  problems.add([marker.index, marker.index + marker[0].length], { code: 'merge-conflict', message });
  problems.throwIfAny();
}

/** What `checkNesting` finds, as problems of a lockfile. */
function nestingFindings(problems: ParseProblems): Findings {
  return {
    problems: [],
    hasErrors: false,
    warning: () => undefined,
    error: (place, { message }) => problems.add(place, notYaml(message)),
  };
}

function refuseFeatures(document: Document.Parsed, problems: ParseProblems): void {
  if (document.directives.yaml.explicit) problems.add(undefined, notYaml('A lockfile has no directives (`%…`).'));
  visit(document, {
    Node(_, node) {
      if (isAlias(node)) problems.add(node.range, notYaml('A lockfile has no aliases.'));
      else if (node.anchor !== undefined) problems.add(node.range, notYaml('A lockfile has no anchors.'));
      else if (node.tag !== undefined) problems.add(node.range, notYaml('A lockfile has no tags of YAML.'));
    },
  });
}

function notYaml(message: string) {
  return { code: 'not-yaml', message };
}

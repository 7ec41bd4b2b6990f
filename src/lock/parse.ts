import { isMap, isScalar } from 'yaml';
import { sourceText } from '../config/source-text.ts';
import { lockfileVersion } from './format.ts';
import { readDocument } from './parse/document.ts';
import { fault, rangeOf, readFields, stringOf, type Value } from './parse/fields.ts';
import { readImages } from './parse/images.ts';
import { type ParseProblems, parseProblems } from './parse/problems.ts';
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

/** Comes before all else: what a newer version looks like is not known. */
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

import { isMap, isScalar, isSeq, LineCounter, type Node, type ParsedNode, parseDocument } from 'yaml';
import { type Digest, isDigest, isImageName, isTag, type Tag } from '../core/names.ts';
import { type Place, type Problem, UserError } from '../core/problem.ts';
import { lockfileVersion } from './format.ts';
import type { LockEntry, LockedImage, Lockfile } from './types.ts';

const commitPattern = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;
const hashPattern = /^sha256:[0-9a-f]{64}$/;
const regenerate =
  'Do not edit or merge it by hand: take either version whole (git checkout), then run `mirrorlock lock`.';
const maxProblems = 20;

/**
 * Reads the text of a mirrors.lock.yaml.
 *
 * @param file the name that problems give
 * @throws UserError with every problem: `lock/merge-conflict`, `lock/newer-version`, `lock/not-yaml`, `lock/invalid`,
 * `lock/duplicate-tag`, `lock/duplicate-digest`, `lock/duplicate-image`
 */
export function parseLockfile(text: string, file: string): Lockfile {
  return new LockfileReader(text, file).read();
}

class LockfileReader {
  readonly #text: string;
  readonly #file: string;
  readonly #lines = new LineCounter();
  readonly #problems: Problem[] = [];

  constructor(text: string, file: string) {
    this.#text = text;
    this.#file = file;
  }

  read(): Lockfile {
    this.#refuseConflictMarkers();
    const document = parseDocument(this.#text, { lineCounter: this.#lines, uniqueKeys: true, version: '1.2' });
    for (const error of document.errors) {
      this.#report('lock/not-yaml', error.message.split('\n')[0] ?? error.code, error.pos[0], undefined, regenerate);
    }
    this.#throwIfAny();
    const root = document.contents;
    const version = this.#scalar(this.#get(root, 'version'));
    if (typeof version === 'number' && version > lockfileVersion) {
      const hint = 'Update mirrorlock, or make the lockfile anew with this version.';
      const rule = `This mirrorlock reads lockfiles of version ${lockfileVersion}.`;
      this.#report('lock/newer-version', rule, this.#get(root, 'version')?.range?.[0], String(version), hint);
    } else if (version !== lockfileVersion) {
      this.#invalid(root, `The file must be a mapping with \`version: ${lockfileVersion}\`.`);
    }
    this.#throwIfAny();
    const upstream = this.#get(root, 'upstream');
    const lockfile = {
      configHash: this.#string(root, 'config', (value) => hashPattern.test(value), 'a sha256 hash'),
      upstream: {
        repository: this.#string(upstream, 'repository', (value) => value.length > 0, 'an address'),
        commit: this.#string(upstream, 'commit', (value) => commitPattern.test(value), 'a full commit'),
      },
      images: this.#images(this.#get(root, 'images')),
    };
    this.#throwIfAny();
    return lockfile;
  }

  #images(node: ParsedNode | undefined): LockedImage[] {
    if (!isMap(node)) {
      this.#invalid(node, '`images` must be a mapping of image names.');
      return [];
    }
    const images: LockedImage[] = [];
    for (const { key, value } of node.items) {
      const name = this.#scalar(key);
      if (typeof name !== 'string' || !isImageName(name)) this.#invalid(key, 'An image name is expected.', name);
      else images.push({ image: name, entries: this.#entries(value ?? undefined) });
    }
    return images.sort((a, b) => (a.image < b.image ? -1 : 1));
  }

  #entries(node: ParsedNode | undefined): LockEntry[] {
    if (!isSeq(node)) {
      this.#invalid(node, 'An image holds a list of groups.');
      return [];
    }
    const digests = new Set<string>();
    const tags = new Set<string>();
    const entries: LockEntry[] = [];
    for (const item of node.items) {
      if (isMap(item) && item.has('pending') && item.items.length === 1) {
        entries.push({ pending: this.#tags(this.#get(item, 'pending'), new Set()) });
      } else if (isMap(item) && item.has('digest') && item.has('tags') && item.items.length === 2) {
        const digest = this.#string(item, 'digest', isDigest, 'a sha256 digest') as Digest;
        if (digests.has(digest))
          this.#at(this.#get(item, 'digest'), 'lock/duplicate-digest', 'A digest stands once in an image.', digest);
        digests.add(digest);
        entries.push({ digest, tags: this.#tags(this.#get(item, 'tags'), tags) });
      } else {
        this.#invalid(item as Node, 'A group has `digest` and `tags`, or just `pending`.');
      }
    }
    return entries;
  }

  #tags(node: ParsedNode | undefined, seen: Set<string>): Tag[] {
    if (!isSeq(node) || node.items.length === 0) {
      this.#invalid(node, 'A list of tags, with at least one, is expected.');
      return [];
    }
    const tags: Tag[] = [];
    for (const item of node.items) {
      const tag = this.#scalar(item);
      if (typeof tag !== 'string' || !isTag(tag)) this.#invalid(item as Node, 'A tag, quoted, is expected.', tag);
      else if (seen.has(tag))
        this.#at(item as Node, 'lock/duplicate-tag', 'A tag stands in one group of its image.', tag);
      else {
        seen.add(tag);
        tags.push(tag);
      }
    }
    return tags;
  }

  #string(parent: unknown, key: string, accepts: (value: string) => boolean, expected: string): string {
    const node = this.#get(parent, key);
    const value = this.#scalar(node);
    if (typeof value === 'string' && accepts(value)) return value;
    this.#invalid(node ?? (parent as Node | undefined), `\`${key}\` must be ${expected}.`, value);
    return '';
  }

  #get(node: unknown, key: string): ParsedNode | undefined {
    return isMap(node) ? ((node.get(key, true) as ParsedNode | undefined) ?? undefined) : undefined;
  }

  #scalar(node: unknown): unknown {
    return isScalar(node) ? node.value : undefined;
  }

  #refuseConflictMarkers(): void {
    const marker = /^(?:<{7}|={7}|>{7})(?: |$)/m.exec(this.#text);
    if (marker === null) return;
    const line = this.#text.slice(0, marker.index).split('\n').length;
    const message = 'The lockfile holds merge-conflict markers; digests have no order to merge by.';
    const place = { file: this.#file, line, column: 1, source: this.#sourceLine(line) };
    this.#problems.push({ code: 'lock/merge-conflict', severity: 'error', message, place, hint: regenerate });
    this.#throwIfAny();
  }

  #invalid(node: Node | null | undefined, rule: string, value?: unknown): void {
    this.#at(node, 'lock/invalid', rule, value);
  }

  #at(node: Node | null | undefined, code: string, rule: string, value?: unknown): void {
    this.#report(code, rule, node?.range?.[0], value === undefined ? undefined : String(value), regenerate);
  }

  #report(code: string, message: string, offset: number | undefined, value?: string, hint?: string): void {
    const { line, col } = this.#lines.linePos(offset ?? 0);
    const place: Place = { file: this.#file, line, column: col, source: this.#sourceLine(line) };
    const shown = value === undefined ? {} : { value };
    this.#problems.push({ code, severity: 'error', message, place, ...shown, ...(hint === undefined ? {} : { hint }) });
  }

  #sourceLine(line: number): string {
    return this.#text.split('\n', line)[line - 1] ?? '';
  }

  #throwIfAny(): void {
    if (this.#problems.length > 0) throw new UserError(this.#problems.slice(0, maxProblems));
  }
}

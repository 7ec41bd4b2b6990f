import { parseLockfile } from '../lock/parse.ts';
import type { LockedImage } from '../lock/types.ts';

/** The parts of a lockfile's text that are about one image each, by the image's name. */
export type LockSections = ReadonlyMap<string, string>;

const zeros = '0'.repeat(64);
const head = `version: 1\nconfig: sha256:${zeros}\nupstream:\n  repository: none\n  commit: "${zeros.slice(24)}"\nimages:\n`;

/**
 * Takes a lockfile apart by the lines that begin an image, as the writer has them: a history has thousands of versions,
 * and most of each is what it was before. `undefined` for a text that was written in another way.
 */
export function lockSections(text: string): LockSections | undefined {
  const at = text.indexOf('\nimages:\n');
  if (at < 0) return undefined;
  const sections = new Map<string, string>();
  let name: string | undefined;
  let start = 0;
  const body = text.slice(at + '\nimages:\n'.length);
  for (const match of body.matchAll(/^ {0,2}(\S.*)$/gm)) {
    if (name !== undefined) sections.set(name, body.slice(start, match.index));
    name = /^ {2}([a-z0-9._-]+):$/.exec(match[0])?.[1];
    if (name === undefined || sections.has(name)) return undefined;
    start = match.index;
  }
  if (name !== undefined) sections.set(name, body.slice(start));
  return sections;
}

/** Reads one section, strictly as a lockfile is read. @throws UserError as `parseLockfile` does */
export function readSection(section: string, file: string): LockedImage | undefined {
  return parseLockfile(head + section, file).images[0];
}

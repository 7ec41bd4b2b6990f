import { problemError } from '../core/problem.ts';
import type { RenderChange } from './types.ts';

/** The file in which forges read what is generated; in a folder it counts for that folder. */
export const gitattributesPath = '.gitattributes';

const begin = '# BEGIN mirrorlock: `mirrorlock render` keeps these lines';
const end = '# END mirrorlock';
/** linguist's README, "Overrides", and GitLab's documentation of `gitlab-generated`. */
const lines = ['sync/*.yaml linguist-generated gitlab-generated'];

/**
 * The text of a .gitattributes with one block that marks the rendered sync files as generated, so that a forge folds them
 * in a diff. All other lines stay as they are, with their line breaks; the block stays where it is, or comes last.
 *
 * @param before the text so far; undefined where there is no such file
 */
export function withGitattributes(before: string | undefined): string {
  const text = before ?? '';
  const lineBreak = text.includes('\r\n') ? '\r\n' : '\n';
  const block = [begin, ...lines, end].map((line) => `${line}${lineBreak}`).join('');
  const { kept, place } = withoutBlocks(text.match(/[^\n]*\n|[^\n]+$/g) ?? []);
  const head = kept.slice(0, place).join('');
  const gap = head === '' || head.endsWith('\n') ? '' : lineBreak;
  return `${head}${gap}${block}${kept.slice(place).join('')}`;
}

/** The lines that are not of this tool, and where among them its first block was: without one, at the end. */
function withoutBlocks(all: readonly string[]): { kept: string[]; place: number } {
  const plain = (line: string | undefined) => line?.replace(/^\ufeff/, '').trim();
  const isBegin = (line: string | undefined) => plain(line)?.startsWith('# BEGIN mirrorlock') === true;
  const kept: string[] = [];
  let place: number | undefined;
  for (let index = 0; index < all.length; index += 1) {
    const line = all[index] ?? '';
    if (plain(line) === end) continue;
    if (!isBegin(line)) {
      kept.push(line);
      continue;
    }
    place ??= kept.length;
    const rest = all.slice(index + 1);
    const close = rest.findIndex((other) => plain(other) === end || isBegin(other));
    // A block whose end is missing has only the lines that this tool writes: what follows is somebody's.
    if (close !== -1 && plain(rest[close]) === end) index += close + 1;
    else while (lines.includes(plain(all[index + 1]) ?? '')) index += 1;
  }
  return { kept, place: place ?? kept.length };
}

/** Whether a .gitattributes has a block, current or not: one that an earlier version rendered for has none. */
export function hasBlock(text: string | undefined): boolean {
  return text?.includes('# BEGIN mirrorlock') === true;
}

/**
 * What rendering changes in .gitattributes; nothing where it is as it should be.
 *
 * @throws UserError `render/not-utf-8` where writing would damage lines of people
 */
export function gitattributesChange(before: string | undefined): RenderChange[] {
  const after = withGitattributes(before);
  if (after === before) return [];
  if (before?.includes('\ufffd')) {
    const hint = 'Save it as UTF-8, and render again.';
    throw problemError('render/not-utf-8', 'The file is not UTF-8: its lines cannot be kept.', gitattributesPath, hint);
  }
  return [{ path: gitattributesPath, before, after }];
}

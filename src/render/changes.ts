import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import { type Problem, UserError } from '../core/problem.ts';
import { fromTop, isAbove } from './files.ts';
import { generatedMark, type RenderChange, type RenderedFiles } from './types.ts';

const nowhere = '/dev/null';

/**
 * Compares rendered files with those on disk. A file on disk that is not rendered any more goes, if this tool made it for
 * the mirror at `prefix` (as in {@link MirrorPlace}).
 */
export function renderChanges(rendered: RenderedFiles, onDisk: RenderedFiles, prefix = ''): RenderChange[] {
  const paths = [...new Set([...rendered.keys(), ...onDisk.keys()])].sort();
  return paths
    .map((path) => ({ path, before: onDisk.get(path), after: rendered.get(path) }))
    .filter((one) => one.before !== one.after && (one.after !== undefined || isOurs(one, prefix)));
}

/**
 * Gives the changes back where none of them takes the place of what people wrote, or what was rendered for another mirror.
 *
 * @throws UserError `render/not-ours` for each that does
 */
export function sparingOthers(changes: readonly RenderChange[], prefix = ''): readonly RenderChange[] {
  const taken = changes.filter((one) => one.before !== undefined && one.after !== undefined && !isOurs(one, prefix));
  if (taken.length > 0) throw new UserError(taken.map(takenProblem));
  return changes;
}

/** The first line of a CI file, which names the mirrors.yaml that it was rendered from. */
const madeFor = new RegExp(`^${generatedMark} from (.*/)?mirrors\\.yaml\\.`);

/** Where the mirror is that a CI file was rendered for, as in {@link MirrorPlace}; undefined where its first line does not say. */
export function prefixOf(text: string): string | undefined {
  const found = madeFor.exec(text);
  return found === null ? undefined : (found[1] ?? '');
}

/** Of the files at the top, whose names come from folders, those of another mirror are not ours. */
function isOurs({ path, before }: RenderChange, prefix: string): boolean {
  if (before?.startsWith(generatedMark) !== true) return false;
  return !isAbove(path) || [prefix, undefined].includes(prefixOf(before));
}

function takenProblem({ path, before }: RenderChange): Problem {
  const other = before?.startsWith(generatedMark) ? (prefixOf(before) ?? '') : undefined;
  const message =
    other === undefined
      ? `A file is in the way that does not begin with \`${generatedMark}\`: somebody wrote it.`
      : `A file is in the way that was rendered for ${other}mirrors.yaml.`;
  const hint =
    other === undefined
      ? 'Move it elsewhere or remove it, and render again.'
      : 'Rename the folder of one of the two mirrors; where the other mirror is gone, remove the file, and render again.';
  return { code: 'render/not-ours', severity: 'error', message, place: { file: path }, hint };
}

/**
 * The changes as one unified diff, which `git apply` takes in the mirror's folder; where one of them is above that, at the
 * top of the git repository. Control and format characters of what is on disk, which a
 * pull request may have put there, are shown as `\uFFFD`: no file can drive a terminal or reorder what is read.
 */
export function changesPatch(changes: readonly RenderChange[], prefix = ''): string {
  const isFromTop = changes.some(({ path }) => isAbove(path));
  const from = (path: string) => (isFromTop ? fromTop(prefix, path) : path);
  return changes.map((change) => filePatch({ ...change, path: from(change.path) })).join('');
}

function filePatch({ path, before, after }: RenderChange): string {
  const from = before === undefined ? nowhere : `a/${path}`;
  const to = after === undefined ? nowhere : `b/${path}`;
  const patch = createTwoFilesPatch(from, to, before ?? '', after ?? '', undefined, undefined, {
    headerOptions: FILE_HEADERS_ONLY,
  });
  return patch.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    character === '\n' || character === '\t' ? character : '\uFFFD',
  );
}

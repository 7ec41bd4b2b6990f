import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import { type Problem, UserError } from '../core/problem.ts';
import { generatedMark, type RenderChange, type RenderedFiles } from './types.ts';

const nowhere = '/dev/null';

/** Compares rendered files with those on disk. A file on disk that is not rendered any more goes, if this tool made it. */
export function renderChanges(rendered: RenderedFiles, onDisk: RenderedFiles): RenderChange[] {
  const paths = [...new Set([...rendered.keys(), ...onDisk.keys()])].sort();
  return paths
    .map((path) => ({ path, before: onDisk.get(path), after: rendered.get(path) }))
    .filter(({ before, after }) => before !== after && (after !== undefined || before?.startsWith(generatedMark)));
}

/**
 * Gives the changes back where none of them takes the place of what people wrote.
 *
 * @throws UserError `render/not-ours` for each that does
 */
export function sparingOthers(changes: readonly RenderChange[]): readonly RenderChange[] {
  const taken = changes.filter(
    ({ before, after }) => after !== undefined && before?.startsWith(generatedMark) === false,
  );
  if (taken.length > 0) throw new UserError(taken.map(takenProblem));
  return changes;
}

function takenProblem({ path }: RenderChange): Problem {
  return {
    code: 'render/not-ours',
    severity: 'error',
    message: `A file is in the way that does not begin with \`${generatedMark}\`: somebody wrote it.`,
    place: { file: path },
    hint: 'Move it elsewhere or remove it, and render again.',
  };
}

/**
 * The changes as one unified diff, which `git apply` takes. Control and format characters of what is on disk, which a
 * pull request may have put there, are shown as `\uFFFD`: no file can drive a terminal or reorder what is read.
 */
export function changesPatch(changes: readonly RenderChange[]): string {
  return changes.map(filePatch).join('');
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

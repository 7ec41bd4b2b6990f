import { diffLockfiles } from '../diff/diff.ts';
import { diffMarkdown } from '../diff/markdown.ts';
import { headline } from '../diff/words.ts';
import { marker } from '../forge/marked.ts';
import type { ChangeDescription, ChangeInput } from './types.ts';

/** Writes the title and the text of a pull request. Pure; equal inputs give equal texts. */
export function describeChange(input: ChangeInput): ChangeDescription {
  const diff = diffLockfiles(input.before, input.after);
  const checkbox = input.checkbox === undefined ? [] : [checkboxLine(input.checkbox)];
  const parts = [diffMarkdown(diff), ...checkbox, ...(input.markers ?? []).map(marker)];
  return { headline: headline(diff), body: `${parts.join('\n\n')}\n` };
}

function checkboxLine({ text, ticked }: NonNullable<ChangeInput['checkbox']>): string {
  return `- [${ticked ? 'x' : ' '}] ${text}`;
}

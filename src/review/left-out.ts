import { code } from '../core/markdown/inline.ts';
import { joinMarkdown, type Markdown, md } from '../core/markdown/markdown.ts';
import type { ForgeKind } from '../forge/types.ts';

const shownNames = 10;
const longestName = 64;

/** The most characters that {@link leftOut} gives: each name may need six for one. */
export const leftOutLength = 5_000;

/** What did not fit in a proposal's text, and where all of it is. */
export function leftOutOfProposal(names: readonly string[], forge: ForgeKind): Markdown {
  const tab = forge === 'github' ? md`**Files changed**` : md`**Changes**`;
  const where = md`All of it is in ${code('mirrors.lock.yaml')} under ${tab}; in a checkout of this branch, ${code('mirrorlock diff origin/HEAD')} prints it.`;
  return md`### The rest\n\n${tooLong(names)} ${where}`;
}

/** What did not fit in a summary. */
export function leftOutOfSummary(names: readonly string[]): Markdown {
  return md`### The rest\n\n${tooLong(names)} The command prints all of it with ${code('--json')}.`;
}

function tooLong(names: readonly string[]): Markdown {
  const shown = joinMarkdown(
    names.slice(0, shownNames).map((name) => code(name.slice(0, longestName))),
    ', ',
  );
  const more = names.length > shownNames ? md` and ${names.length - shownNames} more` : md``;
  return md`This text would be too long with ${shown}${more}.`;
}

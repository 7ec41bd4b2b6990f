import { code } from '../core/markdown/inline.ts';
import { joinMarkdown, type Markdown, md } from '../core/markdown/markdown.ts';
import type { ForgeKind } from '../forge/types.ts';

/** A part of a page; `name` is what it is called where it does not fit. */
export interface Part {
  readonly content: Markdown;
  readonly name: string;
}

const separator = '\n\n';

/**
 * The parts one after another, those left out that no longer fit in `limit` characters, and then, where some are,
 * what `rest` says about their names. `rest` may take `restLength` characters.
 */
export function fitParts(
  parts: readonly Part[],
  limit: number,
  restLength: number,
  rest: (left: readonly string[]) => Markdown,
): Markdown {
  const shown: Markdown[] = [];
  const left: string[] = [];
  let room = limit - restLength - separator.length;
  for (const { content, name } of parts) {
    const needed = content.length + separator.length;
    if (needed > room) left.push(name);
    else {
      shown.push(content);
      room -= needed;
    }
  }
  return joinMarkdown(left.length > 0 ? [...shown, rest(left)] : shown, separator);
}

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

/** A GitHub step summary may have 1 MiB: so many characters stay below it, whatever they are. */
const defaultLength = 200_000;

/** A summary of parts, of at most `maxLength` characters; those that do not fit are named. */
export function summary(parts: readonly Part[], maxLength = defaultLength): Markdown {
  return md`${fitParts(parts, maxLength - 1, leftOutLength, leftOutOfSummary)}\n`;
}

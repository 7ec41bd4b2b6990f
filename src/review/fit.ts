import { code } from '../core/markdown/inline.ts';
import { joinMarkdown, type Markdown, md } from '../core/markdown/markdown.ts';
import type { ForgeKind } from '../forge/types.ts';

/** A part of a page; `name` is what it is called where it does not fit. */
export interface Part {
  readonly content: Markdown;
  readonly name: string;
}

const separator = '\n\n';

interface Fit {
  /** How many characters `rest` may take. */
  readonly restLength: number;
  /** After so many characters only essential parts follow; absent: any part that fits does. */
  readonly readable?: number;
  /** What is said of the names of parts that are left out. */
  readonly rest: (left: readonly string[]) => Markdown;
}

/** What `rest` takes in a readable text, whose names are short. */
const usualRest = 700;

/**
 * The parts one after another, those left out that no longer fit in `limit` characters, and then, where some are,
 * what `rest` says about their names.
 */
export function fitParts(
  parts: readonly (Part & { readonly isEssential?: boolean })[],
  limit: number,
  { restLength, readable = Number.POSITIVE_INFINITY, rest }: Fit,
): Markdown {
  const hard = limit - restLength - separator.length;
  const needed = ({ content }: Part) => content.length + separator.length;
  const shown = new Set<Part>();
  let used = 0;
  const take = (own: readonly Part[], room: number) => {
    for (const part of own) {
      if (used + needed(part) > room) continue;
      shown.add(part);
      used += needed(part);
    }
  };
  take(
    parts.filter(({ isEssential = true }) => isEssential),
    hard,
  );
  take(
    parts.filter(({ isEssential = true }) => !isEssential),
    Math.min(hard, readable - usualRest),
  );
  const left = parts.filter((part) => !shown.has(part)).map(({ name }) => name);
  const contents = parts.filter((part) => shown.has(part)).map(({ content }) => content);
  return joinMarkdown(left.length > 0 ? [...contents, rest(left)] : contents, separator);
}

const shownNames = 10;
const longestName = 64;

/** The most characters that {@link leftOut} gives: each name may need six for one. */
export const leftOutLength = 5_000;

/** What did not fit in a proposal's text, and where all of it is. */
export function leftOutOfProposal(names: readonly string[], forge: ForgeKind): Markdown {
  const tab = forge === 'github' ? md`**Files changed**` : md`**Changes**`;
  const where = md`All of it is in ${code('mirrors.lock.yaml')} under ${tab}; in a checkout of this branch, ${code('mirrorlock diff origin/HEAD')} prints each tag, and ${code('mirrorlock changes origin/HEAD')} all of this text.`;
  return md`### The rest\n\n${tooLong(names)} ${where}`;
}

/** What did not fit in a summary. */
export function leftOutOfSummary(names: readonly string[]): Markdown {
  return md`### The rest\n\n${tooLong(names)} The command prints all of it with ${code('--json')}.`;
}

function tooLong(all: readonly string[]): Markdown {
  const names = [...new Set(all)];
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
  return md`${fitParts(parts, maxLength - 1, { restLength: leftOutLength, rest: leftOutOfSummary })}\n`;
}

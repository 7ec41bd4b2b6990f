import { joinMarkdown, type Markdown } from '../core/markdown/markdown.ts';

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

import { htmlProse } from './inline.ts';
import { joinMarkdown, type Markdown, md } from './markdown.ts';

/** A table; each row has as many cells as the head. Cells hold no line break and no `|` of their own. */
export function table(head: readonly Markdown[], rows: readonly (readonly Markdown[])[]): Markdown {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n') as Markdown;
}

/** A list, one item a line. */
export function list(items: readonly Markdown[]): Markdown {
  return joinMarkdown(
    items.map((item) => md`- ${item}`),
    '\n',
  );
}

/**
 * A part that opens on a click; `summary` is plain text, with code between backticks. Forges take Markdown between the
 * tags where an empty line stands around it.
 */
export function fold(summary: string, content: Markdown): Markdown {
  return md`<details><summary>${htmlProse(summary)}</summary>\n\n${content}\n\n</details>`;
}

/**
 * Text of several lines as it is. It is HTML and not a fence: so no line of it reads as a fence, a checkbox, a marker
 * or a quick action, to a program that searches the text either.
 */
export function codeBlock(text: string, language: string): Markdown {
  const shown = text
    .replace(/\r\n?/g, '\n')
    .replace(/[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|(?![\n\t])\p{Cc}/gu, '\ufffd')
    .replace(/[&<>[\]]|^[ \t]*\//gm, (found) => found.replace(/\S$/, (last) => `&#${last.charCodeAt(0)};`));
  return `<pre lang="${language.replace(/\W/g, '')}"><code>${shown}</code></pre>` as Markdown;
}

const address = /^https?:\/\/[A-Za-z0-9.-]+(?::\d+)?\/(?:[\w./-]|%[0-9A-Fa-f]{2})*$/;

/** A link, or only its label where `url` is absent or no plain `http` or `https` address. */
export function link(label: Markdown, url: string | undefined): Markdown {
  return url === undefined || url.length > 1_000 || !address.test(url) ? label : (`[${label}](${url})` as Markdown);
}

/** A number and what it counts, in the singular or plural. */
export function counted(count: number, word: 'group' | 'image' | 'tag' | 'counted pull'): Markdown {
  const words = { group: md`group`, image: md`image`, tag: md`tag`, 'counted pull': md`counted pull` };
  return md`${count} ${words[word]}${count === 1 ? md`` : md`s`}`;
}

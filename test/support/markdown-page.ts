import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { type DefaultTreeAdapterTypes, parseFragment } from 'parse5';

type Node = DefaultTreeAdapterTypes.ChildNode;

/** An element of a rendered page, with the names of its ancestors from the root. */
export interface PageElement {
  readonly name: string;
  readonly within: readonly string[];
  readonly attributes: Readonly<Record<string, string>>;
  /** All text in it. */
  readonly text: string;
}

/** What a reader of Markdown sees. */
export interface Page {
  readonly elements: readonly PageElement[];
  readonly comments: readonly string[];
  /** Texts that no `code`, `pre` or `a` holds: where forges look for mentions, references and addresses. */
  readonly openTexts: readonly string[];
  /** All text, that of code included. */
  readonly text: string;
}

/** Renders Markdown as GitHub's dialect has it, HTML in it included, and reads the HTML back as a browser does. */
export function renderPage(markdown: string): Page {
  const html = micromark(markdown, {
    extensions: [gfm()],
    htmlExtensions: [gfmHtml()],
    allowDangerousHtml: true,
    allowDangerousProtocol: true,
  });
  const page = { elements: [] as PageElement[], comments: [] as string[], openTexts: [] as string[] };
  const { childNodes } = parseFragment(html);
  for (const node of childNodes) visit(node, []);
  return { ...page, text: childNodes.map(textOf).join('') };

  function visit(node: Node, within: readonly string[]): void {
    if (node.nodeName === '#comment' && 'data' in node) page.comments.push(node.data);
    if (node.nodeName === '#text' && 'value' in node && !within.some((name) => ['code', 'pre', 'a'].includes(name))) {
      page.openTexts.push(node.value);
    }
    if (!('tagName' in node)) return;
    const attributes = Object.fromEntries(node.attrs.map(({ name, value }) => [name, value]));
    page.elements.push({ name: node.tagName, within, attributes, text: textOf(node) });
    for (const child of node.childNodes) visit(child, [...within, node.tagName]);
  }
}

const style =
  'body{font:14px/1.5 sans-serif;max-width:900px;margin:16px auto;padding:0 16px}code{background:#eff1f3;padding:.1em .3em;border-radius:4px;font-size:12px}h3{border-bottom:1px solid #d8dee4}a{color:#0969da}table{border-collapse:collapse}td,th{border:1px solid #d0d7de;padding:4px 8px}';

/** The text of a pull request, its title in the first line, as a page for a browser that looks about as a forge's does. */
export function pullRequestPage(text: string): string {
  const [title = '', ...body] = text.split('\n');
  const html = micromark(body.join('\n'), {
    extensions: [gfm()],
    htmlExtensions: [gfmHtml()],
    allowDangerousHtml: true,
  });
  return `<!doctype html><meta charset=utf-8><style>${style}</style><h2>${title}</h2>${html}`;
}

function textOf(node: Node): string {
  if (node.nodeName === '#text' && 'value' in node) return node.value;
  return 'childNodes' in node ? node.childNodes.map(textOf).join('') : '';
}

/**
 * What a forge makes links or notices of in open text: GitHub's mentions, references, addresses and hashes (GitHub's
 * documentation, "Autolinked references and URLs"), GitLab's (GitLab Flavored Markdown, "GitLab-specific references"),
 * formulas and emoji of both.
 */
const forgeReferences: readonly RegExp[] = [
  /@\S/,
  /[#%~^&*]\S/,
  /!\d/,
  /\bGH-\d/i,
  /\b[A-Z]+-\d/,
  /\b[0-9a-f]{7,}\b/,
  /:\/\/|www\./i,
  /\$/,
  /:\w+:/,
  /\[\w+:/,
];

/** The open texts of a page that a forge would make something of. */
export function forgeLinks({ openTexts }: Page): string[] {
  return openTexts.filter(isForgeLink);
}

/** Whether a forge would make something of a text, such as a title. */
export function isForgeLink(text: string): boolean {
  return forgeReferences.some((pattern) => pattern.test(text));
}

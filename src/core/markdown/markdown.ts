declare const brand: unique symbol;

/**
 * Markdown (GitHub's and GitLab's dialects) that holds nothing but what this project means by it. It is made from other
 * text by the functions of this folder alone, so that a plain string cannot get onto a page by mistake.
 */
export type Markdown = string & { readonly [brand]: 'Markdown' };

/** A template that takes Markdown and numbers; what stands in the template itself is taken as Markdown. */
export function md(texts: TemplateStringsArray, ...parts: readonly (Markdown | number)[]): Markdown {
  return texts.reduce((page, text, index) => `${page}${shown(parts[index - 1])}${text}`) as Markdown;
}

function shown(part: Markdown | number | undefined): string {
  return typeof part === 'number' ? part.toLocaleString('en-US') : (part ?? '');
}

/** Parts one after another, with `separator` in between. */
export function joinMarkdown(parts: readonly Markdown[], separator: ', ' | ' ' | '\n' | '\n\n' | '<br>'): Markdown {
  return parts.join(separator) as Markdown;
}

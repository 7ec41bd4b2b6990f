// What the site of the documentation makes of headings, links and the list of pages.
import { dirname, join } from 'node:path';

/** Where the files of the repository are read that are not pages of the site. */
const repository = 'https://github.com/mirrorlock/mirrorlock/blob/main';

/** The anchor that GitHub makes of a heading, so that a link holds there and on the site. A number behind it tells equal ones apart. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
    .replaceAll(' ', '-');
}

/**
 * The address on the site of what a page links to: a file outside of docs/ is read in the repository.
 * @param page the page, as a path below docs/
 * @param href the link, as it is written
 */
export function siteLink(page: string, href: string): string {
  if (/^([a-z]+:|#)/.test(href)) return href;
  const [path = '', anchor] = href.split('#');
  const target = join(dirname(page), path);
  const hash = anchor === undefined ? '' : `#${anchor}`;
  if (target.startsWith('../')) return `${repository}/${target.slice('../'.length)}${hash}`;
  return href.replace(/(^|\/)README\.md(?=#|$)/, '$1index.md');
}

/** A part of the side bar. */
export interface SidebarPart {
  readonly text: string;
  readonly items: { readonly text: string; readonly link: string }[];
}

/** The side bar: a part for each second heading of docs/README.md, with the links of the list below it. */
export function sidebarOf(index: string): SidebarPart[] {
  const [, ...parts] = index.split(/^## /m);
  return parts.map((part) => ({
    text: part.slice(0, part.indexOf('\n')),
    items: [...part.matchAll(/^- \[([^\]]+)\]\(([^)]+)\.md\)/gm)].map(([, text = '', link = '']) => ({
      text,
      link: `/${link}`,
    })),
  }));
}

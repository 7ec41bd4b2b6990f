// Checks the links of a built site: each of its own must lead to a file and an anchor of it. Those to elsewhere are only listed.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type DefaultTreeAdapterTypes, parse } from 'parse5';

/** What a built site links to. */
export interface SiteLinks {
  readonly pages: number;
  /** Links within the site. */
  readonly own: number;
  /** Those that lead nowhere, as `PAGE: ADDRESS`. */
  readonly broken: readonly string[];
  /** Addresses elsewhere, in order, each once. Nobody asks them. */
  readonly elsewhere: readonly string[];
}

/**
 * Reads every page of a site.
 * @param folder where it was built
 * @param base the path that it is served under, with `/` at both ends
 */
export function siteLinks(folder: string, base: string): SiteLinks {
  const pages = new Map(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.html'))
      .map((name) => [name.replaceAll('\\', '/'), readPage(join(folder, name))]),
  );
  const origin = 'https://site.invalid';
  const links = [...pages].flatMap(([page, { addresses }]) =>
    addresses.map((address) => ({ page, address, url: new URL(address, `${origin}${base}${page}`) })),
  );
  const own = links.filter(({ url }) => url.origin === origin);
  const broken = own.filter(({ url: { pathname, hash } }) => {
    if (!pathname.startsWith(base)) return true;
    const name = decodeURIComponent(pathname.slice(base.length));
    const file = name === '' || name.endsWith('/') ? `${name}index.html` : name;
    if (!existsSync(join(folder, file)) || statSync(join(folder, file)).isDirectory()) return true;
    return hash.length > 1 && pages.get(file)?.anchors.has(decodeURIComponent(hash.slice(1))) !== true;
  });
  const elsewhere = links.filter(({ url }) => /^https?:$/.test(url.protocol) && url.origin !== origin);
  return {
    pages: pages.size,
    own: own.length,
    broken: broken.map(({ page, address }) => `${page}: ${address}`),
    elsewhere: [...new Set(elsewhere.map(({ url }) => url.href))].sort(),
  };
}

/** The addresses and the anchors of a page. */
function readPage(file: string): { addresses: string[]; anchors: ReadonlySet<string> } {
  const addresses: string[] = [];
  const anchors = new Set<string>();
  const visit = (node: DefaultTreeAdapterTypes.Node): void => {
    for (const { name, value } of 'attrs' in node ? node.attrs : []) {
      if (name === 'href' || name === 'src') addresses.push(value);
      if (name === 'id') anchors.add(value);
    }
    if ('childNodes' in node) for (const child of node.childNodes) visit(child);
  };
  visit(parse(readFileSync(file, 'utf8')));
  return { addresses, anchors };
}

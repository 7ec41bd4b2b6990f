import { shortDigest } from '../changes/words.ts';
import { imageFeed } from './feed.ts';
import { historyScript, imagePage } from './html/image-page.ts';
import { indexPage } from './html/index-page.ts';
import { dataScript } from './html/layout.ts';
import { type CatalogImage, type CatalogInput, makeCatalog } from './model.ts';

/** The script and the style of the pages, as they were built. */
export interface PageAssets {
  readonly script: string;
  readonly style: string;
}

/** The files of a catalogue by their path in it. Pure: the same inputs give the same bytes. */
export function catalogFiles(input: CatalogInput, { script, style }: PageAssets): Map<string, string> {
  const catalog = makeCatalog(input);
  const names = catalog.images.map(searchEntry);
  const files = new Map([
    ['index.html', indexPage(catalog)],
    ['assets/catalog.css', style],
    ['assets/catalog.js', script],
    ['assets/names.js', dataScript('names', names)],
  ]);
  for (const image of catalog.images) {
    files.set(`image/${image.image}.html`, imagePage(image, catalog));
    files.set(`feed/${image.image}.xml`, imageFeed(image, catalog));
    if (image.history !== undefined) files.set(`history/${image.image}.js`, historyScript(image, catalog));
  }
  return files;
}

/** What the search knows of an image: its tags, those that are only pending, and of each digest the first digits and a tag. */
function searchEntry({ image, groups, pending }: CatalogImage): string[] {
  const tags = groups.flatMap((group) => group.tags);
  const waiting = pending.filter((tag) => !tags.includes(tag));
  const digests = groups.map(({ digest, tags: [tag] }) => `${shortDigest(digest)}:${tag}`);
  return [image, ...[tags, waiting, digests].map((words) => words.join(' '))];
}

const imageFile = /^(?:image\/[a-z0-9._-]+\.html|feed\/[a-z0-9._-]+\.xml|history\/[a-z0-9._-]+\.js)$/;

/** Whether a path is one that a catalogue may have besides its fixed files. */
export function isImageFile(path: string): boolean {
  return imageFile.test(path);
}

import { fold, link, table } from '../core/markdown/blocks.ts';
import { code, prose } from '../core/markdown/inline.ts';
import { joinMarkdown, type Markdown, md } from '../core/markdown/markdown.ts';
import { isImageName } from '../core/names.ts';
import { countDiff } from '../diff/diff.ts';
import { imageNotes, imageTable } from '../diff/markdown.ts';
import type { ImageDiff, LockDiff } from '../diff/types.ts';
import { countWords } from '../diff/words.ts';
import { parseRemoteUrl } from '../forge/address.ts';
import type { ForgeKind } from '../forge/types.ts';

const unfoldedImages = 6;
const unfoldedTags = 40;
const limits = { rows: 200, tags: 60 } as const;

/** Gives the address of an image's library file, where it has one. */
type FileLink = (image: string) => string | undefined;

/** A section for one image: its counts, a link to its library file and its table, folded where much changes. */
export function imageSection(image: ImageDiff, isAmongMany: boolean, fileLink: FileLink): Markdown {
  const counts = countDiff({ upstream: { from: undefined, to: undefined }, images: [image] });
  const words = countWords(counts);
  const rows = joinMarkdown([...imageTable(image, limits), ...imageNotes(image, limits.tags)], '\n\n');
  const url = fileLink(image.image);
  const name = code(image.image);
  const file = url === undefined ? md`` : link(md`library file`, url);
  const tags = image.rebuilt.reduce((sum, rebuild) => sum + rebuild.tags.length, 0);
  const { withdrawn = 0, details = 0 } = counts;
  const all = tags + counts.moved + counts.added + counts.removed + counts.pending + withdrawn + details;
  const isLong = all > unfoldedTags;
  if (isAmongMany || isLong) {
    const head = url === undefined ? md`` : md`${file}\n\n`;
    return fold(`\`${image.image}\`: ${words}`, md`${head}${rows}`);
  }
  const line = url === undefined ? md`${prose(words)}` : md`${prose(words)} (${file})`;
  return md`### ${name}\n\n${line}\n\n${rows}`;
}

/** Whether there are so many images that each is folded and an overview stands before them. */
export function isMany({ images }: LockDiff): boolean {
  return images.length > unfoldedImages;
}

/** A table of all images with their counts. */
export function overviewTable({ images }: LockDiff): Markdown {
  const head = [md`image`, md`moved`, md`added`, md`removed`, md`rebuilt`, md`pending`];
  const cell = (count: number) => (count === 0 ? md`` : md`${count}`);
  const rows = images.map(({ image, moved, added, removed, rebuilt, pending }) => [
    code(image),
    ...[moved, added, removed, rebuilt, pending].map(({ length }) => cell(length)),
  ]);
  return table(head, rows);
}

/** Pages of an upstream repository; each undefined where its host is not known to have such a page. */
interface UpstreamLinks {
  compare(from: string, to: string): string | undefined;
  libraryFile(commit: string, image: string): string | undefined;
}

/** What stands between a repository's address and the name of a page. */
const separators: Readonly<Record<ForgeKind, string>> = { github: '', gitlab: '/-' };
const commitPattern = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;

/** The pages of an upstream on a GitHub or GitLab; none for a path or another host. */
export function upstreamLinks(repository: string): UpstreamLinks {
  const remote = parseRemoteUrl(repository);
  const kind = kindOf(remote?.host ?? '');
  if (remote === undefined || kind === undefined) return { compare: () => undefined, libraryFile: () => undefined };
  const page = (commits: readonly string[], path: string) =>
    commits.every((commit) => commitPattern.test(commit))
      ? `${remote.origin}/${remote.repository}${separators[kind]}/${path}`
      : undefined;
  return {
    compare: (from, to) => page([from, to], `compare/${from}...${to}`),
    libraryFile: (commit, image) =>
      isImageName(image) ? page([commit], `blob/${commit}/library/${image}`) : undefined,
  };
}

/** By its host, as the forges' own servers are called. */
function kindOf(host: string): ForgeKind | undefined {
  const [, kind] = /(?:^|\.)(github|gitlab)\.\w/.exec(host) ?? [];
  return kind === 'github' || kind === 'gitlab' ? kind : undefined;
}

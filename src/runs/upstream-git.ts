import { LRUCache } from 'lru-cache';
import type { Config } from '../config/types.ts';
import { attempt } from '../core/attempt.ts';
import type { ImageName } from '../core/names.ts';
import { problemError } from '../core/problem.ts';
import type { GitPorts } from '../evidence/git.ts';
import type { Lockfile } from '../lock/types.ts';
import type { Context } from '../session/context.ts';
import { upstreamPlace } from '../session/workspace.ts';
import type { LibraryFile, UpstreamImage } from '../upstream/types.ts';

/** Reads upstream's git. @param isOffline whether only as far as the cache has it */
export async function gitPorts(
  context: Context,
  config: Pick<Config, 'upstream'>,
  after: Lockfile,
  isOffline: boolean,
): Promise<GitPorts> {
  const place = upstreamPlace(context, config);
  const { address, options } = { ...place, options: { ...place.options, isOffline } };
  // Most commands do without git, which takes a good part of their start.
  const [{ openLog, openUpstream }, { readImage }] = await Promise.all([
    import('../upstream/open.ts'),
    import('../upstream/reader.ts'),
  ]);
  // Steps in a row ask for a commit twice: as the later one, and as the earlier one.
  const opened = new LRUCache<string, ReturnType<typeof openUpstream>>({ max: 2 });
  const openAt = (ref: string) => {
    const opening = opened.get(ref) ?? openUpstream({ ...address, ref }, options);
    opened.set(ref, opening);
    return opening;
  };
  return {
    repository: after.upstream.repository,
    async images(ref, names) {
      const { commit, files } = await openAt(ref);
      const wanted: ReadonlySet<string> = names;
      const read = files
        .filter(({ name }) => wanted.has(name))
        .map((file) => readImage(file, commit, { sources: true }));
      return new Map(read.flatMap((image) => ('code' in image ? [] : [[image.name, image]])));
    },
    log: async (since, until) => (await openLog({ ...address, ref: until }, since, options)).log,
  };
}

/** The upstream commits that are read, the oldest first, and of each the images. */
type WantedImages = ReadonlyMap<string, ReadonlySet<ImageName>>;

/** Parsed files that stay in memory between two readings. */
const mostParsed = 300;

/**
 * Reads upstream's git at many commits, as far as the cache has it: each file is parsed once, and git runs a few times for
 * all commits together.
 *
 * @param one reads what many commits at once cannot be read for, as in a damaged cache
 */
export function gitSeries(
  context: Context,
  config: Pick<Config, 'upstream'>,
  one: GitPorts,
): (wanted: WantedImages) => Promise<GitPorts> {
  const { address, options } = upstreamPlace(context, config);
  const parsed = new LRUCache<string, { readonly image?: UpstreamImage }>({ max: mostParsed });
  return async (wanted) => {
    const [ref] = [...wanted.keys()].slice(-1);
    if (ref === undefined) return one;
    const [{ openSeries }, { readImage }] = await Promise.all([
      import('../upstream/open.ts'),
      import('../upstream/reader.ts'),
    ]);
    const opened = await attempt(() => openSeries({ ...address, ref }, wanted, options));
    if (!opened.ok) return one;
    const series = opened.value;
    const imageOf = (file: LibraryFile, sha: string) => {
      const key = `${file.name} ${file.blob}`;
      const known = parsed.get(key);
      if (known !== undefined) return known.image;
      const read = readImage(file, { repository: one.repository, sha }, { sources: true });
      const image = 'code' in read ? undefined : read;
      parsed.set(key, image === undefined ? {} : { image });
      return image;
    };
    return {
      repository: one.repository,
      async images(commit, names) {
        const files = series.files(commit);
        if (files === undefined)
          throw problemError('upstream/not-cached', 'The cache does not have this of upstream.', commit);
        const wantedNames: ReadonlySet<string> = names;
        const read = files.filter(({ name }) => wantedNames.has(name)).flatMap((file) => imageOf(file, commit) ?? []);
        return new Map(read.map((image) => [image.name, image]));
      },
      log: async (since, until) => series.log(since, until) ?? one.log(since, until),
    };
  };
}

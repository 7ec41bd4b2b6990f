import { LRUCache } from 'lru-cache';
import type { Config } from '../config/types.ts';
import type { GitPorts } from '../evidence/read.ts';
import type { Lockfile } from '../lock/types.ts';
import type { Context } from '../session/context.ts';
import { upstreamPlace } from '../session/workspace.ts';

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

import { writeRegistryStorage } from '../images/storage.ts';
import type { BuiltRepository } from '../images/types.ts';
import { type BuildHistory, baseImages, officialBuilder } from '../miniature/official.ts';

/** Every so many steps an image is built anew though upstream's files say nothing: a base and another one by turns. */
const rebuildEvery = 6;
/** One new digest of so many is published a step late. */
const lateOneOf = 4;

/** What became of the source in a step. */
export interface Published {
  readonly rebuilt: readonly string[];
  /** Tags that are announced, and published a step later. */
  readonly late: number;
  /** Whether a tag of the source moved or came. */
  readonly hasChanged: boolean;
}

export interface OfficialPublisher {
  readonly history: BuildHistory;
  /** Publishes what files announce, which hold the base images too. */
  publish(files: ReadonlyMap<string, string>, step: number, time: Date): Published;
}

/** Publishes at a source what upstream announces, each image built on its base: a base that is rebuilt brings its followers. */
export function officialPublisher(storage: string, images: readonly string[]): OfficialPublisher {
  const builder = officialBuilder();
  const rebuilds = new Map<string, number>();
  const known = new Set<string>();
  const published = new Map<string, string>();
  const others = images.filter((name) => !baseImages.includes(name));

  function rebuildOne(files: ReadonlyMap<string, string>, step: number): string[] {
    if (step === 0 || step % rebuildEvery !== 0) return [];
    const turn = step / rebuildEvery - 1;
    const from = turn % 2 === 0 ? baseImages : others;
    const name = from[Math.floor(turn / 2) % from.length] ?? '';
    if (!files.has(name)) return [];
    rebuilds.set(name, (rebuilds.get(name) ?? 0) + 1);
    return [name];
  }

  function lateDigests({ tags }: BuiltRepository, isFirst: boolean): Set<string> {
    const fresh = [...new Set(tags.values())].filter((digest) => !known.has(digest));
    for (const digest of fresh) known.add(digest);
    return new Set(isFirst ? [] : fresh.filter((digest) => Number.parseInt(digest.slice(-4), 16) % lateOneOf === 0));
  }

  return {
    history: builder.history,
    publish(files, step, time) {
      const rebuilt = rebuildOne(files, step);
      let late = 0;
      let hasChanged = false;
      for (const [name, built] of builder.build(files, { rebuilds, created: time.toISOString().replace('.000', '') })) {
        const waiting = lateDigests(built, !published.has(name));
        const tags = new Map([...built.tags].filter(([, digest]) => !waiting.has(digest)));
        late += built.tags.size - tags.size;
        const state = JSON.stringify([...tags]);
        if (published.get(name) === state && waiting.size === 0) continue;
        hasChanged ||= published.get(name) !== state;
        published.set(name, state);
        const { repository, manifests, blobs } = built;
        const manifestOf = (tag: string) => built.manifestOf(tag);
        writeRegistryStorage(storage, [{ repository, manifests, blobs, tags, manifestOf }]);
      }
      return { rebuilt, late, hasChanged };
    },
  };
}

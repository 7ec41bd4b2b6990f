import { createHash } from 'node:crypto';
import { writeRegistryStorage } from '../images/storage.ts';
import type { BuiltRepository } from '../images/types.ts';
import { miniature } from '../miniature/miniature.ts';

/** Every so many steps an image is built anew though upstream's files say nothing. */
const rebuildEvery = 6;
/** One new digest of so many is published a step late. */
const lateOneOf = 4;

/** What became of the source in a step. */
export interface Published {
  readonly rebuilt: readonly string[];
  /** Tags that are announced, and published a step later. */
  readonly late: number;
}

/** Publishes at a source what upstream announces, as the Hub does: rebuilt without a word, and not always at once. */
export function publisher(storage: string, images: readonly string[]) {
  const builds = new Map<string, number>();
  const known = new Set<string>();
  const published = new Map<string, string>();
  const hasWaiting = new Set<string>();

  /** The tags that are published late this time: they stay in the registry as they are, or absent. */
  function lateTags(built: BuiltRepository, isFirst: boolean): Set<string> {
    const late = new Set<string>();
    for (const digest of new Set(built.tags.values())) {
      if (known.has(digest)) continue;
      known.add(digest);
      if (isFirst || Number.parseInt(digest.slice(-4), 16) % lateOneOf !== 0) continue;
      for (const [tag, own] of built.tags) if (own === digest) late.add(tag);
    }
    return late;
  }

  return (files: ReadonlyMap<string, string>, step: number): Published => {
    const turn = images[Math.floor(step / rebuildEvery) % images.length] ?? '';
    const rebuilt = step > 0 && step % rebuildEvery === 0 && files.has(turn) ? [turn] : [];
    for (const name of rebuilt) builds.set(name, (builds.get(name) ?? 0) + 1);
    let late = 0;
    for (const [name, text] of files) {
      const source = asBuilt(text, builds.get(name) ?? 0);
      if (published.get(name) === source && !hasWaiting.delete(name)) continue;
      const built = miniature(name, source);
      const waiting = lateTags(built, !published.has(name));
      published.set(name, source);
      if (waiting.size > 0) hasWaiting.add(name);
      late += waiting.size;
      const tags = new Map([...built.tags].filter(([tag]) => !waiting.has(tag)));
      const { repository, manifests, blobs } = built;
      writeRegistryStorage(storage, [
        { repository, manifests, blobs, tags, manifestOf: (tag) => built.manifestOf(tag) },
      ]);
    }
    return { rebuilt, late };
  };
}

/** Another build has other bytes: those of other commits that nobody announced. */
function asBuilt(text: string, build: number): string {
  if (build === 0) return text;
  const other = (commit: string) => createHash('sha1').update(`${commit} ${build}`).digest('hex');
  return text.replace(/(GitCommit: *)(\w{40})/g, (_, key: string, commit: string) => `${key}${other(commit)}`);
}

import { isPending, type LockedImage, type Lockfile, tagDigests } from '../../../src/lock/types.ts';

/** How long texts of pull requests are for a person. */
export interface Reading {
  /** Rows and headings of the tables that stood in the text before changes were told by their causes. */
  readonly before: number;
  /** Lines of the text as it is, without what opens on a click. */
  readonly after: number;
}

/**
 * How many lines the text of a pull request had while it was a table for each image (as of commit 130022a): a heading, a head
 * and a row for each step of tags from one digest to another; tags that came to the digest of such a step, or left that from
 * which it goes, stood in its row, those of other digests in rows of their own, and all that are newly pending in one.
 * Frozen: it does not follow what the tool prints today.
 */
export function linesOfTables(before: Lockfile | undefined, after: Lockfile): number {
  const names = new Set([...(before?.images ?? []), ...after.images].map(({ image }) => image));
  const imageIn = (lockfile: Lockfile | undefined, name: string) =>
    lockfile?.images.find(({ image }) => image === name);
  return [...names].reduce((sum, name) => {
    const rows = rowsOf(imageIn(before, name), imageIn(after, name));
    return rows === 0 ? sum : sum + rows + 2;
  }, 0);
}

function rowsOf(before: LockedImage | undefined, after: LockedImage | undefined): number {
  const [old, now] = [tagDigests(before), tagDigests(after)];
  const steps = [...now].flatMap(([tag, to]) => {
    const from = old.get(tag);
    return from === undefined || from === to ? [] : [{ from, to }];
  });
  const added = [...now].filter(([tag]) => !old.has(tag)).map(([, digest]) => digest);
  const removed = [...old].filter(([tag]) => !now.has(tag)).map(([, digest]) => digest);
  const alone = [
    ...added.filter((digest) => !steps.some(({ to }) => to === digest)).map((digest) => `to ${digest}`),
    ...removed.filter((digest) => !steps.some(({ from }) => from === digest)).map((digest) => `from ${digest}`),
  ];
  const wasPending = pendingTags(before);
  const isNews = [...pendingTags(after)].some((tag) => !wasPending.has(tag));
  return new Set([...steps.map(({ from, to }) => `${from} ${to}`), ...alone]).size + (isNews ? 1 : 0);
}

function pendingTags(image: LockedImage | undefined): Set<string> {
  return new Set((image?.entries ?? []).flatMap((entry) => (isPending(entry) ? entry.pending : [])));
}

/** How many lines of a pull request's text a person sees who opens nothing: no blank ones, no markers, of a fold its title. */
export function linesToRead(body: string): number {
  const shown = body.replace(/<!--[\s\S]*?-->/g, '').split('\n');
  let depth = 0;
  let count = 0;
  for (const line of shown) {
    const opens = line.match(/<details\b/g)?.length ?? 0;
    const closes = line.match(/<\/details>/g)?.length ?? 0;
    if (depth === 0 && line.trim() !== '') count += 1;
    depth += opens - closes;
  }
  return count;
}

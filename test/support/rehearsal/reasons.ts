import { join } from 'node:path';
import { lockfileName } from '../../../src/lock/file.ts';
import { parseLockfile } from '../../../src/lock/parse.ts';
import type { Lockfile } from '../../../src/lock/types.ts';
import { baseImages } from '../miniature/official.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { watch } from './checks.ts';
import { startCiScene } from './ci-scene.ts';
import { realHistory } from './history.ts';
import { officialPublisher } from './official-publisher.ts';
import { botBranch, type Fate, somePeople } from './people.ts';
import { linesOfTables, linesToRead, type Reading } from './reading.ts';

export interface ReasonsOptions {
  /** The bundle of real history. */
  readonly bundle: string;
  readonly days: number;
  /** Absent: the whole library. */
  readonly images?: readonly string[];
  readonly platforms: readonly string[];
  /** Told of each step. */
  readonly tell?: (line: string) => void;
}

/** A pull request as it was last before it was merged or closed. */
export interface ReadPull extends Reading {
  readonly number: number;
  readonly characters: number;
}

export interface Reasons {
  readonly steps: number;
  readonly rebuilds: number;
  readonly late: number;
  readonly fates: readonly Fate[];
  readonly applies: number;
  /** The first one has all tags in it. */
  readonly pulls: readonly ReadPull[];
  readonly pullsByUpdate: number;
  readonly pullsByApply: number;
  readonly distinct: number;
  /** Updates while a pull request was open and nothing had changed since the update before. */
  readonly idle: { readonly runs: number; readonly pulls: number };
  readonly failures: readonly string[];
}

/**
 * Lets the rendered workflows run at each step of real history, with evidence `contents`, before a source whose images are built
 * on each other, and people do what people do. Counts what is pulled and what is read, and looks for what must not be.
 */
export async function rehearseReasons(options: ReasonsOptions): Promise<Reasons> {
  const { bundle, days, platforms, tell = () => {} } = options;
  const home = temporaryDirectory().path;
  const history = await realHistory(bundle, join(home, 'official-images'), days);
  const [first = new Date()] = history.steps;
  await history.moveTo(first);
  const images = options.images ?? (await history.names());
  const include = options.images ?? ['*'];
  const scene = await startCiScene({ upstream: history.path, images: include, platforms });
  const people = somePeople(scene.repository);
  const publisher = officialPublisher(scene.source.storage, images);
  const checks = watch(scene.repository, people, scene.destination);
  const counter = pullCounter();
  const reader = pullReader(scene.repository.git.read, () => scene.repository.pulls());
  const sums = { rebuilds: 0, late: 0, applies: 0 };
  const idle = { runs: 0, pulls: 0 };
  const failures: string[] = [];
  let last = '';

  for (const [step, time] of history.steps.entries()) {
    const commit = await history.moveTo(time);
    const files = await history.read(options.images ? [...new Set([...images, ...baseImages])] : await history.names());
    const published = publisher.publish(files, step, time);
    sums.rebuilds += published.rebuilt.length;
    sums.late += published.late;
    const found: string[] = [];
    const hasMerged = await people.act(step);
    if (hasMerged) {
      counter.add('apply', await scene.apply());
      sums.applies += 1;
      found.push(...(await checks.afterApply()));
    }
    const wasOpen = scene.repository.pulls().some(({ isOpen }) => isOpen);
    const pulled = await scene.update();
    counter.add('update', pulled);
    found.push(...(await checks.afterUpdate()));
    if (wasOpen && !hasMerged && !published.hasChanged && commit === last) {
      idle.runs += 1;
      idle.pulls += pulled.length;
      if (pulled.length > 0) found.push(`an open pull request cost ${pulled.length} pulls, and nothing had changed`);
    }
    last = commit;
    await reader.look();
    failures.push(...found.map((failure) => `${time.toISOString()}: ${failure}`));
    tell(`${time.toISOString()} ${commit.slice(0, 12)} ${counter.text()} ${published.rebuilt.join(' ')}`);
  }
  const { update, apply, distinct } = counter.sums();
  if (update + apply > distinct) failures.push(`${update + apply} pulls of ${distinct} manifests`);
  return {
    ...sums,
    ...{ steps: history.steps.length, fates: people.fates, pulls: reader.pulls(), idle, failures },
    ...{ pullsByUpdate: update, pullsByApply: apply, distinct },
  };
}

/** Counts pulls, and the manifests that they were of. */
function pullCounter() {
  const counts = { update: 0, apply: 0 };
  const distinct = new Set<string>();
  return {
    add(by: 'update' | 'apply', digests: readonly string[]) {
      counts[by] += digests.length;
      for (const digest of digests) distinct.add(digest);
    },
    sums: () => ({ ...counts, distinct: distinct.size }),
    text: () => `${counts.update}+${counts.apply}/${distinct.size}`,
  };
}

interface PullText {
  readonly number: number;
  readonly isOpen: boolean;
  readonly body: string | null;
}

/** Reads pull requests while they are open: their text, and what their lockfile changes. */
function pullReader(read: (revision: string, path: string) => Promise<string | undefined>, all: () => readonly PullText[]) {
  const seen = new Map<number, ReadPull>();
  const lockfile = async (revision: string): Promise<Lockfile | undefined> => {
    const text = await read(revision, lockfileName);
    return text === undefined ? undefined : parseLockfile(text, lockfileName);
  };
  return {
    async look() {
      const open = all().find(({ isOpen }) => isOpen);
      const after = open && (await lockfile(botBranch));
      if (open === undefined || after === undefined) return;
      const body = open.body ?? '';
      const before = linesOfTables(await lockfile('main'), after);
      seen.set(open.number, { number: open.number, before, after: linesToRead(body), characters: body.length });
    },
    pulls: () => [...seen.values()],
  };
}

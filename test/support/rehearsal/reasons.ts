import { join } from 'node:path';
import { lockfileName } from '../../../src/lock/file.ts';
import { parseLockfile } from '../../../src/lock/parse.ts';
import type { Lockfile } from '../../../src/lock/types.ts';
import { baseImages } from '../miniature/official.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { watch } from './checks.ts';
import { type CiScene, startCiScene } from './ci-scene.ts';
import { realHistory } from './history.ts';
import { type Judged, judgeCauses, type TruthOf } from './judge.ts';
import { officialPublisher } from './official-publisher.ts';
import { botBranch, type Fate, somePeople } from './people.ts';
import { linesOfTables, linesToRead, type Reading } from './reading.ts';
import { truthOf } from './truth.ts';

export interface ReasonsOptions {
  /** The bundle of real history. */
  readonly bundle: string;
  readonly days: number;
  /** Absent: the whole library. */
  readonly images?: readonly string[];
  readonly platforms: readonly string[];
  /** Told of each step, and of all until then. */
  readonly tell?: (line: string, soFar: Reasons) => void;
}

/** A pull request as it was last before it was merged or closed. */
export interface ReadPull extends Reading {
  readonly number: number;
  readonly characters: number;
  /** What is said of causes, compared with what is so. */
  readonly judged: Judged;
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
  /** Updates while a pull request was open, where no tag of the source had changed since the update before. */
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
  const truth: TruthOf = (from, to) => truthOf(publisher.history, from, to, platforms);
  const reader = pullReader(scene, truth);
  const sums = { rebuilds: 0, late: 0, applies: 0 };
  const idle = { runs: 0, pulls: 0 };
  const failures: string[] = [];
  const result = (steps: number): Reasons => {
    const { update, apply, distinct } = counter.sums();
    const twice = update + apply > distinct ? [`${update + apply} pulls of ${distinct} manifests`] : [];
    return {
      ...{ ...sums, steps, fates: [...people.fates], pulls: reader.pulls(), idle: { ...idle } },
      ...{ pullsByUpdate: update, pullsByApply: apply, distinct, failures: [...failures, ...twice] },
    };
  };

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
    if (wasOpen && !hasMerged && !published.hasChanged) {
      idle.runs += 1;
      idle.pulls += pulled.length;
      if (pulled.length > 0)
        found.push(`an open pull request cost ${pulled.length} pulls, and no tag of the source had changed`);
    }
    await reader.look();
    failures.push(...found.map((failure) => `${time.toISOString()}: ${failure}`));
    tell(
      `${time.toISOString()} ${commit.slice(0, 12)} ${counter.text()} ${published.rebuilt.join(' ')}`,
      result(step + 1),
    );
  }
  return result(history.steps.length);
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

/** Reads pull requests while they are open: their text, what their lockfile changes, and what is told of it. */
function pullReader({ repository, changes }: CiScene, truth: TruthOf) {
  const seen = new Map<number, ReadPull>();
  let last = '';
  const lockfileAt = async (revision: string): Promise<Lockfile | undefined> => {
    const text = await repository.git.read(revision, lockfileName);
    return text === undefined ? undefined : parseLockfile(text, lockfileName);
  };
  return {
    async look() {
      const open = repository.pulls().find(({ isOpen }) => isOpen);
      const [main = '', head = ''] = await Promise.all(['main', botBranch].map((name) => repository.git.find(name)));
      const state = `${open?.number} ${main} ${head} ${open?.body}`;
      if (open === undefined || state === last) return;
      last = state;
      const [before, after] = await Promise.all([lockfileAt(main), lockfileAt(head)]);
      if (after === undefined) return;
      const body = open.body ?? '';
      const judged = judgeCauses(await changes(main, head), before, after, truth);
      const lines = { before: linesOfTables(before, after), after: linesToRead(body) };
      seen.set(open.number, { number: open.number, ...lines, characters: body.length, judged });
    },
    pulls: () => [...seen.values()],
  };
}

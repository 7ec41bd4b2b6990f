import { join } from 'node:path';
import { temporaryDirectory } from '../temporary-directory.ts';
import { watch } from './checks.ts';
import { realHistory } from './history.ts';
import { type Fate, somePeople } from './people.ts';
import { publisher } from './publisher.ts';
import { startScene, type UpdateReport } from './scene.ts';

export interface RehearsalOptions {
  /** The bundle of real history. */
  readonly bundle: string;
  readonly days: number;
  readonly images: readonly string[];
  /** Told of each step. */
  readonly tell?: (line: string) => void;
}

/** What was counted, and what must never have been. */
export interface Rehearsal {
  readonly steps: number;
  /** Steps in which upstream was at another commit than before. */
  readonly moved: number;
  readonly rebuilds: number;
  /** Tags that were published a step after they were announced. */
  readonly late: number;
  /** How often each row of the decision table was decided on. */
  readonly decisions: ReadonlyMap<string, number>;
  readonly opened: number;
  readonly updated: number;
  readonly closedByBot: number;
  /** An open pull request that nothing was written to. */
  readonly leftAlone: number;
  readonly fates: readonly Fate[];
  readonly commits: number;
  readonly apiReads: number;
  readonly apiWrites: number;
  readonly applies: number;
  readonly appliedDigests: number;
  readonly pullsByLock: number;
  readonly pullsByApply: number;
  readonly failures: readonly string[];
}

/** Lets the bot run at each step of real history, and people do what people do; looks after each for what must not be. */
export async function rehearse({ bundle, days, images, tell = () => {} }: RehearsalOptions): Promise<Rehearsal> {
  const home = temporaryDirectory().path;
  const history = await realHistory(bundle, join(home, 'official-images'), days);
  const scene = await startScene(history.path, images, home);
  const people = somePeople(scene.repository);
  const publish = publisher(scene.source.storage, images);
  const checks = watch(scene.repository, people, scene.destination);
  const sums = { moved: 0, rebuilds: 0, late: 0, applies: 0, appliedDigests: 0, pullsByLock: 0, pullsByApply: 0 };
  const reports: (UpdateReport & { readonly wasOpen: boolean })[] = [];
  const failures: string[] = [];
  const isOpen = () => scene.repository.pulls().some((pull) => pull.isOpen);
  let last = '';

  const pullsOf = async <Result>(key: 'pullsByLock' | 'pullsByApply', work: () => Promise<Result>) => {
    const before = scene.source.counts().manifestGet;
    const result = await work();
    sums[key] += scene.source.counts().manifestGet - before;
    return result;
  };

  for (const [step, time] of history.steps.entries()) {
    const commit = await history.moveTo(time);
    if (commit !== last) sums.moved += 1;
    last = commit;
    const published = publish(await history.read(images), step);
    sums.rebuilds += published.rebuilt.length;
    sums.late += published.late;
    const found: string[] = [];
    if (await people.act(step)) {
      const { counts } = await pullsOf('pullsByApply', scene.apply);
      sums.applies += 1;
      sums.appliedDigests += counts.copied;
      found.push(...(await checks.afterApply()));
    }
    const wasOpen = isOpen();
    const report = await pullsOf('pullsByLock', scene.update);
    reports.push({ ...report, wasOpen });
    found.push(...(await checks.afterUpdate()));
    failures.push(...found.map((failure) => `${time.toISOString()}: ${failure}`));
    tell(`${time.toISOString()} ${commit.slice(0, 12)} ${report.decision}`);
  }
  return {
    ...sums,
    ...tally(reports),
    steps: history.steps.length,
    fates: people.fates,
    commits: checks.commits(),
    failures,
  };
}

function tally(reports: readonly (UpdateReport & { readonly wasOpen: boolean })[]) {
  const decisions = new Map<string, number>();
  for (const { decision } of reports) decisions.set(decision, (decisions.get(decision) ?? 0) + 1);
  const having = (step: string) => reports.filter(({ steps }) => steps.includes(step)).length;
  const sum = (key: 'reads' | 'writes') => reports.reduce((total, { requests }) => total + requests[key], 0);
  return {
    decisions,
    opened: having('open'),
    updated: having('edit'),
    closedByBot: having('close'),
    leftAlone: reports.filter(({ wasOpen, steps }) => wasOpen && steps.every((step) => step === 'comment')).length,
    apiReads: sum('reads'),
    apiWrites: sum('writes'),
  };
}

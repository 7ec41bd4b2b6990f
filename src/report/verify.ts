import { shortDigest } from '../changes/words.ts';
import { defined } from '../core/defined.ts';
import { ExitCode } from '../core/exit-code.ts';
import { groupBy } from '../core/group-by.ts';
import { counted, legend, someOf } from '../core/words.ts';
import { summarizeDrift } from '../review/drift.ts';
import { deepText } from '../runs/apply/deep.ts';
import { unseenJson, unseenLines } from '../runs/apply/look-at.ts';
import { driftAt, type Verified } from '../runs/verify/follow-up.ts';
import type { VerifyRun } from '../runs/verify/verify.ts';
import type { Outcome } from '../session/context.ts';
import { destinationText } from '../session/destinations.ts';
import type { Drift } from '../verify/drift.ts';
import { summaryOf } from './summary-file.ts';

/** The outcome of a verify. Exit code 3 when anything differs, and 1 when something could not be looked at. */
export function verifyOutcome({ results, warnings, followed, isPart }: VerifyRun): Outcome {
  const hasDrift = results.some(({ drift }) => drift.length > 0);
  const without = isPart ? ExitCode.budget : ExitCode.done;
  return {
    exitCode: followed.problems.length > 0 ? ExitCode.failed : hasDrift ? ExitCode.stale : without,
    text: [...results.map(verifyText), ...legendOf(results), ...followed.lines].join('\n'),
    json: {
      schema: 'mirrorlock/verify/v1',
      drift: hasDrift,
      destinations: results.map(({ destination, tags, drift, unseen, deep }) => ({
        ...{ name: destination.name, tags, drift },
        ...defined({ deep }),
        ...unseenJson(unseen),
      })),
      ...followed.json,
      warnings,
    },
    problems: [...warnings, ...followed.problems],
    summary: summaryOf((maxLength) => summarizeDrift(driftAt(results), maxLength), [...warnings, ...followed.problems]),
  };
}

/** How a destination differs from the lockfile, for people. */
function verifyText({ destination, tags, drift, unseen, deep }: Verified): string {
  const all = unseen.length === 0 ? 'all' : 'the other';
  const found = drift.length === 0 ? `${all} ${tags} tags are as the lockfile says` : countedDrift(drift, tags);
  const notCompared =
    unseen.length === 0
      ? ''
      : `${counted(unseen.length, 'image')} ${unseen.length === 1 ? 'was' : 'were'} not compared`;
  const outcome = [notCompared, tags === 0 && unseen.length > 0 ? '' : found].filter(Boolean).join(', ');
  const looked = deep === undefined ? '' : `; ${deepText(deep)}`;
  const broken = drift.filter(({ kind }) => kind === 'broken').length;
  const lines = [
    ...unseenLines(unseen, 'not compared'),
    ...imageLines(drift),
    ...drift.map(driftLine),
    ...remedy(drift, broken),
  ];
  return [`${destinationText(destination)}: ${outcome}${looked}`, ...lines].join('\n');
}

/** What the words before the names mean, those that are there. */
function legendOf(results: readonly Verified[]): string[] {
  const kinds = new Set(results.flatMap(({ drift }) => drift.map(({ kind }) => kind)));
  return legend([
    ['missing', 'the lockfile has it, the destination does not', kinds.has('missing')],
    ['different', 'it has another digest than in the lockfile', kinds.has('different')],
    ['extra', 'the lockfile does not have it', kinds.has('extra')],
    ['broken', 'it is there, and cannot be pulled whole', kinds.has('broken')],
  ]);
}

/** How many tags differ, and how much is broken: what is broken may be one blob of many tags. */
function countedDrift(drift: readonly Drift[], tags: number): string {
  const broken = drift.filter(({ kind }) => kind === 'broken').length;
  const others = drift.length - broken;
  const parts = [others > 0 ? `${others} of ${tags} tags differ` : '', broken > 0 ? `${broken} broken` : ''];
  return parts.filter(Boolean).join(', ');
}

const fewestImages = 2;

/** How much differs of each image, where several do: before the tags, which may be many. */
function imageLines(drift: readonly Drift[]): string[] {
  const images = [...groupBy(drift, ({ image }) => image)];
  if (images.length < fewestImages) return [];
  return images.map(([image, own]) => {
    const kinds = [...groupBy(own, ({ kind }) => kind)].map(([kind, { length }]) => `${length} ${kind}`);
    return `  ${image}: ${kinds.join(', ')}`;
  });
}

function remedy(drift: readonly Drift[], broken: number): string[] {
  const others = drift.some(({ kind }) => kind === 'missing' || kind === 'different');
  return [
    ...(others ? ['  `mirrorlock apply` puts back what is missing or different.'] : []),
    ...(broken === 0 ? [] : ['  Run `mirrorlock apply --deep` to put again what is broken.']),
  ];
}

/** As many tags as a line has room for. */
const shownTags = 8;

function driftLine(drift: Drift): string {
  const name = `${drift.image}:${drift.tag}`;
  if (drift.kind === 'broken') {
    const names = `${drift.image}:${someOf(drift.tags, shownTags)}`;
    const what = drift.what === 'tag' ? 'the tag' : `${drift.what} ${drift.digest}`;
    return `  broken     ${names}  ${what} in ${drift.repository}: ${drift.reason}`;
  }
  if (drift.kind === 'extra') return `  extra      ${name}`;
  if (drift.kind === 'missing') return `  missing    ${name}  (${shortDigest(drift.wanted)})`;
  return `  different  ${name}  ${shortDigest(drift.seen)}, locked ${shortDigest(drift.wanted)}`;
}

import { durationText } from '../core/duration.ts';
import { ExitCode } from '../core/exit-code.ts';
import { timeText } from '../report/budget.ts';
import { type PlaceLimits, readLimits } from '../runs/limits.ts';
import type { Context, Outcome } from '../session/context.ts';
import type { RunBudget } from '../session/source-session.ts';

/**
 * Shows what the source and its alternates allow to the credentials in use. Asks each by one HEAD: no pull is counted. Exit code 1
 * where the source could not be asked: what is left is not known.
 */
export async function budget(context: Context): Promise<Outcome> {
  const { run, places, problems } = await readLimits(context);
  const text = places.map((place) => placeText(place, context.now())).join('\n');
  const isKnown = problems.every(({ severity }) => severity !== 'error');
  const json = {
    schema: 'mirrorlock/budget/v1',
    configured: configured(run),
    places: places.map(placeJson),
    warnings: problems,
  };
  return { exitCode: isKnown ? ExitCode.done : ExitCode.failed, text, json, problems: [...problems] };
}

function placeJson({ isReached, ...place }: PlaceLimits) {
  return { ...place, reached: isReached };
}

function configured({ budget: { pulls, windowMs, withoutHeaders } }: RunBudget) {
  return { pulls, windowSeconds: windowMs / 1_000, withoutHeaders };
}

function placeText(
  { place, account, isReached, told, headsPerMinute, left, limit, resetsBy }: PlaceLimits,
  now: Date,
): string {
  const who = account === null ? 'anonymous' : `as ${account}`;
  if (!isReached) return `${place} (${who}): it could not be asked; what it allows is not known`;
  const says =
    told === null
      ? 'tells of no pull limit'
      : `${told.remaining} of ${told.limit} pulls in ${durationText(told.windowSeconds * 1_000)} are left`;
  const heads = headsPerMinute === null ? 'any number' : `${headsPerMinute} a minute`;
  const lines = [`${place} (${who}): ${says}`];
  if (left !== undefined) lines.push(`  apply may pull: ${left === null ? 'without limit' : `${left} of ${limit}`}`);
  if (resetsBy !== undefined) lines.push(`  pulls come back: from ${timeText(resetsBy, now)}`);
  return [...lines, `  manifests that may be asked for without counting (HEAD): ${heads}`].join('\n');
}

import type { RegistryNamespace } from '../config/types.ts';
import { attempt } from '../core/attempt.ts';
import { durationText } from '../core/duration.ts';
import { ExitCode } from '../core/exit-code.ts';
import { type ImageName, namespacePath, repositoryPath, type Tag } from '../core/names.ts';
import type { Problem } from '../core/problem.ts';
import { readLockfile } from '../lock/file.ts';
import { lockedGroups } from '../lock/types.ts';
import { credentialStore } from '../registry/auth/credentials.ts';
import type { PullLimit } from '../registry/types.ts';
import { timeText } from '../report/budget.ts';
import { openAlternate, openClient } from '../session/clients.ts';
import type { Context, Outcome } from '../session/context.ts';
import { accountOf, openBudget, type Probe, type RunBudget } from '../session/source-session.ts';
import { lockfilePath, openConfig } from '../session/workspace.ts';

/** What a place that images come from allows. */
interface PlaceLimits {
  readonly place: string;
  readonly kind: 'source' | 'alternate';
  /** Who asks; `null`: nobody in particular. */
  readonly account: string | null;
  /** As its headers say; `null`: they say nothing. */
  readonly told: { readonly limit: number; readonly remaining: number; readonly windowSeconds: number } | null;
  /** Requests in a minute that this tool keeps to, and so manifests that may be asked for by HEAD, which counts nowhere; `null`: no limit. */
  readonly headsPerMinute: number | null;
  /** What a run may still pull, by headers, configuration and earlier runs; `null`: no limit. Of the source alone. */
  readonly left?: number | null;
  readonly limit?: number | null;
  /** When pulls come back, at the latest (ISO 8601); only where some are used and it is known. */
  readonly resetsBy?: string;
}

const hubHeadsPerMinute = 300;
/** What Docker's documentation asks to see the limit (docker-hub/usage/pulls.md, "View pull rate and limit"). */
const hubProbe = { namespace: 'ratelimitpreview', image: 'test' as ImageName, reference: 'latest' as Tag };

/** Shows what the source and its alternates allow to the credentials in use. Asks each by one HEAD: no pull is counted. */
export async function budget(context: Context): Promise<Outcome> {
  const config = await openConfig(context);
  const { source } = config;
  const probe = await lockedProbe(context);
  const run = await openBudget(context, source);
  const problems: Problem[] = [];
  const places = [
    await limitsOf(context, source, 'source', probe, problems, run),
    ...(await Promise.all(
      source.alternates.map((place) => limitsOf(context, place, 'alternate', probe, problems, undefined)),
    )),
  ];
  const text = places.map((place) => placeText(place, context.now())).join('\n');
  const json = { schema: 'mirrorlock/budget/v1', configured: configured(run), places, warnings: problems };
  return { exitCode: ExitCode.done, text, json, problems };
}

async function lockedProbe(context: Context): Promise<Probe | undefined> {
  const lockfile = await readLockfile(lockfilePath(context));
  for (const image of lockfile?.images ?? []) {
    const [group] = lockedGroups(image);
    if (group !== undefined) return { image: image.image, reference: group.index?.sources[0] ?? group.digest };
  }
  return undefined;
}

async function limitsOf(
  context: Context,
  place: RegistryNamespace & { readonly requestsPerMinute?: number },
  kind: PlaceLimits['kind'],
  locked: Probe | undefined,
  problems: Problem[],
  run: RunBudget | undefined,
): Promise<PlaceLimits> {
  const { host } = place.registry;
  const name = namespacePath(host, place.namespace);
  const client = kind === 'source' ? openClient(context, place) : openAlternate(context, place);
  const probe =
    locked === undefined ? (host === 'docker.io' ? hubProbe : undefined) : { namespace: place.namespace, ...locked };
  try {
    const asked =
      probe && (await attempt(() => client.head(repositoryPath(probe.namespace, probe.image), probe.reference)));
    if (asked === undefined) problems.push(nothingToAsk(name));
    else if (!asked.ok) problems.push({ ...asked.problem, severity: 'warning' });
    const account = await accountOf(credentialStore(context.env, context.homeDirectory), host, place.namespace);
    const perMinute = place.requestsPerMinute ?? (host === 'docker.io' ? hubHeadsPerMinute : null);
    const told = client.pullLimit ?? null;
    const common = { place: name, kind, account: account ?? null, told, headsPerMinute: perMinute };
    return run === undefined ? common : { ...common, ...(await ownLimits(run, client.pullLimit)) };
  } finally {
    await client.close();
  }
}

async function ownLimits({ allowance }: RunBudget, told: PullLimit | undefined) {
  await allowance.begin(told);
  if (!allowance.isLimited()) return { left: null, limit: null };
  const { limit, left, freeAt } = await allowance.state();
  const isPartUsed = left < limit && freeAt !== undefined;
  return { left, limit, ...(isPartUsed ? { resetsBy: new Date(freeAt).toISOString() } : {}) };
}

function configured({ budget: { pulls, windowMs, withoutHeaders } }: RunBudget) {
  return { pulls, windowSeconds: windowMs / 1_000, withoutHeaders };
}

function placeText({ place, account, told, headsPerMinute, left, limit, resetsBy }: PlaceLimits, now: Date): string {
  const who = account === null ? 'anonymous' : `as ${account}`;
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

function nothingToAsk(value: string): Problem {
  const message = 'The limit was not read: without a lockfile there is no manifest to ask for.';
  return { code: 'budget/nothing-to-ask', severity: 'warning', message, value, hint: 'Run `mirrorlock lock` first.' };
}

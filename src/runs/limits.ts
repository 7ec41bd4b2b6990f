import type { RegistryNamespace } from '../config/types.ts';
import { attempt } from '../core/attempt.ts';
import { type ImageName, repositoryPath, type Tag } from '../core/names.ts';
import type { Problem } from '../core/problem.ts';
import { placeName } from '../core/written-place.ts';
import { readLockfile } from '../lock/file.ts';
import { lockedGroups } from '../lock/types.ts';
import { credentialStore } from '../registry/auth/credentials.ts';
import { hubRequestsPerMinute, isHub } from '../registry/hub.ts';
import type { PullLimit } from '../registry/types.ts';
import { openAlternate } from '../session/clients.ts';
import type { Context } from '../session/context.ts';
import { accountOf, openBudget, type Probe, type RunBudget } from '../session/source-session.ts';
import { lockfilePath, openConfig } from '../session/workspace.ts';

/** What a place that images come from allows. */
export interface PlaceLimits {
  readonly place: string;
  readonly kind: 'source' | 'alternate';
  /** Who asks; `null`: nobody in particular. */
  readonly account: string | null;
  /** Whether it answered; where it did not, what it allows is not known. */
  readonly isReached: boolean;
  /** As its headers say; `null`: they say nothing. */
  readonly told: { readonly limit: number; readonly remaining: number; readonly windowSeconds: number } | null;
  /** Requests in a minute that this tool keeps to, and so manifests that may be asked for by HEAD, which counts nowhere; `null`: no limit. */
  readonly headsPerMinute: number | null;
  /** What a run may still pull, by headers, configuration and earlier runs; `null`: no limit. Only of the source. */
  readonly left?: number | null;
  readonly limit?: number | null;
  /** When pulls come back, at the latest (ISO 8601); only where some are used and it is known. */
  readonly resetsBy?: string;
}

/** What Docker's documentation asks to see the limit (docker-hub/usage/pulls.md, "View pull rate and limit"). */
const hubProbe = { namespace: 'ratelimitpreview', image: 'test' as ImageName, reference: 'latest' as Tag };

/** What the source and its alternates allow, and the budget of a run. */
export interface Limits {
  readonly run: RunBudget;
  readonly places: readonly PlaceLimits[];
  readonly problems: readonly Problem[];
}

/** Asks the source and its alternates by one HEAD each what they allow to the credentials in use: no pull is counted. */
export async function readLimits(context: Context): Promise<Limits> {
  const { source } = await openConfig(context);
  const probe = await lockedProbe(context);
  const run = await openBudget(context, source);
  const problems: Problem[] = [];
  const places = [
    await limitsOf(context, source, 'source', probe, problems, run),
    ...(await Promise.all(
      source.alternates.map((place) => limitsOf(context, place, 'alternate', probe, problems, undefined)),
    )),
  ];
  return { run, places, problems };
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
  const name = placeName(place);
  const client = openAlternate(context, place);
  const probe = locked === undefined ? (isHub(host) ? hubProbe : undefined) : { namespace: place.namespace, ...locked };
  try {
    const asked =
      probe && (await attempt(() => client.head(repositoryPath(probe.namespace, probe.image), probe.reference)));
    if (asked === undefined) problems.push(nothingToAsk(name));
    else if (!asked.ok) problems.push({ ...asked.problem, severity: kind === 'source' ? 'error' : 'warning' });
    const account = await accountOf(credentialStore(context.env, context.homeDirectory), host, place.namespace);
    const perMinute = place.requestsPerMinute ?? (isHub(host) ? hubRequestsPerMinute : null);
    const told = client.pullLimit ?? null;
    const isReached = asked?.ok !== false;
    const common = { place: name, kind, account: account ?? null, isReached, told, headsPerMinute: perMinute };
    return run === undefined || !isReached ? common : { ...common, ...(await ownLimits(run, client.pullLimit)) };
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

function nothingToAsk(value: string): Problem {
  const message = 'The limit was not read: without a lockfile there is no manifest to ask for.';
  return { code: 'budget/nothing-to-ask', severity: 'warning', message, value, hint: 'Run `mirrorlock lock` first.' };
}

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type RunAllowance, runAllowance } from '../apply/limit/allowance.ts';
import { countPulls, pullLedger } from '../apply/limit/ledger.ts';
import { type ManifestStore, noStore, openManifestStore } from '../apply/source/disk-store.ts';
import { pullGate } from '../apply/source/pull-gate.ts';
import { type ManifestMemory, openSources, type Sources } from '../apply/source/reader.ts';
import type { PullAllowance } from '../apply/types.ts';
import { type Budget, budgetOf } from '../config/budget.ts';
import type { Alternate, Config, PullCount, Source } from '../config/types.ts';
import { attempt } from '../core/attempt.ts';
import { defined } from '../core/defined.ts';
import { type Digest, type ImageName, repositoryPath, type Tag } from '../core/names.ts';
import type { Problem } from '../core/problem.ts';
import { credentialStore } from '../registry/auth/credentials.ts';
import type { RegistryClient } from '../registry/types.ts';
import { openAlternate, openCountedClient, type SharedRates } from './clients.ts';
import type { Context } from './context.ts';

/** The budget of one run at its source. */
export interface RunBudget {
  readonly budget: Budget;
  readonly allowance: RunAllowance;
  /** Keeps manifests while the source counts pulls, or always; else nothing. */
  readonly store: ManifestStore;
  /** A part of the pulls of a window, which several runs share. To be asked once the budget has begun. */
  shareOf(share: number): Promise<PullShare>;
  /** Why what is pulled is not kept for later runs, once. */
  problems(): readonly Problem[];
}

/** A part of the pulls of a window. */
export interface PullShare extends PullAllowance {
  /** The pulls of a window that it is. */
  readonly most: number | 'unlimited';
  /** How many of them no run has taken yet. */
  room(): Promise<number>;
}

/** What the command line may say of the budget, in place of the configuration. */
export interface BudgetChoice {
  readonly budget?: PullCount | 'auto';
}

interface BudgetOptions {
  /** From the command line, in place of the configuration's. */
  readonly pulls?: PullCount | 'auto' | undefined;
  /** What is done at one destination is needed for another: nothing is forgotten but for its age. */
  readonly keepsAll?: boolean;
  /** What is done with manifests where the source does not count pulls; absent: they are neither read from the store nor kept. */
  readonly store?: 'read' | 'read-and-keep';
}

/** Whether a run that explains a change reads manifests, which `apply` needs again: see `BudgetOptions.store`. */
export function readsEvidence({ review }: Pick<Config, 'review'>): boolean {
  return review.evidence !== 'git';
}

/** A manifest to ask for by HEAD; it need not exist. */
export interface Probe {
  readonly image: ImageName;
  readonly reference: Tag | Digest;
}

/**
 * Opens the budget of a source: the configuration's, of which the command line may replace how many pulls. The source is
 * not asked yet: see {@link beginBudget}.
 */
export async function openBudget(
  { cacheDirectory, env, homeDirectory, now }: Context,
  source: Source,
  { pulls, keepsAll = false, store: use }: BudgetOptions = {},
): Promise<RunBudget> {
  const written = budgetOf(source);
  const budget: Budget = { ...written, ...defined({ pulls }) };
  const time = () => now().getTime();
  const { host } = source.registry;
  const account = await accountOf(credentialStore(env, homeDirectory), host, source.namespace);
  const name = createHash('sha256')
    .update(JSON.stringify([host, account ?? null]))
    .digest('hex');
  const ledger = pullLedger(join(cacheDirectory, 'pulls', `${name}.json`), budget.windowMs, time);
  const allowance = runAllowance(budget, ledger, time);
  const shareOf = async (share: number): Promise<PullShare> => {
    if (share === 0) return { ...allowance, most: 0, room: async () => 0, take: async () => false };
    if (!allowance.isLimited()) return { ...allowance, most: 'unlimited', room: async () => Infinity };
    const { limit, windowMs } = await allowance.state();
    const most = Math.floor(limit * share);
    const own = pullLedger(join(cacheDirectory, 'pulls', `${name}-evidence.json`), windowMs, time);
    return {
      ...allowance,
      most,
      room: async () => Math.min(most - countPulls(await own.look()), allowance.left()),
      take: async () => (await own.claim(1, most)) === 1 && (await allowance.take()),
    };
  };
  if (budget.pulls === 'unlimited' && use === undefined)
    return { budget, allowance, store: noStore, shareOf, problems: () => [] };
  const store = await openManifestStore(join(cacheDirectory, 'manifests'), time());
  const problems = () => [ledger.problem?.() ?? store.problem?.() ?? []].flat();
  const own = whileLimited(store, () => allowance.isLimited(), use, keepsAll);
  return { budget, allowance, store: own, shareOf, problems };
}

/** Asks the source by HEAD what it allows. A source that does not answer says nothing: the pull reports why. */
export async function beginBudget(
  { budget, allowance }: RunBudget,
  client: RegistryClient,
  namespace: string,
  probe: Probe | undefined,
): Promise<void> {
  if (budget.pulls !== 'unlimited' && probe !== undefined) {
    await attempt(() => client.head(repositoryPath(namespace, probe.image), probe.reference));
  }
  await allowance.begin(client.pullLimit);
}

/** Who is known to a registry by the credentials in use, in words; `undefined`: nobody. Never a secret. */
export async function accountOf(
  credentials: ReturnType<typeof credentialStore>,
  host: string,
  namespace: string,
): Promise<string | undefined> {
  const found = await credentials.find(host, namespace);
  if (found === undefined) return undefined;
  return found.kind === 'password' ? found.username : 'identity token';
}

function whileLimited(
  store: ManifestStore,
  isLimited: () => boolean,
  use: BudgetOptions['store'],
  keepsAll: boolean,
): ManifestStore {
  const isRead = () => use !== undefined || isLimited();
  return {
    read: async (digest) => (isRead() ? store.read(digest) : undefined),
    write: async (manifest) => {
      if (use === 'read-and-keep' || isLimited()) await store.write(manifest);
    },
    forget: async (digests) => {
      if (isRead() && !keepsAll) await store.forget(digests);
    },
  };
}

/** The source and its alternates with their clients. */
export interface OpenSources extends Sources {
  /** The client for the source itself. */
  readonly client: RegistryClient;
  close(): Promise<void>;
}

export interface SourcesOptions {
  readonly store?: ManifestStore;
  readonly maxWaitMs?: number;
  /** Other destinations of the same registry, which are asked first. */
  readonly peers?: readonly Alternate[];
  /** What destinations that are worked on at once have in common. */
  readonly shared?: { readonly memory: ManifestMemory; readonly rates: SharedRates };
}

/** Opens the source, whose manifest GETs the allowance has to allow, and the alternates, which fail fast. */
export function openSourcesOf(
  context: Context,
  source: Source,
  pulls: PullAllowance,
  { store = noStore, maxWaitMs, peers: others = [], shared }: SourcesOptions = {},
): OpenSources {
  const client = openCountedClient(context, source, pullGate(pulls), maxWaitMs, shared?.rates);
  const openPlace = (place: Alternate) => ({ place, client: openAlternate(context, place, shared?.rates) });
  const peers = others.map(openPlace);
  const alternates = source.alternates.map(openPlace);
  return {
    ...openSources({ place: source, client }, alternates, pulls, {
      store,
      peers,
      ...(shared && { memory: shared.memory }),
    }),
    client,
    async close() {
      await Promise.all([client, ...[...peers, ...alternates].map((other) => other.client)].map((one) => one.close()));
    },
  };
}

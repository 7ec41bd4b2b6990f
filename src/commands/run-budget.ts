import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type RunAllowance, runAllowance } from '../apply/limit/allowance.ts';
import { pullLedger } from '../apply/limit/ledger.ts';
import { type ManifestStore, noStore, openManifestStore } from '../apply/source/disk-store.ts';
import { type Budget, budgetOf } from '../config/budget.ts';
import type { PullCount, Source } from '../config/types.ts';
import { attempt } from '../core/attempt.ts';
import type { Digest, ImageName, Tag } from '../core/names.ts';
import type { Problem } from '../core/problem.ts';
import { repositoryPath } from '../core/repository-path.ts';
import { credentialStore } from '../registry/credentials.ts';
import type { RegistryClient } from '../registry/types.ts';
import type { Context } from './context.ts';

/** The budget of one run at its source. */
export interface RunBudget {
  readonly budget: Budget;
  readonly allowance: RunAllowance;
  /** Keeps manifests while the source counts pulls; else nothing. */
  readonly store: ManifestStore;
  /** Why what is pulled is not kept for later runs, once. */
  problems(): readonly Problem[];
}

/** What the command line may say of the budget, in place of the configuration. */
export interface BudgetChoice {
  readonly budget?: PullCount | 'auto';
}

export interface BudgetOptions {
  /** From the command line, in place of the configuration's. */
  readonly pulls?: PullCount | 'auto' | undefined;
  /** What is done at one destination is needed for another: nothing is forgotten but for its age. */
  readonly keepsAll?: boolean;
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
  { pulls, keepsAll = false }: BudgetOptions = {},
): Promise<RunBudget> {
  const written = budgetOf(source);
  const budget: Budget = { ...written, ...(pulls === undefined ? {} : { pulls }) };
  const time = () => now().getTime();
  const { host } = source.registry;
  const account = await accountOf(credentialStore(env, homeDirectory), host, source.namespace);
  const name = createHash('sha256')
    .update(JSON.stringify([host, account ?? null]))
    .digest('hex');
  const ledger = pullLedger(join(cacheDirectory, 'pulls', `${name}.json`), budget.windowMs, time);
  const allowance = runAllowance(budget, ledger, time);
  if (budget.pulls === 'unlimited') return { budget, allowance, store: noStore, problems: () => [] };
  const store = await openManifestStore(join(cacheDirectory, 'manifests'), time());
  const problems = () => [ledger.problem?.() ?? store.problem?.() ?? []].flat();
  return { budget, allowance, store: whileLimited(store, allowance, keepsAll), problems };
}

/** Asks the source by HEAD what it allows. A source that does not answer says nothing: whoever pulls is told why. */
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

function whileLimited(store: ManifestStore, allowance: RunAllowance, keepsAll: boolean): ManifestStore {
  return {
    read: async (digest) => (allowance.isLimited() ? store.read(digest) : undefined),
    write: async (manifest) => {
      if (allowance.isLimited()) await store.write(manifest);
    },
    forget: async (digests) => {
      if (allowance.isLimited() && !keepsAll) await store.forget(digests);
    },
  };
}

import { tmpdir } from 'node:os';
import type { CommitSettings, Config } from '../../config/types.ts';
import { isSecretName } from '../../config/variables.ts';
import type { Environment } from '../../core/environment.ts';
import { UserError } from '../../core/problem.ts';
import type { FileChanges } from '../../forge/git/files.ts';
import { fetchRef, fetchTip, readFileAt } from '../../forge/git/read.ts';
import type { Access, Forge, Proposal } from '../../forge/types.ts';
import { lockfileName } from '../../lock/file.ts';
import { formatLockfile } from '../../lock/format.ts';
import { staleness } from '../../lock/staleness.ts';
import type { Context } from '../../session/context.ts';
import { matchLocked, openConfig } from '../../session/workspace.ts';
import { decideEdited, type EditedDecision } from '../../update/edited-table.ts';
import { makeLockfile } from '../lock.ts';
import { isOfBot } from './bot-branch.ts';
import { parseIfSound, type Rendered, renderThere } from './change.ts';
import { splitFiles } from './describe.ts';
import { findDigests } from './digest-findings.ts';
import { inTree, isTemplate, type TreeOptions } from './tree.ts';
import { type BranchTip, configAt, failure, tipOfBase, type Workplace } from './workplace.ts';

/** What was found out about a pull request of people. */
export interface Edit {
  readonly proposal: Proposal;
  readonly decision: EditedDecision;
  /** What the base says of commits. */
  readonly commit: CommitSettings;
  /** Its commit; absent where it was not looked at. */
  readonly head: string | undefined;
  /** Absent where nothing was locked or rendered. */
  readonly made: Rendered | undefined;
  /** What may be pushed, and what may not. */
  readonly files: FileChanges;
  readonly left: readonly string[];
  /** Where in the git repository the mirror is: empty, or a path with `/` at its end. */
  readonly prefix: string;
  /** All that is out of date, as the pull request has it. */
  readonly present: ReadonlyMap<string, string>;
}

/** Finds out what a pull request of people lacks, and decides; writes nothing. Throws as `completeEdit`. */
export async function lookAtEdit(
  context: Context,
  workplace: Workplace,
  forge: Forge,
  access: Access,
  number: number,
): Promise<Edit> {
  const proposal = await forge.readProposal(number);
  if (proposal === undefined)
    throw failure('update/no-such-pull-request', 'The pull request does not exist.', `${number}`);
  const { state, head } = proposal;
  const base = { branch: proposal.base, tip: await tipOfBase(workplace, proposal.base) };
  const config = await configIfSound(context, workplace, base);
  const isFork = head.fork !== undefined;
  const isOwn = !isFork && (await isOfBot(workplace, head, base.tip, config?.update ?? {}));
  const tip = state === 'open' && !isOwn ? await fetchHead(workplace, forge, proposal) : undefined;
  const made = tip === undefined ? undefined : await makeAt(context, workplace, base.tip, tip, { isFork, config });
  const { files, left } = splitFiles(made?.files ?? new Map(), access);
  const decision = decideEdited({
    ...{ state, isOwn, isFork },
    readsElsewhere: tip !== undefined && made === undefined,
    isCurrent: made?.files.size === 0,
    maySettle: files.size > 0,
  });
  const present = await presentAt(workplace, tip, [...(made?.files.keys() ?? [])]);
  const commit = config?.update.commit ?? { signOff: false };
  return { proposal, decision, commit, head: tip, made, files, left, present, prefix: workplace.prefix };
}

/** The configuration of the base; undefined where there is none yet, or where the pull request may be what repairs it. */
async function configIfSound(context: Context, workplace: Workplace, base: BranchTip): Promise<Config | undefined> {
  try {
    return await configAt(context, workplace, base);
  } catch (error) {
    const isOfConfig =
      error instanceof UserError && error.problems.every(({ code }) => /^config\/|^update\/no-config$/.test(code));
    if (isOfConfig) return undefined;
    throw error;
  }
}

/** Brings what a proposal holds here; that of a fork by the ref that the forge keeps of it in this repository. */
async function fetchHead({ git, remote }: Workplace, forge: Forge, { number, head }: Proposal): Promise<string> {
  const kept = forge.kind === 'github' ? `refs/pull/${number}/head` : `refs/merge-requests/${number}/head`;
  const tip = head.fork === undefined ? await fetchTip(git, remote, head.branch) : await fetchRef(git, remote, kept);
  if (tip !== undefined) return tip;
  throw failure('update/no-branch', 'The branch of the pull request is gone.', head.branch);
}

interface Trust {
  readonly isFork: boolean;
  /** That of the base: a fork has only those places asked that it names. */
  readonly config: Config | undefined;
}

function makeAt(
  context: Context,
  workplace: Workplace,
  base: string,
  head: string,
  { isFork, config }: Trust,
): Promise<Rendered | undefined> {
  const known = config === undefined ? undefined : placesOf(config);
  const mayAsk = (edited: Config) => !isFork || placesOf(edited) === known;
  const publicVariables = config?.publicVariables ?? [];
  const safe = { ...context, env: withoutSecrets(context.env, isFork, publicVariables) };
  const trust = { isFork, mayAsk, publicVariables };
  return makeEdited(safe, { ...workplace, temporaryDirectory: tmpdir(), base, head, ...trust });
}

/** All places that are asked when a configuration is locked, in one text. */
function placesOf({ upstream, source }: Config): string {
  const places = [source, ...source.alternates].map(({ registry, namespace }) => ({ registry, namespace }));
  return JSON.stringify([upstream.repository, places]);
}

async function presentAt(
  { git }: Workplace,
  commit: string | undefined,
  paths: readonly string[],
): Promise<Map<string, string>> {
  const present = new Map<string, string>();
  for (const path of commit === undefined ? [] : paths) {
    const text = await readFileAt(git, commit ?? '', path);
    if (text !== undefined) present.set(path, text);
  }
  return present;
}

interface EditedOptions extends TreeOptions {
  /** The tip of the base branch. */
  readonly base: string;
  /** The tip of the pull request. */
  readonly head: string;
  readonly isFork: boolean;
  /** Whether what the configuration names may be asked; where not, nobody is. */
  readonly mayAsk: (config: Config) => boolean;
  /** The variables that the base's configuration calls public although they have the name of a secret. */
  readonly publicVariables: readonly string[];
}

/** What a pull request of people lacks; undefined where the places that it names may not be asked. */
type Edited = Rendered | undefined;

/**
 * Finds what a pull request lacks. It is locked only where its lockfile does not fit its configuration, is absent, or
 * cannot be read: upstream's changes since then do not matter. Its files are read as data; of a fork, not its templates.
 *
 * @throws UserError as `lock` and `render` do
 */
function makeEdited(context: Context, options: EditedOptions): Promise<Edited> {
  const { git, prefix, base, head, isFork, mayAsk } = options;
  const sources = isFork
    ? [
        { commit: head, takes: (path: string) => !isTemplate(path) },
        { commit: base, takes: isTemplate },
      ]
    : [{ commit: head }];
  return inTree(context, sources, options, async (there, place) => {
    const config = await openConfig(there);
    checkPublicVariables(config, options);
    if (!mayAsk(config)) return undefined;
    const path = `${prefix}${lockfileName}`;
    const [text, baseText] = [await readFileAt(git, head, path), await readFileAt(git, base, path)];
    const own = parseIfSound(text);
    const before = parseIfSound(baseText);
    await matchLocked(there, config, own);
    const isStale = own === undefined || staleness(own, config).length > 0;
    const made = isStale ? await makeLockfile(there, config, own ?? before) : { next: own, warnings: [] };
    const after = made.next;
    const files = await renderThere(there, config, after, place);
    if (isStale && text !== formatLockfile(after)) files.set(path, formatLockfile(after));
    const { digests, problems } = await findDigests(there, config, { before, after }, { git, commit: base, path });
    return { config, before, after, files, digests, problems: [...made.warnings, ...problems] };
  });
}

/** What has the name of a secret is public once that is merged, not where a pull request says so. */
function checkPublicVariables(edited: Config, { publicVariables }: Pick<EditedOptions, 'publicVariables'>): void {
  const added = edited.publicVariables.find((name) => !publicVariables.includes(name));
  if (added === undefined) return;
  const message = '`publicVariables` names a variable that the base branch does not.';
  throw failure('update/public-variables', message, added, 'Lock it on your machine: `mirrorlock lock`, and commit.');
}

const forgeToken = /^(?:MIRRORLOCK_TOKEN|GH_TOKEN|GITHUB_TOKEN|GITLAB_TOKEN|CI_JOB_TOKEN|ACTIONS_\w*TOKEN)$/;

/**
 * The environment without what a configuration that is not merged must not name as a variable: the tokens of the forge,
 * and for a fork whatever has the name of a secret. `GIT_…` is git's, and holds settings.
 */
function withoutSecrets(env: Environment, isFork: boolean, publicVariables: readonly string[]): Environment {
  const isHidden = (name: string) => isFork && isSecretName(name) && !publicVariables.includes(name);
  const isSecret = (name: string) => forgeToken.test(name) || isHidden(name);
  return Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith('GIT_') || !isSecret(name)));
}

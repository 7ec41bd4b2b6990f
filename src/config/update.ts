import { defined } from '../core/defined.ts';
import { inFolder } from '../core/folder-slug.ts';
import { UserError } from '../core/problem.ts';
import { isBranchName } from '../git/ref-name.ts';
import { type Fault, type Findings, startFindings } from '../yaml/findings.ts';
import { isCollection, type Locator } from '../yaml/locate.ts';
import { defaults } from './defaults.ts';
import type { Commit, Forge, MirrorsYaml } from './schema.gen.ts';
import { readSections } from './sections.ts';
import { checkShape, type PartialData } from './shape.ts';
import type { CommitPerson, CommitSettings, ForgeHost, UpdateSettings } from './types.ts';

/** Reads `update`, and checks what the schema cannot say. What is wrong goes to `findings`. */
export function readUpdate(
  written: PartialData<MirrorsYaml>['update'],
  locate: Locator,
  findings: Findings,
): UpdateSettings {
  const branch = written?.branch ?? defaults.updateBranch;
  const { base, draft = false, autoMerge = 'off' } = written ?? {};
  for (const [key, name] of [
    ['branch', written?.branch],
    ['base', base],
  ] as const) {
    if (name === undefined || isBranchName(name)) continue;
    const message = 'Not a valid git branch name (git check-ref-format).';
    findings.error(locate.value(['update', key]), { code: 'branch-name', message, value: name });
  }
  if (base === branch) {
    const message = '`update.branch` must differ from `update.base`.';
    findings.error(locate.value(['update', 'base']), { code: 'branch-is-base', message, value: branch });
  }
  const names = (list: readonly (string | undefined)[] | undefined) => (list ?? []).flatMap((name) => name ?? []);
  const forge = readForge(written?.forge, locate, findings);
  return {
    ...defined({ branch: written?.branch, base }),
    labels: names(written?.labels),
    reviewers: names(written?.reviewers),
    assignees: names(written?.assignees),
    draft,
    ...(autoMerge === 'off' ? {} : { autoMerge }),
    commit: readCommit(written?.commit ?? {}, locate, findings),
    ...defined({ forge }),
  };
}

/** The branch of the bot: what `update.branch` says, else one for each folder of the git repository that holds a mirror. */
export function botBranch({ branch }: Pick<UpdateSettings, 'branch'>, prefix: string): string {
  return branch ?? inFolder(defaults.updateBranch, prefix);
}

function readCommit(written: PartialData<Commit>, locate: Locator, findings: Findings): CommitSettings {
  const person = (key: 'author' | 'committer'): CommitPerson | undefined => {
    const value = written[key];
    if (value === undefined) return undefined;
    const [, name, email] = /^([^<>\p{C}]*[^<>\p{C}\s]) <([^<>\p{C}\s@]+@[^<>\p{C}\s@]+)>$/u.exec(value) ?? [];
    if (name !== undefined && email !== undefined) return { name, email };
    const message = `\`update.commit.${key}\` is a name and an address.`;
    const hint = 'Such as `Mirror Bot <mirror-bot@example.com>`.';
    findings.error(locate.value(['update', 'commit', key]), { code: 'commit-person', message, value, hint });
    return undefined;
  };
  const [author, committer] = [person('author'), person('committer')];
  const { by = 'git', signOff = false, body } = written;
  for (const key of by === 'forge' ? (['author', 'committer', 'signOff'] as const) : []) {
    if (written[key] === undefined || written[key] === false) continue;
    const message = `\`update.commit.${key}\` only applies with \`by: git\`: the forge commits in the name of the token's account.`;
    findings.error(locate.key(['update', 'commit', key]), {
      code: 'commit-by',
      message,
      hint: `Leave out \`${key}\`.`,
    });
  }
  return { ...(by === 'forge' ? { by } : {}), signOff, ...defined({ author, committer, body }) };
}

const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const example = 'Such as `gitlab.example.com`, or `gitlab.example.com:8443`.';

/** Reads `update.forge`, and checks its host. What is wrong goes to `findings`. */
function readForge(
  written: PartialData<Forge> | undefined,
  locate: Locator,
  findings: Findings,
): ForgeHost | undefined {
  const { provider, host } = written ?? {};
  if (host === undefined) return undefined;
  const message = hostFault(host);
  if (message !== undefined) {
    // What stands before an `@` may be a password.
    const fault: Fault = { code: 'forge-host', message, value: host.replace(/^.*@/s, ''), hint: example };
    findings.error(locate.value(['update', 'forge', 'host']), fault);
  }
  return provider === undefined || message !== undefined ? undefined : { provider, host: host.replace(/:443$/, '') };
}

/** Why a text is not the host of a forge. A host that programs read in different ways is not valid: it decides where the token goes. */
function hostFault(host: string): string | undefined {
  if (/^[a-z+]+:\/\//i.test(host)) return 'A host has no scheme: a forge is asked over HTTPS.';
  if (host.includes('@')) return 'A host has no user: the token is in MIRRORLOCK_TOKEN.';
  if (host.includes('/')) return 'A host has no path.';
  const [, name = '', , port] = /^(\[[^\]]*\]|[^:]*)(:(.*))?$/s.exec(host) ?? [];
  if (port !== undefined && !(/^[1-9]\d{0,4}$/.test(port) && Number(port) <= 65_535))
    return 'A port is a number from 1 to 65535.';
  if (name !== name.toLowerCase()) return 'A host is written in lower case.';
  if (name.endsWith('.')) return 'A host has no dot at its end.';
  if (/[^\x00-\x7f]/.test(name)) return 'A host with other letters is written as DNS has it (`xn--…`).';
  const isName = name.length <= 253 && name.split('.').every((part) => label.test(part));
  // A number such as `0x7f.1` is an address to some, and a name to others.
  const isClear = URL.canParse(`https://${host}`) && new URL(`https://${host}`).hostname === name;
  return (isName || name.startsWith('[')) && isClear
    ? undefined
    : 'A host is parts of letters, digits and `-`, joined by `.`.';
}

/**
 * What `update.forge` of a mirrors.yaml says, whatever else is wrong with the file: undefined where it says nothing, or is
 * not YAML.
 *
 * @throws UserError `config/…` what is wrong with `update.forge`
 */
export function forgeOf(text: string, file: string): ForgeHost | undefined {
  const sections = readSections(text, file);
  const update = sections?.at('update');
  if (sections === undefined || !isCollection(update) || update['forge'] === undefined) return undefined;
  const findings = startFindings();
  const { locate } = sections;
  // A file that is right but for what stands here: only this part is checked.
  const onlyForge = { version: 1, images: { include: ['*'] }, update: { forge: update['forge'] } };
  const forge = readForge(checkShape(onlyForge, locate, findings).update?.forge, locate, findings);
  if (findings.hasErrors) throw new UserError(findings.problems);
  return forge;
}

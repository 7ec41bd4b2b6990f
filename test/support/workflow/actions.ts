import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { hasFiles } from './artifact-service.ts';
import type { CacheScope } from './cache-service.ts';
import type { Machine } from './machine.ts';

/** What an action is given. */
export interface ActionCall {
  readonly with: Readonly<Record<string, string>>;
  readonly github: Readonly<Record<string, unknown>>;
  readonly workspace: string;
  /** The token of the job. */
  readonly token: string;
  /** What the job may do. */
  readonly permissions: Readonly<Record<string, 'read' | 'write'>>;
  readonly machine: Machine;
  /** Does something once all steps of the job have succeeded. */
  after(work: () => Promise<unknown>): void;
}

type Action = (call: ActionCall) => Promise<Readonly<Record<string, string>>>;

/** The actions that are emulated, by the commit that is pinned. Any other fails. */
const actions: Readonly<Record<string, Action>> = {
  // v7.0.1
  'actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1': checkout,
  // v7.0.0
  'actions/setup-node@820762786026740c76f36085b0efc47a31fe5020': setupNode,
  // v5.0.5
  'actions/cache@27d5ce7f107fe9357f9df03efb73ab90386fccae': keepCache,
  'actions/cache/restore@27d5ce7f107fe9357f9df03efb73ab90386fccae': restoreCache,
  'actions/cache/save@27d5ce7f107fe9357f9df03efb73ab90386fccae': saveCache,
  // v7.0.0
  'actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f': uploadArtifact,
  // v8.0.1
  'actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c': downloadArtifacts,
  // v5.0.0
  'actions/upload-pages-artifact@fc324d3547104276b827a68afc52ff2a11cc49c9': uploadPages,
  'actions/deploy-pages@cd2ce8fcbc39b97be8ca5fce6e763baed58fa128': deployPages,
  // v3.1.1
  'actions/create-github-app-token@1b10c78c7865c340bc4f6099eb2f838309f1e8c3': appToken,
};

/** Does what an action does, as far as a run on this machine can tell; gives its outputs. */
export async function runAction(uses: string, call: ActionCall): Promise<Readonly<Record<string, string>>> {
  const action = actions[uses];
  if (action === undefined) throw new Error(`The action ${uses} is not emulated.`);
  return action(call);
}

/** Clones over HTTP with the job's token, which does not stay behind. */
async function checkout({ with: given, github, workspace: top, token }: ActionCall): Promise<Record<string, string>> {
  const { ref, 'fetch-depth': depth = '1' } = allow(given, ['ref', 'path', 'fetch-depth', 'persist-credentials']);
  const workspace = join(top, given['path'] ?? '.');
  mkdirSync(workspace, { recursive: true });
  if (given['persist-credentials'] !== 'false') throw new Error('The token would stay in the checkout.');
  const header = `AUTHORIZATION: basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
  const env = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'http.extraheader', GIT_CONFIG_VALUE_0: header };
  const git = (...args: string[]) => execa('git', args, { cwd: workspace, env });
  await git('init', '--quiet', '--initial-branch=main', '.');
  await git('remote', 'add', 'origin', `${github['server_url']}/${github['repository']}.git`);
  const want = checkoutPoint(ref, String(github['ref']), String(github['sha']));
  const all = ['+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*'];
  const specs = depth === '0' ? all : [`--depth=${depth}`, want.spec];
  await git('fetch', '--quiet', '--no-tags', '--prune', 'origin', ...specs);
  if (depth === '0') await git('fetch', '--quiet', '--no-tags', 'origin', want.spec);
  if (want.branch === undefined) await git('checkout', '--quiet', '--force', '--detach', want.at);
  else await git('checkout', '--quiet', '--force', '-B', want.branch, want.at);
  return {};
}

/** What is checked out: a commit; or else the branch's tip, for one that was asked for; or the commit that started the run. */
function checkoutPoint(ref: string | undefined, startedBy: string, commit: string) {
  const asked = ref === undefined || ref === '' ? startedBy : ref;
  if (/^[0-9a-f]{40}$/.test(asked)) return { spec: asked, at: asked, branch: undefined };
  const branch = /^(?:refs\/heads\/)?(?!refs\/)(.+)$/.exec(asked)?.[1];
  if (branch === undefined) return { spec: `+${asked}:${asked.replace('refs/', 'refs/remotes/')}`, at: commit, branch };
  const from = ref === undefined || ref === '' ? commit : `refs/heads/${branch}`;
  return { spec: `+${from}:refs/remotes/origin/${branch}`, at: `refs/remotes/origin/${branch}`, branch };
}

/** The Node of this machine is the one that is there. */
async function setupNode({ with: given }: ActionCall): Promise<Record<string, string>> {
  const { 'node-version': version } = allow(given, ['node-version', 'package-manager-cache']);
  if (!version) throw new Error('setup-node is told no version.');
  return {};
}

/** Finds nothing on a machine without caches, as when the service is down. */
async function restoreCache({ with: given, github, machine }: ActionCall): Promise<Record<string, string>> {
  const { path = '', key = '', 'restore-keys': others = '' } = allow(given, ['path', 'key', 'restore-keys']);
  if (path === '' || key === '') throw new Error('cache/restore is told no path or no key.');
  const keys = [key, ...others.split('\n').map((line) => line.trim())].filter(Boolean);
  const found = machine.caches?.restore(cacheScope(github), path, keys);
  return found === undefined ? {} : { 'cache-hit': String(found === key), 'cache-matched-key': found };
}

/** Restores, and saves at the end of the job what was not found by its whole key. */
async function keepCache(call: ActionCall): Promise<Record<string, string>> {
  const found = await restoreCache(call);
  const { path = '', key = '' } = call.with;
  if (found['cache-hit'] !== 'true') call.after(() => saveCache({ ...call, with: { path, key } }));
  return found;
}

/** What cannot be saved is a warning there, and no failure. */
async function saveCache({ with: given, github, machine }: ActionCall): Promise<Record<string, string>> {
  const { path = '', key = '' } = allow(given, ['path', 'key']);
  if (path === '' || key === '') throw new Error('cache/save is told no path or no key.');
  machine.caches?.save(cacheScope(github), path, key);
  return {};
}

async function uploadArtifact({ with: given, github, machine }: ActionCall): Promise<Record<string, string>> {
  const keys = ['name', 'path', 'if-no-files-found', 'overwrite', 'retention-days'] as const;
  const { name = '', path = '', 'if-no-files-found': none, overwrite } = allow(given, keys);
  if (name === '' || path === '') throw new Error('upload-artifact is told no name or no path.');
  if (!hasFiles(path) && none !== 'ignore') throw new Error(`No files are at ${path}.`);
  if (hasFiles(path)) machine.artifacts?.upload(String(github['run_id']), name, path, overwrite === 'true');
  return {};
}

/** Those of this run; where no name fits, nothing is downloaded and nothing fails. */
async function downloadArtifacts({ with: given, github, machine }: ActionCall): Promise<Record<string, string>> {
  const { pattern = '', 'merge-multiple': merge, path = '' } = allow(given, ['pattern', 'merge-multiple', 'path']);
  if (!/^[^*]+\*$/.test(pattern) || merge !== 'true') throw new Error('Only PREFIX* into one folder is emulated.');
  for (const [name, folder] of machine.artifacts?.of(String(github['run_id'])) ?? [])
    if (name.startsWith(pattern.slice(0, -1))) cpSync(folder, path, { recursive: true });
  return {};
}

async function uploadPages({ with: given, github, machine }: ActionCall): Promise<Record<string, string>> {
  const { path = '' } = allow(given, ['path']);
  if (!hasFiles(path)) throw new Error(`There is no site at ${path}.`);
  machine.artifacts?.upload(String(github['run_id']), 'github-pages', path, false);
  return {};
}

async function deployPages({ with: given, github, permissions, machine }: ActionCall): Promise<Record<string, string>> {
  allow(given, []);
  for (const name of ['pages', 'id-token'])
    if (permissions[name] !== 'write') throw new Error(`deploy-pages needs ${name}: write.`);
  machine.artifacts?.deploy(String(github['run_id']));
  const [owner = '', name = ''] = String(github['repository']).split('/');
  return { page_url: `https://${owner}.github.io/${name}/` };
}

function cacheScope(github: ActionCall['github']): CacheScope {
  // What starts by schedule is of the default branch, and may tell no more of the repository.
  const { repository } = github['event'] as { repository?: { default_branch: string } };
  const base = github['base_ref'];
  return {
    ref: String(github['ref']),
    baseRef: base ? `refs/heads/${base}` : undefined,
    defaultRef: repository === undefined ? String(github['ref']) : `refs/heads/${repository.default_branch}`,
  };
}

/** Gives a token of the App, with the rights that are asked for. */
async function appToken({ with: given, machine }: ActionCall): Promise<Record<string, string>> {
  const { 'client-id': id, 'private-key': key, ...permissions } = given;
  if (!id || !key) throw new Error('The App is not named.');
  const rights = Object.entries(permissions).map(([name, level]) => {
    if (!name.startsWith('permission-') || (level !== 'read' && level !== 'write'))
      throw new Error(`${name}: ${level}`);
    return [name.slice('permission-'.length).replaceAll('-', '_'), level] as const;
  });
  return { token: machine.issueToken({ app: id, permissions: Object.fromEntries(rights) }) };
}

function allow<Name extends string>(
  given: Readonly<Record<string, string>>,
  names: readonly Name[],
): Partial<Record<Name, string>> {
  const strange = Object.keys(given).filter((name) => !names.some((one) => one === name));
  if (strange.length > 0) throw new Error(`An action is given ${strange.join(', ')}, which is not emulated.`);
  return given as Partial<Record<Name, string>>;
}

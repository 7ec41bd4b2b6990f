import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { startGitHub } from '../support/github/github.ts';
import { readProjectFile, root } from '../support/project-files.ts';
import { type ScriptedServer, scriptedServer } from '../support/scripted-server.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { type CacheService, startCacheService } from '../support/workflow/cache-service.ts';
import type { Machine } from '../support/workflow/machine.ts';
import { runWorkflow } from '../support/workflow/run-workflow.ts';
import { actionFaults, securityLint, shellcheck } from '../support/workflow-lint.ts';

const text = readProjectFile('action.yml');
const { version } = JSON.parse(readProjectFile('package.json'));
const called = `acme/mirrorlock@${'0'.repeat(40)}`;

interface Action {
  readonly inputs: Readonly<Record<string, { readonly description: string }>>;
  readonly runs: {
    readonly steps: readonly { readonly uses?: string; readonly run?: string; readonly shell?: string }[];
  };
}

const action: Action = parse(text);

describe('action.yml', () => {
  test('is what GitHub takes for an action, by the schema of its own parser', async () => {
    expect(await actionFaults(text)).toEqual([]);
    expect(await actionFaults(text.replace('using: composite', 'using: compost'))).not.toEqual([]);
    expect((await actionFaults(text.replace('      shell: bash\n', ''))).join()).toContain('shell');
  });

  test('pins every action, and has no input in a script', () => {
    const uses = text.match(/uses:.*/g) ?? [];
    expect(uses).toHaveLength(2);
    for (const line of uses) expect(line).toMatch(/^uses: (?:[\w.-]+\/)+[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    const scripts = action.runs.steps.flatMap(({ run }) => run ?? []);
    expect(scripts).toHaveLength(2);
    for (const script of scripts) {
      expect(script).not.toContain('${{');
      expect(shellcheck(script, 'bash')).toEqual([]);
    }
    expect(securityLint(text, 'action.yml')).toEqual([]);
  });
});

/** A package registry with one version, the packed tool. */
describe('a job that sets mirrorlock up', { timeout: 120_000 }, () => {
  let registry: ScriptedServer;
  let github: Awaited<ReturnType<typeof startGitHub>>;
  let integrity: string;
  let repository: Awaited<ReturnType<typeof github.addRepository>>;

  beforeAll(async () => {
    const folder = temporaryDirectory().path;
    await execa('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], { cwd: root });
    const archive = readFileSync(join(folder, `mirrorlock-${version}.tgz`));
    integrity = `sha512-${createHash('sha512').update(archive).digest('base64')}`;
    registry = await scriptedServer(({ path, headers }) => {
      if (path.endsWith('.tgz')) return { body: archive };
      const dist = { tarball: `http://${headers.host}/mirrorlock/-/mirrorlock-${version}.tgz`, integrity };
      const versions = { [version]: { name: 'mirrorlock', version, dist } };
      const body = JSON.stringify({ name: 'mirrorlock', 'dist-tags': { latest: version }, versions });
      return path === '/mirrorlock'
        ? { headers: { 'content-type': 'application/json' }, body }
        : { status: 404, body: '{}' };
    });
    github = await startGitHub();
    repository = await github.addRepository('acme/mirror');
    const files = {
      'README.md': 'A mirror\n',
      'locked/package-lock.json': '{}\n',
      'locked/mirrors.yaml': 'version: 1\nimages: {include: [alpine]}\n',
    };
    await repository.commit('alice', 'main', files, 'Begin');
  });
  afterAll(() => registry?.close());

  /** Runs a job that uses the action with these inputs, and then some steps. */
  async function run(inputs: Readonly<Record<string, string>>, after: string, caches?: CacheService) {
    const machine: Machine = {
      ...{ secrets: {}, vars: {}, composites: { [called]: join(root, 'action.yml') } },
      ...(caches && { caches }),
      issueToken({ permissions }) {
        const token = `ghs_${'s'.repeat(36)}`;
        github.addToken(token, {
          login: 'github-actions[bot]',
          kind: 'actions',
          permissions,
          repositories: ['acme/mirror'],
        });
        return token;
      },
    };
    const workflow = `name: test
on: {push: null}
defaults: {run: {shell: bash}}
env: {NPM_CONFIG_REGISTRY: "http://${registry.host}", NPM_CONFIG_CACHE: "${temporaryDirectory().path}"}
jobs:
  one:
    permissions: {contents: read}
    outputs: {version: "\${{ steps.setup.outputs.version }}"}
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1
        with: {persist-credentials: false}
      - {id: setup, uses: "${called}", with: ${JSON.stringify(inputs)}}
      - run: ${JSON.stringify(after)}
`;
    const at = { ref: 'refs/heads/main', ref_name: 'main', ref_type: 'branch', sha: await repository.git.find('main') };
    const common = { repository: 'acme/mirror', server_url: github.serverUrl, run_id: '1', run_attempt: '1' };
    const event = { repository: { default_branch: 'main' } };
    const outcome = await runWorkflow(workflow, { event: 'push', github: { ...common, ...at, event } }, machine);
    const steps = outcome['one']?.runs[0]?.steps ?? [];
    return {
      result: outcome['one']?.result,
      outputs: outcome['one']?.outputs,
      log: steps.map(({ log }) => log).join('\n'),
    };
  }

  test('has the command of that version, and fetched its archive only', async () => {
    const { result, outputs, log } = await run(
      { version, integrity },
      'mirrorlock --version; mirrorlock explain --help',
    );
    expect(result, log).toBe('success');
    expect(outputs).toEqual({ version });
    expect(log).toContain('Usage: mirrorlock explain');
    expect(new Set(registry.seen.map(({ path }) => path))).toEqual(
      new Set(['/mirrorlock', `/mirrorlock/-/mirrorlock-${version}.tgz`]),
    );
  });

  test('takes the version of package-lock.json in its working directory', async () => {
    const after = 'mirrorlock --version; test "$(command -v mirrorlock)" != ""';
    const { result, outputs, log } = await run({ 'working-directory': 'locked' }, after);
    expect(result, log).toBe('success');
    expect(outputs).toEqual({ version });
  });

  test('keeps the cache folder from run to run, unless it is told not to', async () => {
    const caches = startCacheService();
    const write = 'mkdir -p "$MIRRORLOCK_CACHE"; echo kept > "$MIRRORLOCK_CACHE/file"';
    expect((await run({ version }, write, caches)).result).toBe('success');
    expect(caches.saved).toHaveLength(1);
    const { log } = await run({ version }, 'cat "$MIRRORLOCK_CACHE/file"', caches);
    expect(log).toContain('kept');
    const without = await run({ version, cache: 'false' }, 'echo "folder: ${MIRRORLOCK_CACHE-none}"', caches);
    expect(without.log).toContain('folder: none');
    expect(caches.saved).toHaveLength(1);
  });

  test.each([
    ['a range', { version: '^0.1.0' }, 'not one exact version'],
    ['a tag', { version: 'latest' }, 'not one exact version'],
    ['more than a version', { version: '0.1.0 $(touch /tmp/x)' }, 'not one exact version'],
    ['a version that is not there', { version: '9.9.9' }, '9.9.9'],
    ['a version and no integrity that is one', { version: '0.1.0', integrity: 'sha1-x' }, 'not a sha512'],
    [
      'an integrity of something else',
      { version: '0.1.0', integrity: `sha512-${'A'.repeat(86)}==` },
      'has the integrity sha512-',
    ],
    ['an integrity without a version', { integrity: `sha512-${'A'.repeat(86)}==` }, 'needs the input version'],
    ['no version, where none is locked', {}, 'Name a version'],
  ])('refuses %s', async (_, inputs, why) => {
    const { result, log } = await run(inputs as Record<string, string>, 'true');
    expect(result).toBe('failure');
    expect(log).toContain(why);
  });
});

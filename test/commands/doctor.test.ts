import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { onGitHub, token } from '../support/forge-world.ts';
import { gitIn } from '../support/git.ts';
import { mirrorlock } from '../support/mirror.ts';
import { findProgram } from '../support/programs.ts';
import { startRegistry } from '../support/registry.ts';
import { scriptedServer } from '../support/scripted-server.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { setWorld, type World } from '../support/world.ts';

interface Finding {
  readonly check: string;
  readonly status: string;
  readonly message: string;
  readonly hint?: string;
  readonly code?: string;
}

let world: World;
let whole: string;

const changeConfig = (from: string | RegExp, to: string): void => {
  const file = join(world.mirror, 'mirrors.yaml');
  const text = readFileSync(file, 'utf8');
  const changed = text.replace(from, to);
  expect(changed).not.toBe(text);
  writeFileSync(file, changed);
};

/** Runs it, and gives what it found wrong; each has a remedy. */
async function examine(code: number, env: Record<string, string> = {}): Promise<Finding[]> {
  const result = await mirrorlock(world, ['doctor', '--json'], env);
  expect(result.code, result.stdout + result.stderr).toBe(code);
  const { findings }: { findings: Finding[] } = JSON.parse(result.stdout);
  const wrong = findings.filter(({ status }) => status !== 'ok');
  for (const finding of wrong) expect(finding.hint, finding.message).toBeTruthy();
  return wrong;
}

beforeAll(async () => {
  world = await setWorld({ images: everything, library: tinyLibrary });
  expect(await mirrorlock(world, ['lock'])).toMatchObject({ code: 0 });
  expect(await mirrorlock(world, ['render'])).toMatchObject({ code: 0 });
  const git = gitIn(world.mirror);
  await git('add', '--all');
  await git('commit', '--quiet', '--message=Begin');
  whole = await git('rev-parse', 'HEAD');
});

beforeEach(async () => {
  const git = gitIn(world.mirror);
  await git('reset', '--quiet', '--hard', whole);
  await git('clean', '-fdq');
  world.source.respond(undefined);
  world.destination.respond(undefined);
});

it('finds nothing wrong in a world that is whole, and stores nothing', async () => {
  world.source.reset();
  world.destination.reset();
  const { code, stdout } = await mirrorlock(world, ['doctor']);
  expect(code, stdout).toBe(0);
  expect(stdout).toMatch(/\nNothing stands in the way\.\n$/);
  for (const check of ['node', 'git', 'cache', 'clock', 'upstream', 'source', 'lockfile', 'rendered files']) {
    expect(stdout).toMatch(new RegExp(`^ok +${check}: `, 'm'));
  }
  expect(stdout).toMatch(/^ok +destination main: push: /m);
  const writes = world.destination.seen().filter(({ method }) => !['GET', 'HEAD'].includes(method));
  expect(writes.map(({ method }) => method)).toEqual(['POST', 'DELETE']);
  expect(world.source.seen().filter(({ kind, method }) => kind === 'manifest' && method === 'GET')).toEqual([]);
  expect(await gitIn(world.mirror)('status', '--porcelain')).toBe('');
});

describe('names what is broken, and the remedy', () => {
  it('no mirrors.yaml, and no git repository', async () => {
    const empty = join(world.home, 'empty');
    mkdirSync(empty, { recursive: true });
    world = { ...world, mirror: empty };
    try {
      expect(await examine(1)).toMatchObject([{ check: 'mirrors.yaml', code: 'config/no-file' }]);
      writeFileSync(join(empty, 'mirrors.yaml'), readFileSync(join(world.home, 'mirror/mirrors.yaml')));
      const found = await examine(1);
      expect(found.map(({ check, status }) => [check, status])).toEqual([
        ['repository', 'error'],
        ['lockfile', 'warning'],
        ['source', 'warning'],
      ]);
    } finally {
      world = { ...world, mirror: join(world.home, 'mirror') };
    }
  });

  it('a mirrors.yaml that is not valid, with its line', async () => {
    changeConfig('version: 1', 'version: 1\nimagse: {}');
    const found = await examine(1);
    expect(found).toMatchObject([{ check: 'mirrors.yaml', message: expect.stringContaining('mirrors.yaml:2') }]);
  });

  it('no git', async () => {
    const programs = join(world.home, 'programs');
    mkdirSync(programs, { recursive: true });
    if (readdirSync(programs).length === 0) symlinkSync(findProgram('sh'), join(programs, 'sh'));
    const found = await examine(1, { PATH: programs });
    expect(found[0]).toMatchObject({ check: 'git', code: 'git/missing' });
  });

  it('a cache folder that is a file', async () => {
    const file = join(world.home, 'a-file');
    writeFileSync(file, '');
    const found = await examine(1, { MIRRORLOCK_CACHE: file });
    expect(found[0]).toMatchObject({ check: 'cache', message: expect.stringMatching(/EEXIST|ENOTDIR/) });
  });

  it('a clock that differs from the source’s', async () => {
    const date = new Date(Date.now() - 3_600_000).toUTCString();
    world.source.respond(({ url }) => (url === '/v2/' ? { status: 200, headers: { date }, body: '{}' } : undefined));
    expect(await examine(1)).toMatchObject([{ check: 'clock', status: 'error' }]);
  });

  it('an upstream that is not there', async () => {
    changeConfig(/upstream: .*/, 'upstream: {repository: "https://127.0.0.1:1/official-images.git"}');
    const found = await examine(1);
    expect(found.find(({ check }) => check === 'upstream')).toMatchObject({ code: 'upstream/unreachable' });
  });

  it('a source that is away', async () => {
    changeConfig(world.source.host, '127.0.0.1:1');
    const found = await examine(1);
    expect(found.find(({ check }) => check === 'source')).toMatchObject({ code: 'registry/network' });
  });

  it('a destination that is away, one that wants a login, and one that takes no pushes', async () => {
    const [locked, readOnly] = await Promise.all([
      startRegistry({ htpasswd: { user: 'me', password: 'secret' } }),
      startRegistry({ readOnly: true }),
    ]);
    const more = [
      ['away', '127.0.0.1:1'],
      ['locked', locked.host],
      ['closed', readOnly.host],
    ].map(([name, host]) => `  - {name: ${name}, registry: "${host}", namespace: mirror, insecure: true}\n`);
    changeConfig('destinations:\n', `destinations:\n${more.join('')}`);
    const found = (await examine(1)).filter(({ check }) => check.startsWith('destination '));
    expect(found).toMatchObject([
      { check: 'destination away: pull', code: 'registry/network' },
      { check: 'destination locked: pull', code: 'registry/unauthorized' },
      { check: 'destination closed: push', status: 'error' },
    ]);
  });

  it('credentials that cannot be read', async () => {
    const folder = join(world.home, 'docker');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'config.json'), '{"auths":');
    const found = await examine(1, { DOCKER_CONFIG: folder });
    expect(found.map(({ code }) => code)).toContain('registry/auth-file');
  });

  it('a lockfile and rendered files that are out of date', async () => {
    changeConfig('include: ["*"]', 'include: [alpine]');
    rmSync(join(world.mirror, 'sync'), { recursive: true });
    const found = await examine(1);
    expect(found.map(({ check }) => check)).toEqual(['lockfile', 'rendered files']);
  });

  it('a CI without its tool, a token without rights, and what it does not know of secrets', async () => {
    const ci =
      'ci: {provider: github, tool: dependency, logins: [{registry: "HOST", username: USER, password: SECRET}]}';
    appendFileSync(join(world.mirror, 'mirrors.yaml'), `\n${ci.replace('HOST', world.destination.host)}\n`);
    const { environment, git } = await onGitHub(world, { contents: 'read', pull_requests: 'write' });
    try {
      const found = await examine(1, { ...environment });
      expect(found.map(({ check, code }) => code ?? check)).toEqual(
        expect.arrayContaining(['render/no-tool', 'render/tool-not-locked', 'forge: push']),
      );
      const { stdout } = await mirrorlock(world, ['doctor'], { ...environment });
      expect(stdout).toContain('SECRET, USER');
      expect(stdout).not.toContain(token);
      const without = await examine(1, { ...environment, GITHUB_TOKEN: '' });
      expect(without.map(({ code }) => code)).toContain('forge/no-token');
    } finally {
      await git('remote', 'remove', 'origin');
    }
  });
});

describe('asks a destination that has images', () => {
  /** The findings of the destination, by what was asked for. */
  async function ofDestination(code = 0): Promise<Record<string, Finding>> {
    const result = await mirrorlock(world, ['doctor', '--json']);
    expect(result.code, result.stdout + result.stderr).toBe(code);
    const { findings }: { findings: Finding[] } = JSON.parse(result.stdout);
    const own = findings.filter(({ check }) => check.startsWith('destination main: '));
    return Object.fromEntries(own.map((finding) => [finding.check.replace('destination main: ', ''), finding]));
  }
  const writes = () => world.destination.seen().filter(({ method }) => !['GET', 'HEAD'].includes(method));
  const prunes = (fields: string) => {
    changeConfig('namespace: mirror', `namespace: mirror, ${fields}`);
    changeConfig('images:', 'policy: {dropped: prune}\nimages:');
  };

  beforeEach(async () => {
    expect(await mirrorlock(world, ['apply', '--unreviewed'])).toMatchObject({ code: 0 });
    world.destination.reset();
  });

  it('for mounts and referrers, and changes nothing', async () => {
    const before = readdirSync(world.destination.storage, { recursive: true, encoding: 'utf8' }).toSorted();
    const found = await ofDestination();
    expect(found['mount']).toMatchObject({ status: 'ok', message: expect.stringContaining('are mounted') });
    expect(found['referrers']).toMatchObject({ status: 'ok', message: expect.stringContaining('does not have') });
    expect(found['delete']).toBeUndefined();
    expect(writes().map(({ method }) => method)).toEqual(['POST', 'DELETE', 'POST']);
    const after = readdirSync(world.destination.storage, { recursive: true, encoding: 'utf8' }).toSorted();
    expect(after.filter((file) => !before.includes(file) && !file.includes('_uploads'))).toEqual([]);
  });

  it('that has the referrers API, and mounts nothing: the upload that it begins is taken back', async () => {
    world.destination.respond(({ method, url }) => {
      const isMount = method === 'POST' && url.includes('mount=');
      if (isMount) return { status: 202, headers: { location: '/v2/mirror/alpine/blobs/uploads/begun' }, body: '' };
      if (url.includes('/uploads/begun')) return { status: 204, headers: {}, body: '' };
      if (!url.includes('/referrers/')) return undefined;
      return { status: 200, headers: {}, body: '{"schemaVersion":2,"manifests":[]}' };
    });
    const found = await ofDestination();
    expect(found['mount']?.message).toContain('does not mount');
    expect(found['referrers']?.message).toBe('It has the referrers API.');
    expect(
      writes()
        .filter(({ url }) => url.includes('/uploads/begun'))
        .map(({ method }) => method),
    ).toEqual(['DELETE']);
  });

  it('whose mounts and referrers are refused: warnings, with the code', async () => {
    world.destination.respond(({ url }) =>
      url.includes('mount=') || url.includes('/referrers/') ? { status: 403, headers: {}, body: '{}' } : undefined,
    );
    const found = await ofDestination();
    expect(found['mount']).toMatchObject({ status: 'warning', code: 'registry/denied', hint: expect.any(String) });
    expect(found['referrers']).toMatchObject({ status: 'warning', code: 'registry/denied', hint: expect.any(String) });
  });

  it('whether a digest may be deleted, by one that nobody has, where `prune` deletes', async () => {
    prunes('exclusive: true');
    await mirrorlock(world, ['lock']);
    const refused = await ofDestination(1);
    expect(refused['delete']).toMatchObject({ status: 'error', hint: expect.any(String) });
    world.destination.respond(({ method, url }) =>
      method === 'DELETE' && url.includes('/manifests/')
        ? { status: 404, headers: {}, body: '{"errors":[{"code":"MANIFEST_UNKNOWN"}]}' }
        : undefined,
    );
    expect((await ofDestination())['delete']).toMatchObject({ status: 'ok' });
    const asked = writes().filter(({ url }) => url.includes('/manifests/'));
    expect(new Set(asked.map(({ method }) => method))).toEqual(new Set(['DELETE']));
  });

  it('and says that nothing is deleted where it is not exclusive', async () => {
    prunes('exclusive: false');
    await mirrorlock(world, ['lock']);
    expect((await ofDestination())['delete']?.message).toContain('Not asked for');
    expect(writes().filter(({ url }) => url.includes('/manifests/'))).toEqual([]);
  });
});

describe('the secrets and variables of the CI', () => {
  const settings = async (
    permissions: NonNullable<Parameters<typeof onGitHub>[1]>,
    names: Record<string, string[]>,
  ) => {
    const ci = `ci: {provider: github, tool: checkout, logins: [{registry: "${world.destination.host}", username: MIRROR_USER, password: MIRROR_TOKEN}]}`;
    appendFileSync(join(world.mirror, 'mirrors.yaml'), `\n${ci}\n`);
    await mirrorlock(world, ['render']);
    const { environment, git, repository } = await onGitHub(world, permissions);
    repository.settings.ciNames = names;
    try {
      const { stdout } = await mirrorlock(world, ['doctor', '--json'], { ...environment });
      const { findings }: { findings: Finding[] } = JSON.parse(stdout);
      return findings.find(({ check }) => check === 'ci: settings');
    } finally {
      await git('remote', 'remove', 'origin');
    }
  };
  const rights = { contents: 'write', pull_requests: 'write', secrets: 'read', actions_variables: 'read' } as const;

  it('are found, whether in the repository or its organization', async () => {
    const names = { 'actions/secrets': ['MIRROR_USER'], 'actions/organization-secrets': ['MIRROR_TOKEN'] };
    expect(await settings(rights, names)).toMatchObject({ status: 'ok', message: 'All of them are set.' });
  });

  it('that are missing are named, with where to add them', async () => {
    expect(await settings(rights, { 'actions/secrets': ['MIRROR_USER', 'OTHER'] })).toMatchObject({
      status: 'error',
      message: 'Not set: MIRROR_TOKEN.',
      hint: expect.stringContaining('acme/mirror'),
    });
  });

  it('that the token may not look at are said to be so', async () => {
    const { secrets: _, ...less } = rights;
    expect(await settings(less, {})).toMatchObject({
      status: 'ok',
      message: expect.stringContaining('not allowed to look'),
    });
  });
});

it('shows what a registry says as text, without commands for the terminal', async () => {
  const evil = await scriptedServer(() => ({
    status: 403,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ errors: [{ code: 'DENIED', message: '\u001b[2Jgone\n::error::x' }] }),
  }));
  changeConfig(`registry: "${world.destination.host}"`, `registry: "${evil.host}"`);
  const { code, stdout } = await mirrorlock(world, ['doctor']);
  await evil.close();
  expect(code).toBe(1);
  expect(stdout).not.toContain('\u001b');
  expect(stdout).not.toMatch(/^::error/m);
});

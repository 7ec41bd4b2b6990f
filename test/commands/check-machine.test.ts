import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { CliResult } from '../support/cli.ts';
import { destinationTags, expectJson, mirrorlock } from '../support/mirror.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { setWorld, type World } from '../support/world.ts';

let world: World;
let written: string;

beforeAll(async () => {
  world = await setWorld({ images: everything, library: tinyLibrary });
  await expectJson(world, ['lock']);
  written = readFileSync(join(world.mirror, 'mirrors.yaml'), 'utf8');
});

const configure = (text: string) => writeFileSync(join(world.mirror, 'mirrors.yaml'), text);

afterEach(() => configure(written));

const accept = [{ type: 'insecureAcceptAnything' }];
const reject = [{ type: 'reject' }];
const policy = (docker: object) => JSON.stringify({ default: accept, transports: { docker } });
const blocked = (location: string) => `[[registry]]\nlocation = ${JSON.stringify(location)}\nblocked = true\n`;

/** Runs a command as somebody whose home has these files for containers tools. */
function asSomebody(files: Record<string, string>, args: readonly string[]): Promise<CliResult> {
  const folder = temporaryDirectory().path;
  mkdirSync(join(folder, '.config/containers'), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, '.config/containers', name), text);
  return mirrorlock(world, args, { HOME: folder });
}

/** Runs a command that must be refused, and must not have asked or written anything. */
async function refused(files: Record<string, string>, args: readonly string[] = ['apply']): Promise<string> {
  world.source.reset();
  world.destination.reset();
  const { code, stdout, stderr } = await asSomebody(files, args);
  expect(code, stderr).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toContain('apply/policy');
  expect([...world.source.seen(), ...world.destination.seen()]).toEqual([]);
  return stderr;
}

describe('apply is refused before anything is asked, with the file, the scope and what to do', () => {
  test('where the policy rejects docker.io/library', async () => {
    configure(written.replace(/^source:.*$/m, 'source: {registry: docker.io}'));
    const stderr = await refused({ 'policy.json': policy({ 'docker.io/library': reject }) });
    expect(stderr).toContain('.config/containers/policy.json:1:');
    expect(stderr).toContain('docker.io/library: alpine, busybox');
    expect(stderr).toContain('engine: skopeo');
  });

  test('where it wants signatures of the source, which the skopeo engine checks', async () => {
    const signed = [{ type: 'signedBy', keyType: 'GPGKeys', keyPath: '/etc/pki/key' }];
    const files = { 'policy.json': policy({ [world.source.host]: signed }) };
    const stderr = await refused(files);
    expect(stderr).toContain('--engine skopeo');
    expect((await asSomebody(files, ['apply', '--engine', 'skopeo'])).stderr).not.toContain('apply/policy');
    configure(`${written}\napply: {engine: skopeo}\n`);
    expect((await asSomebody(files, ['apply'])).stderr).not.toContain('apply/policy');
    await refused(files, ['apply', '--engine', 'direct']);
  });

  test('where it rejects a destination by name', async () => {
    expect(await refused({ 'policy.json': policy({ [`${world.destination.host}/mirror`]: reject }) })).toContain(
      'the destination main',
    );
  });

  test.each(['source', 'destination'] as const)('where registries.conf blocks the %s', async (end) => {
    const { host } = world[end];
    const stderr = await refused({ 'registries.conf': blocked(host) });
    expect(stderr).toContain(`${host}: alpine, busybox`);
  });

  test('where a file is broken, with its place', async () => {
    const stderr = await refused({
      'policy.json': '{\n "default": [],\n}',
      'registries.conf': '[[registry]]\nlocation = x\n',
    });
    expect(stderr).toMatch(/policy\.json:/);
    expect(stderr).toMatch(/registries\.conf:2:/);
  });
});

test('an export asks for its source, and an import for its destinations', async () => {
  const folder = join(world.home, 'export');
  const source = { 'registries.conf': blocked(world.source.host) };
  const destination = { 'registries.conf': blocked(world.destination.host) };
  await refused(source, ['export', folder]);
  const exported = await asSomebody(destination, ['export', folder]);
  expect(exported.code, exported.stderr).toBe(0);
  await refused(destination, ['import', folder]);
  const imported = await asSomebody(source, ['import', folder]);
  expect(imported.code, imported.stderr).toBe(0);
  expect((await destinationTags(world)).size).toBe(11);
});

test('an alternate that is blocked is not asked, and a registries.conf that is not followed is named', async () => {
  const alternate = `127.0.0.1:1`;
  const alternates = `alternates: [{registry: "${alternate}", namespace: library, insecure: true}]`;
  configure(written.replace(/^(source: \{.*)\}$/m, `$1, ${alternates}}`));
  const mirrored = `[[registry]]\nlocation = "${world.source.host}"\n[[registry.mirror]]\nlocation = "mirror.example.com"\n`;
  const result = await asSomebody({ 'registries.conf': `${blocked(alternate)}${mirrored}` }, ['apply', '--json']);
  expect(result.code, result.stderr).toBe(0);
  const { warnings, destinations } = JSON.parse(result.stdout);
  expect(warnings).toMatchObject([
    { code: 'review/uncommitted', severity: 'warning' },
    { code: 'apply/policy', severity: 'warning', value: `${alternate}: alpine, busybox` },
    { code: 'apply/registries-conf', value: `${world.source.host} → mirror.example.com` },
  ]);
  expect(destinations[0].sources.map(({ place }: { place: string }) => place)).not.toContain(`${alternate}/library`);
});

test('an engine that does not exist is refused', async () => {
  const { code, stderr } = await mirrorlock(world, ['apply', '--engine', 'crane']);
  expect(code).toBe(2);
  expect(stderr).toContain('direct, skopeo');
});

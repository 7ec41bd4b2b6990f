import { parse as parseToml } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { readRegistries } from '../../../src/apply/policy/machine.ts';
import { alternatesConf } from '../../../src/apply/skopeo/alternates-conf.ts';
import { skopeoEnvironment } from '../../../src/apply/skopeo/run.ts';
import { syncArguments, syncYaml } from '../../../src/apply/skopeo/skopeo-engine.ts';
import type { Destination, Source } from '../../../src/config/types.ts';
import { parseDigest, parseImageName } from '../../../src/core/names.ts';
import { home, machineWith } from '../policy/files.ts';

const at = (host: string, namespace: string, insecure = false) => ({ registry: { host, insecure }, namespace });
const source: Source = { ...at('docker.io', 'library'), alternates: [at('public.ecr.aws', 'docker/library')] };
const destination: Destination = { name: 'main', ...at('127.0.0.1:5000', 'mirror', true) };
const alpine = parseImageName('alpine');
const digests = ['a', 'b'].map((letter) => parseDigest(`sha256:${letter.repeat(64)}`));

test('the source YAML names the real source, its images and digests', () => {
  const items = digests.map((digest) => ({ image: alpine, digest }));
  expect(parseYaml(syncYaml(items, source))).toEqual({ 'docker.io': { images: { 'library/alpine': digests } } });
  const insecure = { ...at('127.0.0.1:5000', '', true), alternates: [] };
  expect(parseYaml(syncYaml(items, insecure))).toEqual({
    '127.0.0.1:5000': { 'tls-verify': false, images: { alpine: digests } },
  });
});

test('skopeo is asked for all platforms, the same digests, and to go on', () => {
  expect(syncArguments('s.yaml', destination, 'r.conf')).toEqual([
    ...['--registries-conf=r.conf', 'sync', '--all', '--preserve-digests', '--keep-going', '--retry-times=3'],
    ...['--dest-tls-verify=false', '--src=yaml', '--dest=docker', 's.yaml', '127.0.0.1:5000/mirror'],
  ]);
  expect(syncArguments('s.yaml', { ...destination, ...at('a.example', '') }, undefined)).toEqual([
    ...['sync', '--all', '--preserve-digests', '--keep-going', '--retry-times=3'],
    ...['--src=yaml', '--dest=docker', 's.yaml', 'a.example'],
  ]);
});

describe('logins', () => {
  const docker = { DOCKER_CONFIG: '/d' };
  const none = () => false;
  test('of DOCKER_CONFIG are named to a skopeo that does not read it', () => {
    expect(skopeoEnvironment(docker, '1.9.3', none)).toEqual({ ...docker, REGISTRY_AUTH_FILE: '/d/config.json' });
    expect(skopeoEnvironment(docker, '1.11.0', none)).toEqual(docker);
  });

  test('of REGISTRY_AUTH_FILE, or by skopeo itself, are not hidden by it', () => {
    const named = { ...docker, REGISTRY_AUTH_FILE: '/a.json' };
    expect(skopeoEnvironment(named, '1.9.3', none)).toEqual(named);
    const runtime = { ...docker, XDG_RUNTIME_DIR: '/run/me' };
    expect(skopeoEnvironment(runtime, '1.9.3', (path) => path === '/run/me/containers/auth.json')).toEqual(runtime);
  });
});

describe('the registries.conf for the alternates', () => {
  const system = '/etc/containers/registries.conf';
  const confOf = async (files: Record<string, string>, env: Record<string, string> = {}, from = source) =>
    alternatesConf(from, await readRegistries({ env, homeDirectory: home, files: machineWith(files) }), env, alpine);
  const ours = {
    prefix: 'docker.io/library',
    location: 'docker.io/library',
    mirror: [{ location: 'public.ecr.aws/docker/library', 'pull-from-mirror': 'digest-only' }],
  };

  test('is the rendered one where the operator has none', async () => {
    const { text = '', warning } = await confOf({});
    expect(parseToml(text)).toEqual({ registry: [ours] });
    expect(warning).toBeUndefined();
  });

  test('keeps what the operator’s own says of others', async () => {
    const own = 'credential-helpers = ["x"]\n[[registry]]\nlocation = "bad.example"\nblocked = true\n';
    const { text = '' } = await confOf({ [system]: own });
    expect(parseToml(text)).toEqual({
      'credential-helpers': ['x'],
      registry: [ours, { location: 'bad.example', blocked: true }],
    });
  });

  test.each([
    ['blocks the source', { [system]: '[[registry]]\nlocation = "docker.io"\nblocked = true\n' }],
    ['reads it elsewhere', { [system]: '[[registry]]\nprefix = "docker.io"\nlocation = "a.example"\n' }],
    [
      'names it in a drop-in, which comes later',
      { [`${system}.d/x.conf`]: '[[registry]]\nlocation = "docker.io/library"\n' },
    ],
    ['is of version 1', { [system]: '[registries.search]\nregistries = ["docker.io"]\n' }],
  ])('is the operator’s own where that %s, and that is said', async (_, files) => {
    const conf = await confOf(files);
    expect(conf).toEqual({ warning: expect.objectContaining({ code: 'apply/registries-conf', severity: 'warning' }) });
  });

  test('is the operator’s own where there are no alternates', async () => {
    const named = { CONTAINERS_REGISTRIES_CONF: '/r.conf' };
    const alone = { ...source, alternates: [] };
    expect(await confOf({ '/r.conf': '' }, named, alone)).toEqual({ file: '/r.conf' });
    expect(await confOf({}, {}, alone)).toEqual({});
  });
});

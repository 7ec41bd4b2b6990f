import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import fc from 'fast-check';
import { parse as parseToml } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments, parse as parseYaml } from 'yaml';
import { clientConfigOf } from '../../src/clients/clients.ts';
import { clientNames, type Mirror } from '../../src/clients/types.ts';
import { formatLockfile } from '../../src/lock/format.ts';
import type { LockedImage } from '../../src/lock/types.ts';
import { runCli } from '../support/cli.ts';
import { configHash, locked, lockedImage, upstream } from '../support/lockfiles.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const mirror = (changes: Partial<Mirror> = {}): Mirror => ({
  name: 'main',
  host: 'registry.example.com:5443',
  namespace: 'mirror',
  insecure: false,
  example: 'debian:12',
  ...changes,
});
const insecure = { host: 'localhost:5000', insecure: true };

function textOf(client: (typeof clientNames)[number], changes: Partial<Mirror> = {}): string {
  return clientConfigOf(client, mirror(changes)).files[0]?.text ?? '';
}

describe('docker', () => {
  test('has a mirror only where the namespace is library: its URL has no path', () => {
    expect(JSON.parse(textOf('docker', { namespace: 'library' }))).toEqual({
      'registry-mirrors': ['https://registry.example.com:5443'],
    });
    expect(JSON.parse(textOf('docker', { ...insecure, namespace: 'library' }))).toEqual({
      'registry-mirrors': ['http://localhost:5000'],
      'insecure-registries': ['localhost:5000'],
    });
  });

  test.each(['mirror', 'team/library', '', 'librarys', 'a/library/b'])('says so for the namespace %j', (namespace) => {
    const { files, problem, tryIt } = clientConfigOf('docker', mirror({ namespace }));
    expect(files).toEqual([]);
    expect(problem).toMatchObject({ code: 'clients/namespace', severity: 'warning' });
    const full = `registry.example.com:5443/${namespace === '' ? '' : `${namespace}/`}debian:12`;
    expect(problem?.hint).toContain(`\`${full}\``);
    expect(tryIt).toEqual([`docker pull ${full}`]);
  });
});

describe('containerd', () => {
  test('keeps library, and has what stands before it as a path', () => {
    const server = 'https://registry-1.docker.io';
    const capabilities = ['pull', 'resolve'];
    expect(parseToml(textOf('containerd', { namespace: 'library' }))).toEqual({
      server,
      host: { 'https://registry.example.com:5443': { capabilities } },
    });
    expect(parseToml(textOf('containerd', { ...insecure, namespace: 'a/b/library' }))).toEqual({
      server,
      host: { 'http://localhost:5000/v2/a/b': { capabilities, override_path: true } },
    });
  });

  test('cannot map another namespace, and says so; plain HTTP by the full name works all the same', () => {
    expect(clientConfigOf('containerd', mirror())).toMatchObject({ files: [], problem: { code: 'clients/namespace' } });
    const { files } = clientConfigOf('containerd', mirror(insecure));
    expect(files.map(({ path }) => path)).toEqual(['/etc/containerd/certs.d/localhost:5000/hosts.toml']);
  });
});

test.each(['podman', 'cri-o'] as const)('%s maps docker.io/library to any namespace, the root too', (client) => {
  const registry = (mirrors: object[]) => ({
    'unqualified-search-registries': ['docker.io'],
    registry: [{ prefix: 'docker.io/library', location: 'docker.io/library', mirror: mirrors }],
  });
  expect(parseToml(textOf(client))).toEqual(registry([{ location: 'registry.example.com:5443/mirror' }]));
  expect(parseToml(textOf(client, { ...insecure, namespace: '' }))).toEqual(
    registry([{ location: 'localhost:5000', insecure: true }]),
  );
});

describe.each(['k3s', 'rke2'] as const)('%s', (client) => {
  test.each([
    ['mirror', { '^library/(.*)': 'mirror/$1' }],
    ['team/library', { '^library/(.*)': 'team/library/$1' }],
    ['', { '^library/(.*)': '$1' }],
    ['library', undefined],
  ])('rewrites names for the namespace %j', (namespace, rewrite) => {
    const endpoint = ['https://registry.example.com:5443'];
    expect(parseYaml(textOf(client, { namespace }))).toEqual({
      mirrors: { 'docker.io': { endpoint, ...(rewrite === undefined ? {} : { rewrite }) } },
    });
    expect(parseYaml(textOf(client, { ...insecure, namespace })).mirrors['docker.io'].endpoint).toEqual([
      'http://localhost:5000',
    ]);
  });
});

test('openshift has a set for tags and one for digests', () => {
  const documents = parseAllDocuments(textOf('openshift')).map((document) => document.toJS());
  const mirrors = [
    {
      source: 'docker.io/library',
      mirrors: ['registry.example.com:5443/mirror'],
      mirrorSourcePolicy: 'AllowContactingSource',
    },
  ];
  expect(documents.map(({ apiVersion, kind, spec }) => ({ apiVersion, kind, spec }))).toEqual([
    { apiVersion: 'config.openshift.io/v1', kind: 'ImageTagMirrorSet', spec: { imageTagMirrors: mirrors } },
    { apiVersion: 'config.openshift.io/v1', kind: 'ImageDigestMirrorSet', spec: { imageDigestMirrors: mirrors } },
  ]);
  expect(clientConfigOf('openshift', mirror(insecure)).steps.join('\n')).toContain(
    '"insecureRegistries":["localhost:5000"]',
  );
});

describe('kubernetes', () => {
  /** Does what Kyverno's `regex_replace_all` does, by the three texts in the policy. */
  const replaced = (image: string) => {
    const { spec } = parseYaml(textOf('kubernetes'));
    const [patch] = parseYaml(spec.rules[0].mutate.foreach[0].patchesJson6902.replaceAll('{{ elementIndex }}', '0'));
    const [, pattern, to] =
      /^\{\{ regex_replace_all\('(.+?)', '\{\{element\.image\}\}', '(.+?)'\) \}\}$/.exec(patch.value) ?? [];
    return image.replace(new RegExp(pattern ?? '$none', 'g'), to ?? '');
  };

  test.each([
    'debian:12',
    'library/debian:12',
    'docker.io/library/debian:12',
    'index.docker.io/library/debian:12',
    'docker.io/debian:12',
  ])('%s is pulled from the mirror', (image) => {
    expect(replaced(image)).toBe('registry.example.com:5443/mirror/debian:12');
  });

  test('digests and images without a tag as well; names of other registries and users are left alone', () => {
    const digest = `debian@sha256:${'0'.repeat(64)}`;
    expect(replaced(digest)).toBe(`registry.example.com:5443/mirror/${digest}`);
    expect(replaced('debian')).toBe('registry.example.com:5443/mirror/debian');
    for (const other of [
      'bitnami/redis:7',
      'ghcr.io/debian:12',
      'localhost:5000/debian:12',
      'docker.io/bitnami/redis',
      'xdocker.io/library/debian',
    ])
      expect(replaced(other)).toBe(other);
    const once = replaced('debian:12');
    expect(replaced(once)).toBe(once);
  });

  test('has a rule for containers and one for initContainers', () => {
    const { apiVersion, kind, spec } = parseYaml(textOf('kubernetes'));
    expect({ apiVersion, kind }).toEqual({ apiVersion: 'kyverno.io/v1', kind: 'ClusterPolicy' });
    const lists = spec.rules.map((rule: { mutate: { foreach: { list: string }[] } }) => rule.mutate.foreach[0]?.list);
    expect(lists).toEqual(['request.object.spec.containers', 'request.object.spec.initContainers']);
  });
});

test('buildkit has mirrors of docker.io with a path, and says which use plain HTTP', () => {
  expect(parseToml(textOf('buildkit', { namespace: 'library' }))).toEqual({
    registry: { 'docker.io': { mirrors: ['registry.example.com:5443'] } },
  });
  expect(parseToml(textOf('buildkit', { ...insecure, namespace: 'team/library' }))).toEqual({
    registry: { 'docker.io': { mirrors: ['localhost:5000/team'] }, 'localhost:5000': { http: true } },
  });
  expect(clientConfigOf('buildkit', mirror())).toMatchObject({ files: [], problem: { code: 'clients/namespace' } });
});

test('kaniko has flags', () => {
  const flags = (changes: Partial<Mirror>) => clientConfigOf('kaniko', mirror(changes)).flags;
  expect(flags({ namespace: 'library' })).toEqual(['--registry-mirror=registry.example.com:5443']);
  expect(flags({ ...insecure, namespace: 'team/library' })).toEqual([
    '--registry-mirror=localhost:5000/team',
    '--insecure-registry=localhost:5000',
  ]);
  expect(clientConfigOf('kaniko', mirror())).toMatchObject({ flags: [], problem: { code: 'clients/namespace' } });
});

test.each(clientNames)('%s: the lines to try are commands that a shell takes', async (client) => {
  const mirrors = [mirror(), mirror({ namespace: 'library' }), mirror({ ...insecure, namespace: 'team/library' })];
  const lines = mirrors.flatMap((one) => clientConfigOf(client, one).tryIt);
  expect(lines.join('\n')).not.toMatch(/\(|`/);
  await execa('sh', ['-n'], { input: lines.join('\n') });
});

test('crictl of RKE2 stands beside its data; a container reaches a mirror of this machine by the network of the host', () => {
  const { tryIt } = clientConfigOf('rke2', mirror());
  expect(tryIt).toEqual([
    '/var/lib/rancher/rke2/bin/crictl --config /var/lib/rancher/rke2/agent/etc/crictl.yaml pull debian:12',
  ]);
  const words = (changes: Partial<Mirror>) =>
    (['kaniko', 'buildkit'] as const).map((client) => {
      const { steps, tryIt } = clientConfigOf(client, mirror(changes));
      return [...steps, ...tryIt].join('\n');
    });
  for (const text of words({ host: '127.0.0.1:5000', namespace: 'library' })) expect(text).toMatch(/network[ =]host/);
  for (const text of words({ host: '127.example:5000', namespace: 'library' }))
    expect(text).not.toMatch(/network[ =]host/);
});

test.each([
  ['docker', '/etc/docker/certs.d/registry.example.com:5443/ca.crt'],
  ['containerd', '`ca = "FILE"`'],
  ['podman', '/etc/containers/certs.d/registry.example.com:5443/ca.crt'],
  ['cri-o', '/etc/containers/certs.d/registry.example.com:5443/ca.crt'],
  ['k3s', '`ca_file`'],
  ['rke2', '`ca_file`'],
  ['kubernetes', 'container runtime'],
  ['buildkit', '`[registry."registry.example.com:5443"]`'],
  ['kaniko', '--registry-certificate=registry.example.com:5443=FILE'],
  ['openshift', '"registry.example.com..5443"'],
] as const)('%s: says where the certificate of a private authority goes, but for plain HTTP', (client, place) => {
  for (const namespace of ['library', 'mirror']) {
    const said = (changes: Partial<Mirror> = {}) =>
      clientConfigOf(client, mirror({ namespace, ...changes })).limits.filter((one) =>
        one.includes('private authority'),
      );
    expect(said()).toEqual([expect.stringContaining(place)]);
    expect(said({ insecure: true })).toEqual([]);
  }
});

test.each(['podman', 'cri-o'] as const)('%s tries an image in full whose short name is often an alias', (client) => {
  const tries = (example: string) => clientConfigOf(client, mirror({ example })).tryIt[0];
  expect(tries('fedora:42')).toMatch(/ pull docker[.]io\/library\/fedora:42$/);
  expect(tries('oraclelinux:9')).toMatch(/ pull docker[.]io\/library\/oraclelinux:9$/);
  expect(tries('redis:8')).toMatch(/ pull redis:8$/);
});

test('a mirror at the Hub itself is reached where the Hub answers', () => {
  expect(parseToml(textOf('containerd', { host: 'docker.io', namespace: 'me/library' }))['host']).toEqual({
    'https://registry-1.docker.io/v2/me': expect.anything(),
  });
});

test('whatever the mirror, each client says how to try it and what it falls back to, and its files are read back', () => {
  const part = fc.stringMatching(/^[a-z0-9]{1,8}$/);
  const namespace = fc.array(part, { maxLength: 3 }).map((parts) => parts.join('/'));
  const host = fc
    .tuple(part, fc.option(fc.integer({ min: 1, max: 65_535 })))
    .map(([name, port]) => `${name}.example${port === null ? '' : `:${port}`}`);
  fc.assert(
    fc.property(fc.constantFrom(...clientNames), host, namespace, fc.boolean(), (client, at, below, isInsecure) => {
      const settings = clientConfigOf(client, mirror({ host: at, namespace: below, insecure: isInsecure }));
      expect(settings.tryIt.join('\n')).toContain('debian:12');
      expect(settings.fallback).not.toBe('');
      expect(settings.steps).not.toEqual([]);
      for (const { path, text } of settings.files) {
        expect(text.endsWith('\n')).toBe(true);
        expect(text).toContain(at);
        if (/\.(toml|conf)$/.test(path)) parseToml(text);
        else expect(parseAllDocuments(text).flatMap(({ errors }) => errors)).toEqual([]);
      }
    }),
  );
});

describe('the command', () => {
  const run = async (args: string[], config: string, lockfile?: string) => {
    const cwd = temporaryDirectory().path;
    writeFileSync(join(cwd, 'mirrors.yaml'), config);
    if (lockfile !== undefined) writeFileSync(join(cwd, 'mirrors.lock.yaml'), lockfile);
    return runCli(['client-config', ...args], { cwd });
  };
  const two = `version: 1
destinations:
  - {name: main, registry: registry.example.com, namespace: library}
  - {name: lab, registry: "lab.example.com:5000", namespace: mirror, insecure: true}
images: {include: [debian]}
`;

  test('prints the settings for each destination, or those that are named', async () => {
    const both = await run(['podman'], two);
    expect(both).toMatchObject({ code: 0, stderr: '' });
    expect(both.stdout).toContain('podman and main (registry.example.com/library)');
    expect(both.stdout).toContain(
      '/etc/containers/registries.conf.d/50-mirrorlock.conf:\n\nunqualified-search-registries',
    );
    expect(both.stdout).toContain('location = "lab.example.com:5000/mirror"\ninsecure = true');
    expect(both.stdout).toContain('A client uses one of these destinations: `--destination NAME` prints one.');
    expect((await run(['podman', '--destination', 'lab'], two)).stdout).not.toContain('one of these destinations');
    const one = await run(['docker', '--destination', 'main', '--json'], two);
    const { schema, client, destinations, warnings } = JSON.parse(one.stdout);
    expect({ schema, client, warnings }).toEqual({
      schema: 'mirrorlock/client-config/v1',
      client: 'docker',
      warnings: [],
    });
    expect(destinations).toMatchObject([
      {
        destination: 'main',
        usesMirror: true,
        files: [{ path: '/etc/docker/daemon.json' }],
        flags: [],
        try: [`docker info --format '{{json .RegistryConfig.Mirrors}}'`, 'docker pull debian:12'],
      },
    ]);
  });

  test('warns where a client cannot find the mirror by the usual names, and says what to pull', async () => {
    const { code, stdout, stderr } = await run(['docker', '--destination', 'lab'], two);
    expect(code).toBe(0);
    expect(stderr).toContain('warning clients/namespace: ');
    expect(stderr).toContain('seen: lab: lab.example.com:5000/mirror');
    expect(stdout).toContain('docker pull lab.example.com:5000/mirror/debian:12');
  });

  test.each([
    [['dokcer'], two, 'clients/unknown', 'Did you mean `docker`?'],
    [[''], two, 'clients/unknown', ''],
    [['Docker'], two, 'clients/unknown', 'Did you mean `docker`?'],
    [['docker', '--destination', 'mian'], two, 'destinations/unknown', 'Did you mean `main`?'],
    [['docker'], 'version: 1\nimages: {include: [debian]}\n', 'destinations/none', 'Add `destinations:`'],
  ])('refuses %j', async (args, config, problem, hint) => {
    const { code, stdout, stderr } = await run(args, config);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`error ${problem}: `);
    expect(stderr).toContain(hint);
  });

  test('tries an image that the lockfile has', async () => {
    const lockfile = (...images: LockedImage[]) => formatLockfile({ configHash, upstream, images });
    const tries = async (...images: LockedImage[]) => {
      const { stdout } = await run(['podman', '--json', '--destination', 'main'], two, lockfile(...images));
      return JSON.parse(stdout).destinations[0].try[0];
    };
    expect(await tries(lockedImage('redis', locked('a', '8.2 8 latest')))).toBe('podman pull redis:8.2');
    const debian = lockedImage('debian', locked('b', 'trixie 13'), locked('c', 'bookworm 12'));
    expect(await tries(lockedImage('alpine', locked('a', '3.22')), debian)).toBe('podman pull debian:12');
    expect(await tries()).toBe('podman pull debian:12');
  });

  test('without a client names them', async () => {
    const { code, stderr } = await run([], two);
    expect(code).toBe(2);
    expect(stderr).toContain("missing required argument 'client'");
  });
});

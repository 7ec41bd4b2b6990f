import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { parse, stringify } from 'smol-toml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { onCleanUp } from '../support/cleanup.ts';
import { runCli } from '../support/cli.ts';
import { buildImage } from '../support/images/build.ts';
import { publishImages } from '../support/images/publish.ts';
import { findProgram, isInstalled } from '../support/programs.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { startService } from '../support/service.ts';
import { memoryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

const namespaces = ['library', 'team/library', 'mirror'];
const groups = [{ tags: ['12.1', '12'], platforms: ['linux/amd64', 'linux/arm64'] }];

let registry: TestRegistry;
/** By namespace: each has other bytes, so that a digest says where it is from. */
const built = new Map(
  namespaces.map((namespace) => [
    namespace,
    buildImage({ repository: `${namespace}/debian`, groups }, { seed: namespace }),
  ]),
);

beforeAll(async () => {
  registry = await startRegistry();
  await publishImages(registry.host, [...built.values()]);
});

afterAll(() => registry?.stop());

/** Writes the files of a client, as the command prints them, below a folder of the test. @param host of a registry with TLS */
async function configure(client: string, namespace: string, host?: string) {
  const home = temporaryDirectory().path;
  const at = host === undefined ? { registry: registry.host, insecure: true } : { registry: host };
  const destination = { name: 'main', namespace, ...at };
  const config = { version: 1, destinations: [destination], images: { include: ['debian'] } };
  writeFileSync(join(home, 'mirrors.yaml'), JSON.stringify(config));
  const { stdout, code } = await runCli(['client-config', client, '--json'], { cwd: home });
  expect(code).toBe(0);
  const [settings] = JSON.parse(stdout).destinations;
  for (const { path, text } of settings.files) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text);
  }
  const [file] = settings.files as { path: string }[];
  return { home, file: file === undefined ? undefined : join(home, file.path) };
}

/** Names of docker.io are not found on a machine without a network, and no proxy is asked for them. */
const offline = {
  https_proxy: 'http://127.0.0.1:9',
  HTTPS_PROXY: 'http://127.0.0.1:9',
  no_proxy: '127.0.0.1',
  NO_PROXY: '127.0.0.1',
};

describe.each(namespaces)('from the namespace %s', (namespace) => {
  test('skopeo reads the index of debian:12 by its usual name', async () => {
    const { file } = await configure('podman', namespace);
    const args = ['--registries-conf', file ?? '', 'inspect', '--raw', 'docker://debian:12'];
    const { stdout } = await execa(findProgram('skopeo'), args, { env: offline });
    expect(JSON.parse(stdout)).toEqual(JSON.parse(String(built.get(namespace)?.manifestOf('12').bytes)));
  });

  test.each(['podman', 'buildah'].filter(isInstalled))('%s pulls debian:12 by its short name', async (program) => {
    const { home, file } = await configure('podman', namespace);
    const run = runWithStorage(program, home, file ?? '');
    await run('pull', '--quiet', 'debian:12');
    const listed = await run('images', program === 'podman' ? '--format=json' : '--json');
    expect(listed).toContain('docker.io/library/debian:12');
    const digests = [...(built.get(namespace)?.manifests.keys() ?? [])];
    expect(digests.filter((digest) => listed.includes(digest))).not.toEqual([]);
  });
});

test.skipIf(!isInstalled('podman'))('podman asks docker.io for what the mirror lacks', async () => {
  const { home, file } = await configure('podman', 'library');
  const pull = runWithStorage('podman', home, file ?? '')('pull', '--quiet', 'debian:11');
  await expect(pull).rejects.toThrow('registry-1.docker.io');
});

test.skipIf(!isInstalled('podman')).each(namespaces)(
  'podman asks nobody else than the mirror in %s where its location forbids it',
  async (namespace) => {
    const { home, file = '' } = await configure('podman', namespace);
    const settings = parse(readFileSync(file, 'utf8')) as {
      registry: { location: string; insecure?: boolean; mirror?: { location: string; insecure: boolean }[] }[];
    };
    for (const one of settings.registry) {
      Object.assign(one, one.mirror?.[0]);
      delete one.mirror;
    }
    writeFileSync(file, stringify(settings));
    const run = runWithStorage('podman', home, file);
    await run('pull', '--quiet', 'debian:12');
    const refused = await run('pull', '--quiet', 'debian:11').catch(String);
    expect(refused).toContain('manifest unknown');
    expect(refused).not.toContain('docker.io:');
  },
);

test('skopeo reads by a short name from a registry whose authority the printed place of certificates has', async () => {
  const secure = await startTlsRegistry();
  const { file = '' } = await configure('podman', 'mirror', secure.host);
  const inspect = (...args: string[]) =>
    execa(findProgram('skopeo'), ['--registries-conf', file, 'inspect', '--raw', ...args, 'docker://debian:12'], {
      env: offline,
    });
  await expect(inspect()).rejects.toThrow('certificate');
  const { stdout } = await inspect('--cert-dir', dirname(secure.certificate));
  expect(JSON.parse(stdout)).toEqual(JSON.parse(String(built.get('mirror')?.manifestOf('12').bytes)));
});

/** Runs podman or buildah with a storage of the test's own. */
function runWithStorage(program: string, home: string, registriesConf: string) {
  const storage = ['--root', join(home, 'root'), '--runroot', join(home, 'run'), '--storage-driver', 'vfs'];
  const env = { ...offline, CONTAINERS_REGISTRIES_CONF: registriesConf };
  return async (...args: string[]) => (await execa(findProgram(program), [...storage, ...args], { env })).stdout;
}

test.skipIf(!isInstalled('ctr')).each(['library', 'team/library'])(
  'containerd pulls debian:12 from the namespace %s',
  async (namespace) => {
    const { home, file = '' } = await configure('containerd', namespace);
    const { fetch, list } = await withContainerd(home);
    expect((await fetch('12')).stderr).toContain(registry.host);
    expect(await list('12')).toContain(built.get(namespace)?.tags.get('12'));
    await expect(fetch('11')).rejects.toThrow('registry-1.docker.io');
    const settings = parse(readFileSync(file, 'utf8'));
    writeFileSync(file, stringify({ ...settings, server: `http://${registry.host}` }));
    const refused = await fetch('11').catch(String);
    expect(refused).toContain('not found');
    expect(refused).not.toContain('registry-1.docker.io');
  },
);

test.skipIf(!isInstalled('ctr'))('containerd pulls by TLS with the authority in hosts.toml', async () => {
  const secure = await startTlsRegistry();
  const { home, file = '' } = await configure('containerd', 'team/library', secure.host);
  const { fetch, list } = await withContainerd(home);
  const settings = parse(readFileSync(file, 'utf8')) as { host: Record<string, object> };
  Object.assign(settings.host[`https://${secure.host}/v2/team`] ?? {}, { ca: secure.certificate });
  writeFileSync(file, stringify(settings));
  await fetch('12');
  expect(await list('12')).toContain(built.get('team/library')?.tags.get('12'));
});

/** Starts a registry that serves the images by TLS, with an authority of its own. */
async function startTlsRegistry() {
  const secure = await startRegistry({ tls: true });
  onCleanUp(() => secure.stop());
  const certificate = secure.certificate ?? '';
  await publishImages(secure.host, [...built.values()], { certificate });
  return { host: secure.host, certificate };
}

/** Starts containerd. Gives what fetches a tag of debian by the hosts.toml below a folder, and what lists it. */
async function withContainerd(home: string) {
  const socket = await startContainerd();
  const hosts = ['--hosts-dir', join(home, 'etc/containerd/certs.d'), '--platform', 'linux/amd64'];
  const ctr = (...args: string[]) =>
    execa(findProgram('ctr'), ['--debug', '--address', socket, ...args], { env: offline });
  const image = (tag: string) => `docker.io/library/debian:${tag}`;
  return {
    fetch: (tag: string) => ctr('content', 'fetch', ...hosts, image(tag)),
    list: async (tag: string) => (await ctr('images', 'list', `name==${image(tag)}`)).stdout,
  };
}

/** Starts a containerd with nothing but what pulling takes. Gives its socket. */
async function startContainerd(): Promise<string> {
  const home = memoryDirectory();
  const socket = join(home.path, 'c.sock');
  const config = join(home.path, 'config.toml');
  writeFileSync(
    config,
    `version = 2\nroot = "${home.path}/root"\nstate = "${home.path}/state"\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n[grpc]\naddress = "${socket}"\n`,
  );
  const service = startService([findProgram('containerd'), '--config', config], home.path);
  onCleanUp(async () => {
    await service.stop();
    await home.dispose();
  });
  await service.logged(/containerd successfully booted/);
  return socket;
}

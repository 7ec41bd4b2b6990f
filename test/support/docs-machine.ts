import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { onCleanUp } from './cleanup.ts';
import { gitIn, identity } from './git.ts';
import { startHubWebApi } from './hub/web-api.ts';
import { startNpm } from './npm-registry.ts';
import { findProgram } from './programs.ts';
import { root } from './project-files.ts';
import { startRegistry, type TestRegistry } from './registry.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { tinyLibrary } from './tiny-library.ts';
import { makeUpstream } from './upstream.ts';
import { publish } from './world.ts';

const login = { user: 'me', password: 'the password of the quick start' };

/** A file of upstream's library with one group for each list of tags. */
function libraryFile(image: string, ...groups: readonly string[]): string {
  const entries = groups.map(
    (tags, index) =>
      `Tags: ${tags}\nArchitectures: amd64\nGitCommit: ${String(index + 4).repeat(40)}\nDirectory: ${index}\n`,
  );
  return `Maintainers: Nobody in Particular (@nobody)\nGitRepo: https://example.invalid/${image}.git\n\n${entries.join('\n')}`;
}

/** The images that the docs name. */
const library = {
  ...tinyLibrary,
  debian: libraryFile('debian', 'bookworm, 12.15, 12'),
  golang: libraryFile('golang', '1.27.1, 1.27, 1, latest'),
  python: libraryFile('python', '3.13.8, 3.13, 3, latest', '3.13.8-slim, 3.13-slim, 3-slim, slim'),
  redis: libraryFile('redis', '8.4.0, 8.4, 8, latest'),
};

/** What the Hub lists of them: what upstream names, and a tag of old. */
const listed = Object.fromEntries(
  Object.entries(library).map(([image, text]) => {
    const named = [...text.matchAll(/^(?:Shared)?Tags: (.*)$/gm)].flatMap(([, tags = '']) => tags.split(', '));
    return [`library/${image}`, [...named, '0.1'].map((name) => ({ name }))];
  }),
);

/** The machine of somebody who follows the docs: its commands, names and certificates. */
export interface DocsMachine {
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
  /** What registry.example.com is. */
  readonly destination: TestRegistry;
}

/**
 * A machine where the Docker Hub and registry.example.com are registries of this machine, and `mirrorlock` and `docker login` are
 * commands. No other name leads anywhere.
 */
export async function docsMachine(): Promise<DocsMachine> {
  const home = temporaryDirectory().path;
  const upstream = await makeUpstream(join(home, 'official-images'), library);
  await datedHistory(upstream.path);
  const source = await startRegistry({ tls: 'DNS:registry-1.docker.io,DNS:public.ecr.aws' });
  publish(upstream, source);
  const destination = await startRegistry({ tls: 'DNS:registry.example.com', htpasswd: login, deleteEnabled: true });
  const hub = await startHubWebApi(listed);
  const proxy = await startLeader({
    'registry-1.docker.io': source.host,
    // It has nothing at `docker/library`, as an alternate that is late.
    'public.ecr.aws': source.host,
    'registry.example.com': destination.host,
    'hub.docker.com': hub.host,
  });
  const certificates = join(home, 'certificates.pem');
  const trusted = [source.certificate, destination.certificate, hub.env['SSL_CERT_FILE']];
  writeFileSync(certificates, trusted.map((file) => readFileSync(file ?? '', 'utf8')).join(''));
  const programs = join(home, 'bin');
  mkdirSync(programs);
  const script = (name: string, text: string) =>
    writeFileSync(join(programs, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  script('mirrorlock', `exec '${process.execPath}' '${join(root, 'bin/mirrorlock.js')}' "$@"`);
  const auth = join(home, '.docker/config.json');
  script(
    'docker',
    `[ "$1 $2" = 'login registry.example.com' ] && exec '${findProgram('skopeo')}' login --authfile '${auth}' --username '${login.user}' --password '${login.password}' "$2"`,
  );
  script('kubectl', `cat '${join(home, 'pods.json')}'`);
  script('helm', `cat '${join(home, 'pods.json')}'`);
  const env = {
    PATH: `${programs}:${process.env['PATH']}`,
    HOME: home,
    MIRRORLOCK_CACHE: join(home, 'cache'),
    HTTPS_PROXY: proxy,
    // npm would ask a registry on the loopback through the proxy.
    NO_PROXY: '127.0.0.1',
    SSL_CERT_FILE: certificates,
    npm_config_registry: await startNpm(),
    npm_config_fetch_retries: '0',
    npm_config_cache: join(home, 'npm'),
    ...identity({ name: 'me', email: 'me@example.invalid' }),
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `url.${upstream.path}.insteadOf`,
    GIT_CONFIG_VALUE_0: 'https://github.com/docker-library/official-images.git',
  };
  return { home, env, destination };
}

/** Gives upstream a history from 2025 on, with a change in 2026. */
async function datedHistory(folder: string): Promise<void> {
  rmSync(join(folder, '.git'), { recursive: true });
  const at = (date: string) => gitIn(folder, { name: 'upstream', email: 'upstream@example.invalid', date });
  await at('2025-06-01T00:00:00Z')('init', '--quiet', '--initial-branch=master');
  await at('2025-06-01T00:00:00Z')('add', '--all');
  await at('2025-06-01T00:00:00Z')('commit', '--quiet', '--message=Add the library');
  const file = join(folder, 'library/redis');
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll('4'.repeat(40), '5'.repeat(40)));
  await at('2026-06-01T00:00:00Z')('commit', '--quiet', '--all', '--message=Build redis again');
}

/** A proxy that leads names to servers of this machine, and no other anywhere. */
async function startLeader(places: Readonly<Record<string, string>>): Promise<string> {
  const open = new Set<Socket>();
  const server = createServer((_, answer) => answer.writeHead(502).end());
  server.on('connect', ({ url = '' }, near: Socket) => {
    const place = places[url.replace(/:443$/, '')];
    if (place === undefined) return near.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    const [host = '', port] = place.split(':');
    const far = connect(Number(port), host, () => near.write('HTTP/1.1 200 Connection Established\r\n\r\n'));
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
      one.pipe(other);
    }
    return undefined;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onCleanUp(async () => {
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

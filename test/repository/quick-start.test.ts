import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { onCleanUp } from '../support/cleanup.ts';
import { docsCommands } from '../support/docs.ts';
import { identity } from '../support/git.ts';
import { findProgram } from '../support/programs.ts';
import { readProjectFile, root } from '../support/project-files.ts';
import { startRegistry } from '../support/registry.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { tinyLibrary } from '../support/tiny-library.ts';
import { makeUpstream } from '../support/upstream.ts';
import { publish } from '../support/world.ts';

const login = { user: 'me', password: 'the password of the quick start' };

const debian = `Maintainers: Nobody in Particular (@nobody)
GitRepo: https://example.invalid/debian.git

Tags: bookworm, 12.15, 12
Architectures: amd64
GitCommit: ${'4'.repeat(40)}
Directory: bookworm
`;

/** A proxy that leads the names of the README to servers of this machine, and no other anywhere. */
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

/** The machine of somebody who follows the README: its commands, names and certificates. */
async function machine() {
  const home = temporaryDirectory().path;
  const upstream = await makeUpstream(join(home, 'official-images'), { ...tinyLibrary, debian });
  const source = await startRegistry({ tls: 'DNS:registry-1.docker.io' });
  publish(upstream, source);
  const destination = await startRegistry({ tls: 'DNS:registry.example.com', htpasswd: login });
  const proxy = await startLeader({
    'registry-1.docker.io': source.host,
    'registry.example.com': destination.host,
  });
  const certificates = join(home, 'certificates.pem');
  writeFileSync(certificates, [source, destination].map((one) => readFileSync(one.certificate ?? '', 'utf8')).join(''));
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
  const env = {
    PATH: `${programs}:${process.env['PATH']}`,
    HOME: home,
    MIRRORLOCK_CACHE: join(home, 'cache'),
    HTTPS_PROXY: proxy,
    SSL_CERT_FILE: certificates,
    ...identity({ name: 'me', email: 'me@example.invalid' }),
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `url.${upstream.path}.insteadOf`,
    GIT_CONFIG_VALUE_0: 'https://github.com/docker-library/official-images.git',
  };
  return { home, env, destination };
}

test('the quick start of the README works as written, line by line', async () => {
  const { home, env, destination } = await machine();
  const readme = { path: 'README.md', text: readProjectFile('README.md') };
  const [, section = ''] = readme.text.split('\n## Quick start\n');
  const [block = ''] = section.split('\n## ');
  const [install, ...lines] = docsCommands({ ...readme, text: block }).map(({ command }) => command);
  expect(install).toBe('npm ci && npm link');
  expect(lines.length).toBeGreaterThan(10);
  for (const line of lines) {
    const { exitCode, stderr } = await execa('sh', ['-c', line], { cwd: home, env, extendEnv: false, reject: false });
    expect(exitCode, `${line}\n${stderr}`).toBe(0);
  }
  const stored = join(destination.storage, 'docker/registry/v2/repositories/library');
  expect(readFileSync(join(stored, 'debian/_manifests/tags/12/current/link'), 'utf8')).toMatch(/^sha256:/);
  expect(readFileSync(join(stored, 'alpine/_manifests/tags/latest/current/link'), 'utf8')).toMatch(/^sha256:/);
  const { stdout } = await execa('git', ['log', '--format=%s'], { cwd: join(home, 'my-mirror'), env });
  expect(stdout).toBe('Begin a mirror');
});

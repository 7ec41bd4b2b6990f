import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startCli } from '../support/cli.ts';
import { buildImages } from '../support/images/build.ts';
import { publishImages } from '../support/images/publish.ts';
import { processArguments } from '../support/processes.ts';
import { startRegistry } from '../support/registry.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { tinyLibrary } from '../support/tiny-library.ts';
import { makeUpstream } from '../support/upstream.ts';
import { announced } from '../support/world.ts';

const credentials = { user: 'mirror', password: 'correct-horse-battery-staple' };
const encoded = Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64');

describe('promise 7: no secret in a lockfile, a rendered file, a log or a process list', () => {
  it('works with credentials from an auth file, and shows them nowhere', async () => {
    const home = temporaryDirectory().path;
    const upstream = await makeUpstream(join(home, 'upstream'), tinyLibrary);
    const source = await startRegistry({ htpasswd: credentials });
    const destination = await startRegistry({ htpasswd: credentials });
    await publishImages(source.host, buildImages(announced(upstream)), { credentials });
    mkdirSync(join(home, 'docker'));
    const auths = { [source.host]: { auth: encoded }, [destination.host]: { auth: encoded } };
    writeFileSync(join(home, 'docker/config.json'), JSON.stringify({ auths }));
    writeFileSync(
      join(home, 'mirrors.yaml'),
      `version: 1
upstream: {repository: ${JSON.stringify(upstream.path)}}
source: {registry: "${source.host}", namespace: library, insecure: true}
destinations: [{name: main, registry: "${destination.host}", namespace: mirror, insecure: true}]
images: {include: ["*"]}
`,
    );
    const env = { DOCKER_CONFIG: join(home, 'docker'), MIRRORLOCK_CACHE: join(home, 'cache') };
    const said: string[] = [];
    for (const args of [['lock'], ['render'], ['apply', '--verbose'], ['verify'], ['apply', '--json']]) {
      const running = startCli([...args, '-C', home], { env });
      const watch = setInterval(() => said.push(processArguments().join('\n')), 20);
      const { code, stdout, stderr } = await running.result;
      clearInterval(watch);
      expect(code, stderr).toBe(0);
      said.push(stdout, stderr);
    }
    const written = ['mirrors.lock.yaml', 'sync/alpine.yaml'].map((name) => readFileSync(join(home, name), 'utf8'));
    const all = [...said, ...written].join('\n');
    expect(all).toContain(`apply --verbose -C ${home}`);
    for (const secret of [credentials.password, encoded]) expect(all.includes(secret), secret.slice(0, 4)).toBe(false);
  });

  it('an error about credentials does not tell them', async () => {
    const home = temporaryDirectory().path;
    const upstream = await makeUpstream(join(home, 'upstream'), tinyLibrary);
    const source = await startRegistry({ htpasswd: { ...credentials, password: 'another' } });
    writeFileSync(join(home, 'auth.json'), JSON.stringify({ auths: { [source.host]: { auth: encoded } } }));
    writeFileSync(
      join(home, 'mirrors.yaml'),
      `version: 1
upstream: {repository: ${JSON.stringify(upstream.path)}}
source: {registry: "${source.host}", namespace: library, insecure: true}
images: {include: [alpine]}
`,
    );
    const env = { REGISTRY_AUTH_FILE: join(home, 'auth.json'), MIRRORLOCK_CACHE: join(home, 'cache') };
    const { code, stdout, stderr } = await startCli(['lock', '--verbose', '-C', home], { env }).result;
    expect(code).toBe(1);
    expect(stderr).toContain('registry/unauthorized');
    for (const secret of [credentials.password, encoded]) expect(`${stdout}${stderr}`).not.toContain(secret);
  });
});

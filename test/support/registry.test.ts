import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { Agent } from 'undici';
import { expect, test } from 'vitest';
import { buildImage } from './images/build.ts';
import { publishImages } from './images/publish.ts';
import { startRegistry } from './registry.ts';
import { skopeo } from './skopeo.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const image = buildImage({ repository: 'library/a', groups: [{ tags: ['1'], platforms: ['linux/amd64'] }] });
const { digest, bytes } = image.manifestOf('1');

async function status(method: string, url: string): Promise<number> {
  const answer = await fetch(url, { method });
  await answer.arrayBuffer();
  return answer.status;
}

test('a registry deletes only when it is told to', async () => {
  const [kept, open] = await Promise.all([startRegistry(), startRegistry({ deleteEnabled: true })]);
  for (const { host } of [kept, open]) await publishImages(host, [image]);
  expect(await status('DELETE', `http://${kept.host}/v2/library/a/manifests/${digest}`)).toBe(405);
  expect(await status('DELETE', `http://${open.host}/v2/library/a/manifests/${digest}`)).toBe(202);
});

test('a read-only registry serves what it has and takes nothing', async () => {
  const writable = await startRegistry();
  await publishImages(writable.host, [image]);
  const readOnly = await startRegistry({ storage: writable.storage, readOnly: true });
  const raw = await skopeo('inspect', '--raw', '--tls-verify=false', `docker://${readOnly.host}/library/a:1`);
  expect(raw.equals(bytes)).toBe(true);
  await expect(publishImages(readOnly.host, [image])).rejects.toThrow('405');
});

test('a registry with an account refuses everybody else', async () => {
  const credentials = { user: 'robot', password: 'pässword' };
  const { host } = await startRegistry({ htpasswd: credentials });
  await expect(publishImages(host, [image])).rejects.toThrow('401');
  await expect(publishImages(host, [image], { credentials: { user: 'robot', password: 'wrong' } })).rejects.toThrow(
    '401',
  );
  await publishImages(host, [image], { credentials });
});

test('a registry with TLS shows its own certificate', async () => {
  const { host, certificate = never() } = await startRegistry({ tls: true });
  await publishImages(host, [image], { certificate });
  const trusting = new Agent({ connect: { ca: readFileSync(certificate) } });
  const answer = await trusting.request({ origin: `https://${host}`, path: '/v2/', method: 'GET' });
  await trusting.close();
  expect(answer.statusCode).toBe(200);
});

test('stopping ends the registry and removes what it kept', async () => {
  const registry = await startRegistry();
  expect(await status('GET', `http://${registry.host}/v2/`)).toBe(200);
  await publishImages(registry.host, [image]);
  await registry.stop();
  await registry.stop();
  await expect(fetch(`http://${registry.host}/v2/`)).rejects.toThrow();
  expect(existsSync(registry.storage)).toBe(false);
});

test('a registry does not outlive the process that started it, even when that is killed', async () => {
  const module = JSON.stringify(new URL('registry.ts', import.meta.url).href);
  const script = `const { startRegistry } = await import(${module});
    const { host } = await startRegistry();
    process.stdout.write(host, () => process.kill(process.pid, 'SIGKILL'));`;
  const command = ['--import', 'tsx', '--input-type=module', '--eval', script];
  const env = { ...process.env, TMPDIR: temporaryDirectory().path };
  const killed: { stdout: string; signal: string } = await promisify(execFile)(process.execPath, command, { env }).then(
    never,
    (e) => e,
  );
  expect(killed.signal).toBe('SIGKILL');
  const isGone = () => status('GET', `http://${killed.stdout}/v2/`).then(never, () => true);
  await expect.poll(isGone, { timeout: 10_000 }).toBe(true);
  const folders = () => readdirSync(env.TMPDIR).filter((name) => name.startsWith('mirrorlock-'));
  await expect.poll(folders, { timeout: 10_000 }).toEqual([]);
});

function never(): never {
  throw new Error('this is not reached');
}

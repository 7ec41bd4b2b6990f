import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { MachineFiles } from '../../../src/apply/policy/machine.ts';
import {
  createSkopeoEngine,
  type SkopeoEngine,
  type SkopeoEngineOptions,
} from '../../../src/apply/skopeo/skopeo-engine.ts';
import type { Destination, Source } from '../../../src/config/types.ts';
import { type Digest, parseImageName } from '../../../src/core/names.ts';
import { type AnswerHook, type CountingProxy, startCountingProxy } from '../../support/counting-proxy.ts';
import { buildImages } from '../../support/images/build.ts';
import { publishImages } from '../../support/images/publish.ts';
import type { BuiltRepository } from '../../support/images/types.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const alpine = parseImageName('alpine');
const busybox = parseImageName('busybox');
const platforms = ['linux/amd64', 'linux/arm64/v8'];
const noFiles: MachineFiles = { read: async () => undefined, list: async () => [] };

let upstream: TestRegistry;
let built: readonly BuiltRepository[];

beforeAll(async () => {
  upstream = await startRegistry();
  const group = [{ tags: ['3.23.2'], platforms }];
  built = buildImages(['library/alpine', 'library/busybox'].map((repository) => ({ repository, groups: group })));
  await publishImages(upstream.host, built);
});

/** The children of the one index of an image, attestations among them. */
function childrenOf(name: string): readonly Digest[] {
  const repository = built.find((one) => one.repository === `library/${name}`);
  return [...(repository?.manifests.values() ?? [])].find(({ children }) => children.length > 0)?.children ?? [];
}

const place = (host: string, insecure = true) => ({ registry: { host, insecure }, namespace: 'library' });
const sourceAt = (host: string, ...alternates: string[]): Source => ({
  ...place(host),
  alternates: alternates.map((one) => place(one)),
});
const destinationAt = (host: string, insecure = true): Destination => ({
  name: 'main',
  registry: { host, insecure },
  namespace: 'mirror',
});

/** A registry that answers as `hook` says, and else as a new one. */
async function answering(hook: AnswerHook, host?: string): Promise<CountingProxy> {
  const proxy = await startCountingProxy(host ?? (await startRegistry()).host);
  proxy.respond(hook);
  return proxy;
}

/** Works with an engine of its own folder for temporary files, which is empty in the end. */
async function withEngine<Result>(
  source: Source,
  destination: Destination,
  work: (engine: SkopeoEngine) => Promise<Result>,
  { env = {}, ...options }: Partial<SkopeoEngineOptions> = {},
): Promise<Result> {
  const homeDirectory = temporaryDirectory().path;
  const engine = await createSkopeoEngine({
    ...{ source, destination, program: 'skopeo', jobs: 2, homeDirectory, files: noFiles },
    signal: new AbortController().signal,
    env: { PATH: process.env['PATH'], HOME: homeDirectory, ...env },
    ...options,
  });
  try {
    return await work(engine);
  } finally {
    await engine.close();
  }
}

/** Which of some manifests a registry has. */
async function arrived(host: string, image: string, digests: readonly Digest[]): Promise<Digest[]> {
  const accept = ['image.manifest.v1', 'image.index.v1'].map((type) => `application/vnd.oci.${type}+json`).join(', ');
  const has = async (digest: Digest) => {
    const headers = { accept: `${accept}, application/vnd.docker.distribution.manifest.v2+json` };
    return (await fetch(`http://${host}/v2/mirror/${image}/manifests/${digest}`, { method: 'HEAD', headers })).ok;
  };
  const all = await Promise.all(digests.map(async (digest) => ({ digest, there: await has(digest) })));
  return all.filter(({ there }) => there).map(({ digest }) => digest);
}

const refusal = (status: number, code: string, message = code.toLowerCase()) => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ errors: [{ code, message }] }),
});

describe('skopeo, as it is, brings manifests by digest', () => {
  test('of several images and calls, attestations too, and puts no tag', async () => {
    const source = await startCountingProxy(upstream.host);
    const destination = await startCountingProxy((await startRegistry()).host);
    await withEngine(sourceAt(source.host), destinationAt(destination.host), async (engine) => {
      const results = await Promise.all([
        engine.copy(alpine, childrenOf('alpine')),
        engine.copy(busybox, childrenOf('busybox')),
      ]);
      expect(results).toEqual([new Map(), new Map()]);
    });
    for (const name of ['alpine', 'busybox']) {
      expect(await arrived(destination.host, name, childrenOf(name))).toEqual(childrenOf(name));
    }
    expect(destination.counts().manifestPutByTag).toBe(0);
    expect(source.counts().manifestGetByTag).toBe(0);
  });

  test('from alternates first, and from the source what they lack', async () => {
    const [first] = childrenOf('alpine');
    const source = await startCountingProxy(upstream.host);
    const alternate = await answering(
      ({ kind, reference }) =>
        kind === 'manifest' && reference === first ? refusal(404, 'MANIFEST_UNKNOWN') : undefined,
      upstream.host,
    );
    const destination = await startRegistry();
    const digests = childrenOf('alpine');
    await withEngine(sourceAt(source.host, alternate.host), destinationAt(destination.host), async (engine) => {
      expect(await engine.copy(alpine, digests)).toEqual(new Map());
      expect(engine.warnings).toEqual([]);
    });
    expect(await arrived(destination.host, 'alpine', digests)).toEqual(digests);
    const read = (proxy: CountingProxy) =>
      new Set(proxy.seen().flatMap(({ kind, reference }) => (kind === 'manifest' ? [reference] : [])));
    expect(read(alternate)).toEqual(new Set(digests));
    expect(read(source)).toEqual(new Set([first]));
  });

  test('in no more processes than there are jobs', async () => {
    const log = join(temporaryDirectory().path, 'log');
    const program = scriptedSkopeo(`echo start >> ${log}; skopeo "$@"; code=$?; echo end >> ${log}; exit $code`);
    const destination = await startRegistry();
    const digests = childrenOf('alpine');
    await withEngine(
      sourceAt(upstream.host),
      destinationAt(destination.host),
      (engine) => Promise.all(digests.map((digest) => engine.copy(alpine, [digest]))),
      { program, jobs: 2 },
    );
    let now = 0;
    const lines = readFileSync(log, 'utf8').trim().split('\n');
    const most = Math.max(...lines.map((line) => (now += line === 'start' ? 1 : -1)));
    expect(most).toBe(2);
    expect(lines).toHaveLength(4);
  });
});

/** A skopeo that tells the real one's version, and else does what a line of shell says. */
function scriptedSkopeo(line: string): string {
  const path = join(temporaryDirectory().path, 'a-skopeo');
  writeFileSync(path, `#!/bin/sh\n[ "$1" = --version ] && exec skopeo --version\n${line}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe('what fails is named in skopeo’s own words, and the others are copied', () => {
  const failing = async (source: Source, destination: Destination, options: Partial<SkopeoEngineOptions> = {}) =>
    withEngine(source, destination, (engine) => engine.copy(alpine, childrenOf('alpine')), options);

  test('at the source', async () => {
    const digests = childrenOf('alpine');
    const [broken] = digests;
    const source = await answering(
      ({ kind, reference }) =>
        kind === 'manifest' && reference === broken ? refusal(404, 'MANIFEST_UNKNOWN', 'manifest unknown') : undefined,
      upstream.host,
    );
    const destination = await startRegistry();
    const reasons = await failing(sourceAt(source.host), destinationAt(destination.host));
    expect([...reasons.keys()]).toEqual([broken]);
    expect([...reasons.values()]).toMatchObject([
      { code: 'skopeo/failed', severity: 'error', value: expect.stringContaining('manifest unknown') },
    ]);
    expect(await arrived(destination.host, 'alpine', digests)).toEqual(digests.slice(1));
  });

  test('at the destination, where the registry says why, without the secrets that it echoes', async () => {
    const said = 'quota of project mirror exceeded; you sent Authorization: Basic dXNlcjpwYXNzd29yZA==';
    const destination = await answering(({ method, kind }) =>
      method === 'POST' && kind === 'upload' ? refusal(403, 'DENIED', said) : undefined,
    );
    const reasons = await failing(sourceAt(upstream.host), destinationAt(destination.host));
    expect(reasons.size).toBe(childrenOf('alpine').length);
    for (const { value } of reasons.values()) {
      expect(value).toContain('quota of project mirror exceeded');
      expect(value).not.toContain('dXNlcjpwYXNzd29yZA');
    }
  });

  // skopeo tries again for 14 seconds.
  test.concurrent('where the connection breaks behind an address with a query', async () => {
    const destination = await answering(({ method }) => (method === 'PATCH' ? { status: 0, reset: true } : undefined));
    const [reason] = (await failing(sourceAt(upstream.host), destinationAt(destination.host))).values();
    // Which of these Go says hangs on whether it was reading or writing when the connection broke.
    expect(reason?.value).toMatch(/\?….*(EOF|reset|broken pipe|closed network connection)/s);
    expect(reason?.value).not.toContain('_state=');
  });

  // skopeo tries again for 14 seconds.
  test.concurrent('where nothing listens', async () => {
    const [reason] = (await failing(sourceAt(upstream.host), destinationAt('127.0.0.1:1'))).values();
    expect(reason?.value).toContain('connection refused');
  });

  // skopeo tries again for 14 seconds.
  test.concurrent('where the pull limit is reached', async () => {
    const source = await answering(
      ({ kind }) =>
        kind === 'manifest'
          ? refusal(403, 'TOOMANYREQUESTS', 'toomanyrequests: You have reached your pull rate limit')
          : undefined,
      upstream.host,
    );
    const [reason] = (await failing(sourceAt(source.host), destinationAt((await startRegistry()).host))).values();
    expect(reason?.code).toBe('skopeo/rate-limited');
  });

  test('where the policy of this machine rejects the source', async () => {
    const homeDirectory = temporaryDirectory().path;
    mkdirSync(join(homeDirectory, '.config/containers'), { recursive: true });
    const transports = { docker: { [upstream.host]: [{ type: 'reject' }] } };
    writeFileSync(
      join(homeDirectory, '.config/containers/policy.json'),
      JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }], transports }),
    );
    const destination = await startRegistry();
    const env = { PATH: process.env['PATH'], HOME: homeDirectory };
    const reasons = await failing(sourceAt(upstream.host), destinationAt(destination.host), { env });
    expect([...reasons.values()][0]).toMatchObject({
      code: 'skopeo/policy',
      value: expect.stringContaining('rejected by policy'),
    });
    expect(await arrived(destination.host, 'alpine', childrenOf('alpine'))).toEqual([]);
  });

  test('where skopeo is killed, or says nothing of use', async () => {
    const killed = await failing(sourceAt(upstream.host), destinationAt(upstream.host), {
      program: scriptedSkopeo('kill -9 $$'),
    });
    expect([...killed.values()][0]).toMatchObject({ code: 'skopeo/failed', value: 'skopeo was ended by SIGKILL' });
    const program = scriptedSkopeo('echo "panic: no idea" >&2; exit 2');
    const panicked = await failing(sourceAt(upstream.host), destinationAt(upstream.host), { program });
    expect([...panicked.values()][0]?.value).toBe('skopeo ended with exit code 2: panic: no idea');
  });
});

describe('the operator’s own files count', () => {
  const login = { user: 'user', password: 'S3cr3t-pass' };
  const auth = Buffer.from(`${login.user}:${login.password}`).toString('base64');

  /** Copies to a registry that wants a login; gives what was logged. */
  async function copyWithLogin(files: (folder: string, host: string) => Record<string, string>): Promise<string> {
    const destination = await startRegistry({ htpasswd: login });
    const folder = temporaryDirectory().path;
    const lines: string[] = [];
    const reasons = await withEngine(
      sourceAt(upstream.host),
      destinationAt(destination.host),
      (engine) => engine.copy(alpine, childrenOf('alpine')),
      {
        env: { PATH: process.env['PATH'], HOME: folder, ...files(folder, destination.host) },
        onLine: (line) => lines.push(line),
      },
    );
    expect(reasons).toEqual(new Map());
    expect(lines.length).toBeGreaterThan(0);
    return lines.join('\n');
  }

  const authFile = (path: string, content: object) => writeFileSync(path, JSON.stringify(content));

  test.each(['DOCKER_CONFIG', 'REGISTRY_AUTH_FILE'])('logins of %s, which are not logged', async (variable) => {
    const logged = await copyWithLogin((folder, host) => {
      authFile(join(folder, 'config.json'), { auths: { [host]: { auth } } });
      return { [variable]: variable === 'DOCKER_CONFIG' ? folder : join(folder, 'config.json') };
    });
    for (const secret of [login.password, auth, '_state=']) expect(logged).not.toContain(secret);
  });

  test('logins by skopeo while DOCKER_CONFIG names others', async () => {
    await copyWithLogin((folder, host) => {
      mkdirSync(join(folder, 'containers'));
      authFile(join(folder, 'containers/auth.json'), { auths: { [host]: { auth } } });
      authFile(join(folder, 'config.json'), { auths: {} });
      return { DOCKER_CONFIG: folder, XDG_RUNTIME_DIR: folder };
    });
  });

  test('a credential helper for the registry', async () => {
    await copyWithLogin((folder, host) => {
      const helper = join(folder, 'docker-credential-own');
      const answer = JSON.stringify({ ServerURL: host, Username: login.user, Secret: login.password });
      writeFileSync(helper, `#!/bin/sh\necho '${answer}'\n`);
      chmodSync(helper, 0o755);
      authFile(join(folder, 'auth.json'), { credHelpers: { [host]: 'own' } });
      return { REGISTRY_AUTH_FILE: join(folder, 'auth.json'), PATH: `${folder}${delimiter}${process.env['PATH']}` };
    });
  });

  test('a private CA in SSL_CERT_FILE; without it the reason is told', async () => {
    const destination = await startRegistry({ tls: true });
    const copy = (env: Record<string, string>) =>
      withEngine(
        sourceAt(upstream.host),
        destinationAt(destination.host, false),
        (engine) => engine.copy(alpine, childrenOf('alpine')),
        { env: { PATH: process.env['PATH'], HOME: '/nowhere', ...env } },
      );
    const [reason] = (await copy({})).values();
    expect(reason?.value).toMatch(/x509: certificate signed by unknown authority/);
    expect(await copy({ SSL_CERT_FILE: destination.certificate ?? '' })).toEqual(new Map());
  });
});

test('an interrupt ends the processes, is thrown as it is, and leaves no file', async () => {
  const controller = new AbortController();
  const reason = new Error('interrupted');
  const source = await answering(async ({ kind }) => {
    if (kind !== 'manifest') return undefined;
    controller.abort(reason);
    return new Promise(() => {});
  }, upstream.host);
  const destination = await startCountingProxy((await startRegistry()).host);
  const folder = temporaryDirectory().path;
  const argumentsFile = join(folder, 'arguments');
  const program = scriptedSkopeo(`echo "$$ $*" >> ${argumentsFile}; exec skopeo "$@"`);
  const work = withEngine(
    sourceAt(source.host),
    destinationAt(destination.host),
    (engine) => Promise.all(childrenOf('alpine').map((digest) => engine.copy(alpine, [digest]))),
    { signal: controller.signal, program },
  );
  await expect(work).rejects.toBe(reason);
  const lines = readFileSync(argumentsFile, 'utf8').trim().split('\n');
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) {
    const [pid = ''] = line.split(' ');
    const [file = ''] = /\/\S+\.yaml/.exec(line) ?? [];
    expect(file).not.toBe('');
    expect(() => readFileSync(file)).toThrow('ENOENT');
    expect(readdirSync('/proc')).not.toContain(pid);
  }
  expect(destination.counts().manifestPut).toBe(0);
});

import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestOf } from '../../src/core/digest-of.ts';
import { parseTag } from '../../src/core/names.ts';
import { problemError } from '../../src/core/problem.ts';
import { credentialStore } from '../../src/registry/auth/credentials.ts';
import { parseIndex } from '../../src/registry/manifest-types.ts';
import type { BlobContent, RegistryClient } from '../../src/registry/types.ts';
import { startCountingProxy } from '../support/counting-proxy.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { errorOf, indexType, makeIndex, openClient, passwordStore, tag } from './support.ts';
import { startTokenRegistry, type TokenRegistry } from './token-registry.ts';

const index = makeIndex();
const latest = parseTag('latest');

/** Starts a registry for a group of tests. */
function registryFor<T extends { stop(): Promise<void> }>(start: () => Promise<T>): () => T {
  let registry: T;
  beforeAll(async () => {
    registry = await start();
  });
  afterAll(() => registry.stop());
  return () => registry;
}

/** What every registry that allows it has to do. */
async function roundTrip(client: RegistryClient, repository = 'library/golang'): Promise<void> {
  await client.put(repository, tag, index);
  await client.put(repository, index.digest, index);
  const size = index.bytes.byteLength;
  expect(await client.head(repository, tag)).toEqual({ digest: index.digest, mediaType: indexType, size });
  expect(await client.get(repository, index.digest)).toEqual(index);
  expect(await client.listTags(repository)).toEqual(['1.0']);
}

describe('docker-registry, open to everybody', () => {
  const registry = registryFor(() => startRegistry({ deleteEnabled: true }));

  test('keeps what is put, lists and deletes it', async () => {
    const client = openClient(registry().host);
    await roundTrip(client);
    await client.put('library/golang', latest, index);
    expect((await client.listTags('library/golang'))?.toSorted()).toEqual(['1.0', 'latest']);
    expect(await client.delete('library/golang', index.digest)).toBe(true);
    expect(await client.delete('library/golang', index.digest)).toBe(false);
    expect(await client.head('library/golang', tag)).toBeUndefined();
    expect(client.counts).toEqual({
      ...{
        manifestHead: 4,
        manifestGet: 1,
        manifestPut: 3,
        manifestDelete: 2,
        tagList: 2,
        blobGet: 0,
        blobHead: 0,
        blobMount: 0,
        blobUpload: 0,
        auth: 1,
      },
    });
    expect(client.pullLimit).toBeUndefined();
  });

  test('has neither what was never put nor its repository', async () => {
    const client = openClient(registry().host);
    expect(await client.head('library/none', tag)).toBeUndefined();
    expect(await client.get('library/none', index.digest)).toBeUndefined();
    expect(await client.listTags('library/none')).toBeUndefined();
  });

  test('refuses an index whose children it does not have', async () => {
    const child = {
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      digest: `sha256:${'0'.repeat(64)}`,
      size: 2,
    };
    const error = await errorOf(openClient(registry().host).put('library/golang', tag, makeIndex([child])));
    expect(error).toMatchObject({ kind: 'refused' });
    expect(error.problems[0]?.message).toContain('MANIFEST_BLOB_UNKNOWN');
  });

  test('refuses bytes that are no manifest', async () => {
    const error = await errorOf(
      openClient(registry().host).put('a', tag, {
        ...makeIndex(),
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
      }),
    );
    expect(error).toMatchObject({ kind: 'refused', status: 400 });
  });

  test('gives what skopeo has put there, to the byte', async () => {
    const layout = temporaryDirectory().path;
    const digest = writeLayout(layout);
    await execa('skopeo', [
      ...['copy', '--all', '--preserve-digests', '--dest-tls-verify=false'],
      ...[`oci:${layout}:x`, `docker://${registry().host}/library/busybox:1.0`],
    ]);
    const client = openClient(registry().host);
    const manifest = await client.get('library/busybox', tag);
    expect(manifest?.digest).toBe(digest);
    expect(parseIndex(manifest?.bytes ?? Buffer.alloc(0)).children).toHaveLength(1);
  });
});

describe('docker-registry', () => {
  const registry = registryFor(() => startRegistry());
  const bytes = Buffer.alloc(3_000_000, 'a layer ');
  const blob = { digest: digestOf(bytes), size: bytes.byteLength };
  const empty = { digest: digestOf(new Uint8Array()), size: 0 };
  const content = (whole: Uint8Array): BlobContent =>
    async function* () {
      for (let at = 0; at < whole.byteLength; at += 100_000) yield whole.subarray(at, at + 100_000);
    };

  test('takes a blob, says that it has it, and gives it from any byte on', async () => {
    const client = openClient(registry().host);
    expect(await client.headBlob('a', blob.digest)).toBeUndefined();
    await client.upload('a', blob, content(bytes));
    expect(await client.headBlob('a', blob.digest)).toEqual({ size: blob.size });
    const body = await client.openBlob('a', blob.digest, 1_000_000);
    const chunks: Buffer[] = [];
    for await (const chunk of body?.stream ?? []) chunks.push(chunk);
    expect(body?.offset).toBe(1_000_000);
    expect(Buffer.concat(chunks).equals(bytes.subarray(1_000_000))).toBe(true);
    expect(client.counts).toMatchObject({ blobHead: 2, blobUpload: 2, blobGet: 1 });
  });

  test('takes an empty blob, and gives it', async () => {
    const client = openClient(registry().host);
    await client.upload('a', empty, content(new Uint8Array()));
    expect(await client.headBlob('a', empty.digest)).toEqual({ size: 0 });
  });

  test('takes a blob in parts', async () => {
    const proxy = await startCountingProxy(registry().host);
    const large = Buffer.alloc(20_000_000, 'a large layer ');
    const own = { digest: digestOf(large), size: large.byteLength };
    let refused = 0;
    proxy.respond(({ kind, method }) => {
      if (kind !== 'upload' || method !== 'PUT' || refused > 0) return undefined;
      refused += 1;
      return { status: 413 };
    });
    const client = openClient(proxy.host);
    await client.upload('parts', own, content(large));
    expect(await client.headBlob('parts', own.digest)).toEqual({ size: own.size });
    expect(proxy.seen().filter(({ method }) => method === 'PATCH')).toHaveLength(3);
  });

  test('does not take bytes that are others than the digest says', async () => {
    const client = openClient(registry().host, { retry: { tries: 2 } });
    const wrong = { digest: digestOf(Buffer.from('another')), size: bytes.byteLength };
    expect(await errorOf(client.upload('a', wrong, content(bytes)))).toMatchObject({ kind: 'upload', status: 400 });
    expect(await client.headBlob('a', wrong.digest)).toBeUndefined();
  });

  test('mounts a blob of another repository, and begins an upload in place of one that it does not have', async () => {
    const client = openClient(registry().host);
    await client.upload('mount/from', blob, content(bytes));
    expect(await client.mount('mount/to', blob.digest, 'mount/from')).toBe('mounted');
    expect(await client.headBlob('mount/to', blob.digest)).toEqual({ size: blob.size });
    const other = Buffer.from('in place of a mount');
    const begun = await client.mount('mount/to', digestOf(other), 'mount/from');
    if (typeof begun === 'string') throw new Error('an upload was begun');
    await client.upload('mount/to', { digest: digestOf(other), size: other.byteLength }, content(other), begun);
    expect(await client.headBlob('mount/to', digestOf(other))).toEqual({ size: other.byteLength });
    expect(client.counts).toMatchObject({ blobMount: 2, blobUpload: 3 });
  });

  // Of one that breaks off in its middle distribution keeps the part until it purges it: its state is of another offset.
  test('keeps no bytes of an upload that was given up before its first byte', async () => {
    const client = openClient(registry().host);
    const reason = problemError('apply/blob-not-found', 'It is not there.');
    const work = client.upload('given-up', blob, async function* () {
      yield* [];
      throw reason;
    });
    await expect(work).rejects.toBe(reason);
    const uploads = join(registry().storage, 'docker/registry/v2/repositories/given-up/_uploads');
    for (const upload of readdirSync(uploads)) expect(existsSync(join(uploads, upload, 'data'))).toBe(false);
  });
});

describe('docker-registry, read-only', () => {
  const registry = registryFor(() => startRegistry({ readOnly: true }));

  test('refuses a manifest by a typed error, at once', async () => {
    const client = openClient(registry().host);
    expect(await errorOf(client.put('a', tag, index))).toMatchObject({ kind: 'refused', status: 405 });
    expect(client.counts.manifestPut).toBe(1);
  });

  test('refuses to delete', async () => {
    expect(await errorOf(openClient(registry().host).delete('a', index.digest))).toMatchObject({ kind: 'refused' });
  });
});

describe('docker-registry with passwords, over TLS', () => {
  const account = { user: 'me', password: 'a password: with ä' };
  const registry = registryFor<TestRegistry>(() => startRegistry({ htpasswd: account, tls: true }));
  const secure = () => ({ insecure: false, ca: [readFileSync(registry().certificate ?? '', 'utf8')] });

  test('lets those in who know it', async () => {
    await roundTrip(
      openClient(registry().host, { ...secure(), credentials: passwordStore(account.user, account.password) }),
    );
  });

  test('lets in who logged in with skopeo, where skopeo keeps it', async () => {
    const home = temporaryDirectory().path;
    const env = { REGISTRY_AUTH_FILE: join(home, 'auth.json'), HOME: home, PATH: process.env['PATH'] ?? '' };
    const folder = join(home, '.config/containers/certs.d', registry().host);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'ca.crt'), readFileSync(registry().certificate ?? ''));
    await execa('skopeo', ['login', '--username', account.user, '--password-stdin', registry().host], {
      ...{ input: account.password, env, extendEnv: false },
    });
    const credentials = credentialStore(env, home);
    const client = openClient(registry().host, { insecure: false, env, homeDirectory: home, credentials });
    expect(await client.head('library/none', tag)).toBeUndefined();
  });

  test('lets nobody else in, and says what to do', async () => {
    const client = openClient(registry().host, secure());
    const error = await errorOf(client.head('library/golang', tag));
    expect(error).toMatchObject({ kind: 'unauthorized', status: 401 });
    expect(error.problems[0]?.hint).toContain(`docker login ${registry().host}`);
    const wrong = openClient(registry().host, { ...secure(), credentials: passwordStore('me', 'wrong') });
    expect(await errorOf(wrong.get('library/golang', tag))).toMatchObject({ kind: 'unauthorized' });
  });

  test('asks a credential helper', async () => {
    const home = temporaryDirectory().path;
    const file = join(home, 'docker-credential-test');
    const secret = JSON.stringify({ Username: account.user, Secret: account.password });
    writeFileSync(
      file,
      `#!/bin/sh\nread host; [ "$host" = "${registry().host}" ] || exit 1\ncat <<'E'\n${secret}\nE\n`,
    );
    chmodSync(file, 0o755);
    writeFileSync(join(home, 'config.json'), JSON.stringify({ credHelpers: { [registry().host]: 'test' } }));
    const env = { DOCKER_CONFIG: home, PATH: `${home}:/usr/bin:/bin` };
    const client = openClient(registry().host, { ...secure(), credentials: credentialStore(env, home) });
    expect(await client.head('library/none', tag)).toBeUndefined();
  });
});

describe('docker-registry with tokens', () => {
  const account = { name: 'me', password: 'a token password' };
  const registry = registryFor<TokenRegistry>(() => startTokenRegistry(account));

  test('lets those write who know the password, and counts every token', async () => {
    const client = openClient(registry().host, { credentials: passwordStore(account.name, account.password) });
    await roundTrip(client);
    expect(client.counts).toEqual({
      ...{
        manifestHead: 1,
        manifestGet: 1,
        manifestPut: 2,
        manifestDelete: 0,
        tagList: 1,
        blobGet: 0,
        blobHead: 0,
        blobMount: 0,
        blobUpload: 0,
        auth: 3,
      },
    });
    expect(await client.delete('library/golang', index.digest)).toBe(true);
  });

  test('lets everybody read, and nobody write without a password', async () => {
    const client = openClient(registry().host);
    expect(await client.head('library/none', tag)).toBeUndefined();
    expect(client.counts).toMatchObject({ manifestHead: 1, auth: 2 });
    const error = await errorOf(client.put('library/golang', tag, index));
    expect(error).toMatchObject({ kind: 'unauthorized' });
    expect(error.problems[0]?.hint).toContain('No credentials');
  });

  test('does not let a wrong password through', async () => {
    const error = await errorOf(
      openClient(registry().host, { credentials: passwordStore(account.name, 'not the password') }).get(
        'library/golang',
        tag,
      ),
    );
    expect(error).toMatchObject({ kind: 'unauthorized' });
    expect(error.problems[0]?.message).toContain('wrong password');
  });
});

/** An OCI layout with an index of one empty image; returns the digest of the index. */
function writeLayout(folder: string): string {
  const blobs = join(folder, 'blobs/sha256');
  mkdirSync(blobs, { recursive: true });
  const blob = (mediaType: string, value: unknown): { mediaType: string; digest: string; size: number } => {
    const { bytes, digest } = blobOf(value);
    writeFileSync(join(blobs, digest.slice('sha256:'.length)), bytes);
    return { mediaType, digest, size: bytes.byteLength };
  };
  const type = 'application/vnd.oci.image';
  const config = blob(`${type}.config.v1+json`, {
    architecture: 'amd64',
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: [] },
  });
  const manifest = blob(`${type}.manifest.v1+json`, {
    ...{ schemaVersion: 2, mediaType: `${type}.manifest.v1+json`, config, layers: [] },
  });
  const platform = { architecture: 'amd64', os: 'linux' };
  const list = blob(indexType, { schemaVersion: 2, mediaType: indexType, manifests: [{ ...manifest, platform }] });
  const annotations = { 'org.opencontainers.image.ref.name': 'x' };
  writeFileSync(
    join(folder, 'index.json'),
    JSON.stringify({ schemaVersion: 2, manifests: [{ ...list, annotations }] }),
  );
  writeFileSync(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  return list.digest;
}

function blobOf(value: unknown): { bytes: Buffer; digest: string } {
  const bytes = Buffer.from(JSON.stringify(value));
  return { bytes, digest: digestOf(bytes) };
}

import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openBlobRecord } from '../../src/apply/blobs/index.ts';
import { newRepositories } from '../../src/apply/registry-receiver.ts';
import { digestOf } from '../../src/core/digest-of.ts';
import { parseDigest, parseImageName } from '../../src/core/names.ts';
import { createRegistryClient } from '../../src/registry/client.ts';
import { startRegistry } from '../support/registry.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const image = parseImageName('alpine');
const config = Buffer.from('{"os":"linux","architecture":"amd64"}');
const blob = { digest: digestOf(config), size: config.byteLength };
const mediaType = 'application/vnd.oci.image.manifest.v1+json';
const bytes = Buffer.from(
  JSON.stringify({
    ...{ schemaVersion: 2, mediaType, layers: [] },
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...blob },
  }),
);
const manifest = { digest: digestOf(bytes), mediaType, bytes };
const other = parseDigest(`sha256:${'0'.repeat(64)}`);

/** A registry of which a run that was cut off left a blob, and perhaps the manifest, and no tag. */
async function cutOff({ manifestIsThere }: { manifestIsThere: boolean }) {
  const { host } = await startRegistry();
  const homeDirectory = temporaryDirectory().path;
  const client = createRegistryClient({ host, insecure: true }, { env: {}, homeDirectory });
  await client.upload('mirror/alpine', blob, async function* () {
    yield config;
  });
  if (manifestIsThere) await client.put('mirror/alpine', manifest.digest, manifest);
  const record = await openBlobRecord(undefined);
  return { client, record, isNew: newRepositories(client, 'mirror', record, new Set([image])) };
}

test('docker-registry says of a repository without tags that it is not there', async () => {
  const { client } = await cutOff({ manifestIsThere: true });
  expect(await client.listTags('mirror/alpine')).toBeUndefined();
  await client.close();
});

test('a repository is not new that a run has begun to fill, whatever it has recorded', async () => {
  const file = join(temporaryDirectory().path, 'record');
  const { client } = await cutOff({ manifestIsThere: false });
  await (await openBlobRecord(file)).begin('mirror/alpine');
  const isNew = newRepositories(client, 'mirror', await openBlobRecord(file), new Set([image]));
  expect(await isNew(image)).toBe(false);
  await client.close();
});

test('a repository is not new where a blob of the record is there, and is where it is not', async () => {
  const { client, record, isNew } = await cutOff({ manifestIsThere: false });
  await record.add('mirror/alpine', [blob.digest]);
  expect(await isNew(image)).toBe(false);
  await client.close();
  const emptied = await cutOff({ manifestIsThere: false });
  await emptied.record.add('mirror/alpine', [other]);
  expect(await emptied.isNew(image)).toBe(true);
  expect(emptied.record.has('mirror/alpine', other)).toBe(false);
  await emptied.client.close();
});

test('docker-registry says of a mount from the repository itself whether the blob is there', async () => {
  const { client } = await cutOff({ manifestIsThere: false });
  expect(await client.mount('mirror/alpine', blob.digest, 'mirror/alpine')).toBe('mounted');
  expect(await client.mount('mirror/alpine', other, 'mirror/alpine')).toMatchObject({ isElsewhere: false });
  await client.close();
});

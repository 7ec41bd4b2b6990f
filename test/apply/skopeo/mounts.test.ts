import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openBlobRecord } from '../../../src/apply/skopeo/blob-record.ts';
import { blobMounts } from '../../../src/apply/skopeo/mounts.ts';
import { parseImageName } from '../../../src/core/names.ts';
import { problemError } from '../../../src/core/problem.ts';
import { createRegistryClient } from '../../../src/registry/client.ts';
import { digest } from '../../lock/build.ts';
import { buildImages } from '../../support/images/build.ts';
import { publishImages } from '../../support/images/publish.ts';
import { startRegistry } from '../../support/registry.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { destinationAt } from '../copying.ts';

const [base, own] = [digest('base'), digest('own')];
const item = (image: string, ...blobs: readonly (typeof base)[]) => ({
  image: parseImageName(image),
  digest: digest(image),
  manifests: [digest(image)],
  blobs: blobs.map((one) => ({ digest: one, size: 1 })),
});

async function mounting(mount: (repository: string, blob: string, from: string) => Promise<boolean>) {
  const asked: string[] = [];
  const mounts = blobMounts(destinationAt('r.example'), await openBlobRecord(undefined), async (...question) => {
    asked.push(question.join(' '));
    return mount(...question);
  });
  return { mounts, asked };
}

describe('mounts', () => {
  test('are of what another repository has, once for each repository', async () => {
    const { mounts, asked } = await mounting(async () => true);
    await mounts.prepare([item('debian', base)]);
    await mounts.arrived([item('debian', base)]);
    await mounts.prepare([item('debian', base), item('golang', base, own), item('golang', base)]);
    await mounts.prepare([item('golang', base)]);
    expect(asked).toEqual([`mirror/golang ${base} mirror/debian`]);
  });

  test('that are refused, or fail, are left to be copied, and tried at another repository', async () => {
    let fails = false;
    const { mounts, asked } = await mounting(async () => {
      if (fails) throw problemError('registry/server', 'No.');
      return false;
    });
    await mounts.arrived([item('debian', base), item('ubuntu', base), item('alpine', base)]);
    await mounts.prepare([item('golang', base)]);
    fails = true;
    await mounts.prepare([item('golang', base)]);
    expect(asked).toEqual(
      ['debian', 'ubuntu', 'debian', 'ubuntu'].map((from) => `mirror/golang ${base} mirror/${from}`),
    );
  });

  test('that are interrupted are no refusal', async () => {
    const reason = new Error('interrupted');
    const { mounts } = await mounting(() => Promise.reject(reason));
    await mounts.arrived([item('debian', base)]);
    await expect(mounts.prepare([item('golang', base)])).rejects.toBe(reason);
  });

  test('are done by a real registry, which says so of what it does not have', async () => {
    const registry = await startRegistry();
    const [built] = buildImages([
      { repository: 'mirror/debian', groups: [{ tags: ['13'], platforms: ['linux/amd64'] }] },
    ]);
    if (built === undefined) throw new Error('nothing was built');
    await publishImages(registry.host, [built]);
    const [blob] = [...built.blobs.keys()];
    if (blob === undefined) throw new Error('there is a blob');
    const address = { host: registry.host, insecure: true };
    const client = createRegistryClient(address, { env: {}, homeDirectory: temporaryDirectory().path });
    expect(await client.mount('mirror/golang', blob, 'mirror/debian')).toBe(true);
    const head = await fetch(`http://${registry.host}/v2/mirror/golang/blobs/${blob}`, { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(await client.mount('mirror/golang', base, 'mirror/debian')).toBe(false);
    expect(client.counts.blobMount).toBe(2);
    await client.close();
  });
});

describe('the record of blobs', () => {
  test('is read by the next run, however it was cut off, and has each line once', async () => {
    const file = join(temporaryDirectory().path, 'blobs', 'r.example');
    const first = await openBlobRecord(file);
    await first.add('mirror/debian', [base, own, base]);
    await first.add('mirror/golang', [base]);
    appendFileSync(file, `mirror/node ${base.slice(0, 20)}`);
    const second = await openBlobRecord(file);
    expect(second.repositories(base)).toEqual(['mirror/debian', 'mirror/golang']);
    expect(second.repositories(own)).toEqual(['mirror/debian']);
    expect(second.repositories(digest('other'))).toEqual([]);
    await second.add('mirror/debian', [base]);
    expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(4);
  });

  test('is kept in memory where its folder cannot be written', async () => {
    const file = join(temporaryDirectory().path, 'file');
    writeFileSync(file, '');
    const record = await openBlobRecord(join(file, 'below', 'r.example'));
    await record.add('mirror/debian', [base]);
    expect(record.repositories(base)).toEqual(['mirror/debian']);
  });

  test('takes nothing from a line that is none', async () => {
    const file = join(temporaryDirectory().path, 'record');
    writeFileSync(file, [`../x?y ${base}`, `a b ${base}`, `mirror/a ${base} more`, '\0', `mirror/b ${own}`].join('\n'));
    const record = await openBlobRecord(file);
    expect(record.repositories(base)).toEqual(['mirror/a']);
    expect(record.repositories(own)).toEqual(['mirror/b']);
  });
});

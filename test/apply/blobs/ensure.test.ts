import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openBlobRecord } from '../../../src/apply/blobs/index.ts';
import { parseImageName } from '../../../src/core/names.ts';
import { problemError, UserError } from '../../../src/core/problem.ts';
import { RegistryError } from '../../../src/registry/errors.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { blobNamed, blobWorld } from './blob-world.ts';

const [debian, golang, node, alpine] = ['debian', 'golang', 'node', 'alpine'].map(parseImageName) as [
  ReturnType<typeof parseImageName>,
  ReturnType<typeof parseImageName>,
  ReturnType<typeof parseImageName>,
  ReturnType<typeof parseImageName>,
];
const base = blobNamed('base');
const blobs = [base];
const request = { method: 'HEAD', host: 'r.example' };
const refused = (kind: 'server' | 'denied') => new RegistryError({ kind, request, summary: 'no.', status: 500 });
const methodsOf = (asked: readonly string[]) => asked.map((one) => one.split(' ')[0]).join(' ');

describe('a blob of one repository', () => {
  test('is asked for, and uploaded where it is not there', async () => {
    const world = await blobWorld({ blobs });
    await world.ensure(debian, base);
    expect(methodsOf(world.asked)).toBe('HEAD UPLOAD GET');
    expect(world.has('mirror/debian', base)).toBe(true);
  });

  test('that is there is asked for, and left', async () => {
    const world = await blobWorld({ blobs });
    world.put('mirror/debian', base);
    await world.ensure(debian, base);
    expect(methodsOf(world.asked)).toBe('HEAD');
  });

  test('is not asked for where the repository is new', async () => {
    const world = await blobWorld({ blobs, isNew: async () => true });
    await world.ensure(debian, base);
    expect(methodsOf(world.asked)).toBe('MOUNT FILL GET');
  });

  test('is not fetched again where the repository only looks new: its upload begins as a mount from itself', async () => {
    const world = await blobWorld({ blobs, isNew: async () => true });
    world.put('mirror/debian', base);
    await world.ensure(debian, base);
    expect(world.asked).toEqual([`MOUNT mirror/debian ${base.digest} mirror/debian`]);
    expect(world.record.has('mirror/debian', base.digest)).toBe(true);
  });

  test('is not uploaded where such a mount fails, which is tried again already', async () => {
    const fails = (request: string) => {
      if (request.startsWith('MOUNT')) throw refused('server');
    };
    const world = await blobWorld({ blobs, isNew: async () => true, before: fails });
    await expect(world.ensure(debian, base)).rejects.toThrow('no.');
    expect(methodsOf(world.asked)).toBe('MOUNT');
  });

  test('is uploaded where a registry refuses such a mount, which is tried once', async () => {
    const refuses = (request: string) => {
      const asked = { method: 'POST', host: 'r.example' };
      const details = { kind: 'refused' as const, request: asked, summary: 'no mounts here.', status: 405 };
      if (request.startsWith('MOUNT')) throw new RegistryError(details);
    };
    const layer = blobNamed('layer');
    const world = await blobWorld({ blobs: [base, layer], isNew: async () => true, before: refuses });
    await world.ensure(debian, base);
    await world.ensure(debian, layer);
    expect(methodsOf(world.asked)).toBe('MOUNT UPLOAD GET UPLOAD GET');
  });

  test('that this run or the record has put there costs no request', async () => {
    const world = await blobWorld({ blobs });
    await world.ensure(debian, base);
    world.asked.length = 0;
    await world.ensure(debian, base);
    const next = await blobWorld({ blobs, record: world.record });
    await next.ensure(debian, base);
    expect([...world.asked, ...next.asked]).toEqual([]);
  });

  test('is uploaded once, however many ask at the same time', async () => {
    const world = await blobWorld({ blobs });
    await Promise.all(Array.from({ length: 5 }, () => world.ensure(debian, base)));
    expect(methodsOf(world.asked)).toBe('HEAD UPLOAD GET');
  });

  test('of another size there, or of which the registry fails to say whether it is, is put again', async () => {
    const other = await blobWorld({ blobs });
    other.put('mirror/debian', { ...base, bytes: base.bytes.subarray(1) });
    await other.ensure(debian, base);
    expect(methodsOf(other.asked)).toBe('HEAD UPLOAD GET HEAD');
    let heads = 0;
    const failing = await blobWorld({
      blobs,
      before: (one) => {
        if (one.startsWith('HEAD') && ++heads === 1) throw refused('server');
      },
    });
    await failing.ensure(debian, base);
    expect(methodsOf(failing.asked)).toBe('HEAD UPLOAD GET HEAD');
  });

  test('for which we may not ask is an error, and nothing is fetched', async () => {
    const world = await blobWorld({
      blobs,
      before: () => {
        throw refused('denied');
      },
    });
    await expect(world.ensure(debian, base)).rejects.toMatchObject({ kind: 'denied' });
    expect(methodsOf(world.asked)).toBe('HEAD');
  });

  test('that is to be asked for is, whatever is known, and put again where it has gone', async () => {
    const world = await blobWorld({ blobs });
    await world.ensure(debian, base);
    world.asked.length = 0;
    await world.ensure(debian, base, { ask: true });
    expect(methodsOf(world.asked)).toBe('HEAD');
    world.lose('mirror/debian', base);
    await world.record.forget('mirror/debian', [base.digest]);
    world.asked.length = 0;
    await world.ensure(debian, base, { ask: true });
    expect(methodsOf(world.asked)).toBe('HEAD UPLOAD GET');
    expect(world.has('mirror/debian', base)).toBe(true);
  });

  test('of which wrong bytes came is asked for again, three times at most', async () => {
    const wrong = (bytes: Uint8Array) => bytes.map((byte) => byte ^ 255);
    const once = await blobWorld({ blobs, send: (bytes, nth) => (nth === 1 ? wrong(bytes) : bytes) });
    await once.ensure(debian, base);
    expect(once.has('mirror/debian', base)).toBe(true);
    const always = await blobWorld({ blobs, send: wrong });
    const error: unknown = await always.ensure(debian, base).catch((reason: unknown) => reason);
    expect(error instanceof UserError && error.problems[0]?.code).toBe('apply/blob-digest-mismatch');
    expect(always.count('UPLOAD')).toBe(3);
    expect(always.has('mirror/debian', base)).toBe(false);
    expect(always.record.has('mirror/debian', base.digest)).toBe(false);
  });
});

describe('a blob that several repositories need', () => {
  test('is fetched once: the second waits, then mounts', async () => {
    const world = await blobWorld({ blobs });
    await Promise.all([debian, golang, node].map((image) => world.ensure(image, base)));
    expect(world.count('GET source')).toBe(1);
    expect(world.count('MOUNT')).toBe(2);
    expect(world.count('UPLOAD')).toBe(1);
    for (const image of ['debian', 'golang', 'node']) expect(world.has(`mirror/${image}`, base)).toBe(true);
  });

  test('is waited for until the record has it, on disk too', async () => {
    const record = await openBlobRecord(join(temporaryDirectory().path, 'blobs', 'r.example'));
    const world = await blobWorld({ blobs, record });
    await Promise.all([debian, golang, node].map((image) => world.ensure(image, base)));
    expect([world.count('GET source'), world.count('MOUNT')]).toEqual([1, 2]);
  });

  test('is taken from the other repository into the upload that was begun, where mounting is refused', async () => {
    const world = await blobWorld({ blobs, mounts: 'begun' });
    await world.ensure(debian, base);
    world.asked.length = 0;
    await world.ensure(golang, base);
    expect(world.asked).toEqual([
      `MOUNT mirror/golang ${base.digest} mirror/debian`,
      `FILL mirror/golang ${base.digest}`,
      `GET own mirror/debian ${base.digest}`,
    ]);
    expect(world.own.report().bytes).toBe(base.size);
    world.asked.length = 0;
    await world.ensure(node, base);
    expect(methodsOf(world.asked)).toBe('HEAD MOUNT FILL GET');
    expect(world.count('GET source')).toBe(0);
  });

  test('comes from the source where the other repository has lost it', async () => {
    const world = await blobWorld({ blobs, mounts: 'begun' });
    await world.ensure(debian, base);
    world.lose('mirror/debian', base);
    world.asked.length = 0;
    await world.ensure(golang, base);
    expect(methodsOf(world.asked)).toBe('MOUNT FILL GET GET');
    expect(world.has('mirror/golang', base)).toBe(true);
  });

  test('is asked of another repository where one cannot give it, and of no more than two', async () => {
    const world = await blobWorld({
      blobs,
      before: (one) => {
        if (one.startsWith('MOUNT')) throw problemError('registry/denied', 'No.');
      },
    });
    for (const image of ['debian', 'node', 'alpine']) await world.record.add(`mirror/${image}`, [base.digest]);
    await world.ensure(golang, base);
    expect(world.asked.slice(0, 2)).toEqual(
      ['debian', 'node'].map((from) => `MOUNT mirror/golang ${base.digest} mirror/${from}`),
    );
    expect(methodsOf(world.asked)).toBe('MOUNT MOUNT HEAD UPLOAD GET');
  });

  test('is forgotten of a repository that is not there', async () => {
    const world = await blobWorld({ blobs });
    await world.record.add('mirror/debian', [base.digest]);
    const { ensure, record, client } = world;
    const mount = client.mount;
    client.mount = async (...asked) => {
      await mount(...asked);
      return 'not-found';
    };
    await ensure(golang, base);
    expect(record.repositories(base.digest)).toEqual(['mirror/golang']);
    expect(methodsOf(world.asked)).toBe('MOUNT HEAD UPLOAD GET');
  });

  test('that the first could not fetch is fetched by the next itself, and each is told its own reason', async () => {
    let fails = true;
    const world = await blobWorld({
      blobs,
      before: (one) => {
        if (!one.startsWith('UPLOAD') || !fails) return;
        fails = false;
        throw problemError('model/refused', 'No.');
      },
    });
    const ended = await Promise.allSettled([debian, golang, node].map((image) => world.ensure(image, base)));
    expect(ended.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    expect(world.count('GET source')).toBe(1);
    expect(world.count('MOUNT')).toBe(1);
  });

  test('an interrupt in a mount is no refusal', async () => {
    const reason = new Error('interrupted');
    const world = await blobWorld({
      blobs,
      before: (one) => {
        if (one.startsWith('MOUNT')) throw reason;
      },
    });
    await world.record.add('mirror/debian', [base.digest]);
    await expect(world.ensure(golang, base)).rejects.toBe(reason);
    expect(methodsOf(world.asked)).toBe('MOUNT');
  });
});

describe('any blobs of any repositories, in any order', () => {
  const images = [debian, golang, node, alpine];
  const many = ['a', 'b', 'c', 'd', 'e'].map(blobNamed);

  test('are there in the end, each fetched once, in one upload for each repository, and never from afar what is near', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom(...images), fc.constantFrom(...many)), { maxLength: 25 }),
        fc.array(fc.tuple(fc.constantFrom(...images), fc.constantFrom(...many)), { maxLength: 5 }),
        fc.constantFrom('made', 'begun'),
        fc.integer({ min: 1, max: 4 }),
        fc.scheduler(),
        async (wanted, had, mounts, atOnce, scheduler) => {
          const world = await blobWorld({
            ...{ blobs: many, mounts, atOnce },
            before: async (one) => {
              await scheduler.schedule(Promise.resolve(), one);
            },
          });
          for (const [image, blob] of had) world.put(`mirror/${image}`, blob);
          await scheduler.waitFor(Promise.all(wanted.map(([image, blob]) => world.ensure(image, blob))));
          for (const [image, blob] of wanted) {
            expect(world.has(`mirror/${image}`, blob)).toBe(true);
            expect(world.record.has(`mirror/${image}`, blob.digest)).toBe(true);
          }
          const fetched = world.asked.filter((one) => one.startsWith('GET source'));
          expect(new Set(fetched.map((one) => one.split(' ')[3])).size).toBe(fetched.length);
          const uploads = world.asked
            .filter((one) => /^(?:UPLOAD|FILL)/.test(one))
            .map((one) => one.split(' ').slice(1).join(' '));
          expect(new Set(uploads).size).toBe(uploads.length);
          const heads = world.asked.filter((one) => one.startsWith('HEAD'));
          expect(new Set(heads).size).toBe(heads.length);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('are there after a second run, whatever failed in the first', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom(...images), fc.constantFrom(...many)), { maxLength: 15 }),
        fc.infiniteStream(fc.integer({ min: 0, max: 99 })),
        fc.constantFrom('made', 'begun'),
        fc.scheduler(),
        async (wanted, dice, mounts, scheduler) => {
          let percent = 30;
          const world = await blobWorld({
            ...{ blobs: many, mounts },
            before: async (one) => {
              await scheduler.schedule(Promise.resolve(), one);
              if (dice.next().value < percent) throw problemError('model/refused', 'Refused.');
            },
          });
          const run = () =>
            scheduler.waitFor(Promise.allSettled(wanted.map(([image, blob]) => world.ensure(image, blob))));
          const first = await run();
          for (const [index, [image, blob]] of wanted.entries()) {
            if (first[index]?.status === 'fulfilled') expect(world.has(`mirror/${image}`, blob)).toBe(true);
          }
          percent = 0;
          for (const { status } of await run()) expect(status).toBe('fulfilled');
          for (const [image, blob] of wanted) expect(world.has(`mirror/${image}`, blob)).toBe(true);
        },
      ),
    );
  });
});

import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blobContent, wrongBytesCode } from '../../../src/apply/source/blob.ts';
import { type UpstreamRegistry, upstreamRegistry } from '../../../src/apply/source/upstream-registries.ts';
import { digestOf } from '../../../src/core/digest-of.ts';
import { parseImageName } from '../../../src/core/names.ts';
import { UserError } from '../../../src/core/problem.ts';
import type { BlobBody, BlobRef } from '../../../src/registry/types.ts';

const image = parseImageName('alpine');

/** How a place answers one request for a blob. */
interface Behaviour {
  /** How many bytes of what is asked for come before it breaks off; absent: all. */
  readonly cut?: number;
  /** Bytes of another content. */
  readonly lies?: boolean;
  /** Whether it sends from the start whatever was asked for. */
  readonly ignoresRange?: boolean;
  readonly absent?: boolean;
  /** More bytes after the last. */
  readonly more?: number;
  /** The size of the parts in which it sends. */
  readonly part: number;
}

interface Scripted {
  readonly place: UpstreamRegistry;
  /** From which byte on each request was. */
  readonly asked: number[];
}

/** A place that behaves as the script says, request by request, and as its last entry from then on. */
function scripted(name: string, bytes: Uint8Array, script: readonly Behaviour[], isSource = false): Scripted {
  const asked: number[] = [];
  const openBlob = async (_repository: string, _digest: string, from = 0): Promise<BlobBody | undefined> => {
    const behaviour = script[Math.min(asked.length, script.length - 1)] ?? { part: 10 };
    asked.push(from);
    if (behaviour.absent) return undefined;
    const offset = behaviour.ignoresRange ? 0 : from;
    const sent = behaviour.lies ? bytes.map((byte) => byte ^ 255) : bytes;
    const whole = Buffer.concat([sent.subarray(offset), new Uint8Array(behaviour.more ?? 0)]);
    const rest = whole.subarray(0, behaviour.cut ?? whole.byteLength);
    return { offset, stream: Readable.from(parts(rest, behaviour), { objectMode: false }) };
  };
  const client = {
    ...{ openBlob, pullLimit: undefined, counts: { manifestGet: 0 } },
    head: async () => undefined,
    get: async () => undefined,
  };
  const place = upstreamRegistry(
    { place: { registry: { host: name, insecure: false }, namespace: '' }, client },
    isSource,
  );
  return { place, asked };
}

async function* parts(bytes: Uint8Array, { cut, part }: Behaviour): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += part) yield bytes.subarray(at, at + part);
  if (cut !== undefined) throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
}

function blobOf(bytes: Uint8Array): BlobRef {
  return { digest: digestOf(bytes), size: bytes.byteLength };
}

/** Reads a blob; gives what came, and with which problem it ended. */
async function read(blob: BlobRef, places: readonly Scripted[]) {
  const chunks: Uint8Array[] = [];
  let passedOn = 0;
  const inUse = () => places.map(({ place }) => place).filter((place) => !place.isDropped());
  const content = blobContent(image, blob, inUse, (count) => {
    passedOn += count;
  });
  let problem: string | undefined;
  try {
    for await (const chunk of content(new AbortController().signal)) chunks.push(Uint8Array.from(chunk));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    problem = error.problems[0]?.code;
  }
  const bytes = Buffer.concat(chunks);
  expect(passedOn).toBe(bytes.byteLength);
  return { bytes, problem };
}

const anyBytes = fc.uint8Array({ minLength: 0, maxLength: 200 });
const anyPart = fc.integer({ min: 1, max: 64 });
const anyBehaviour: fc.Arbitrary<Behaviour> = fc.record(
  {
    cut: fc.integer({ min: 0, max: 150 }),
    lies: fc.boolean(),
    ignoresRange: fc.boolean(),
    absent: fc.boolean(),
    more: fc.integer({ min: 0, max: 3 }),
    part: anyPart,
  },
  { requiredKeys: ['part'] },
);
const anyPlace = fc.array(anyBehaviour, { minLength: 1, maxLength: 4 });

describe('a blob from places that behave in any way', () => {
  test('is given whole and right, or ends in a problem before its last byte', async () => {
    await fc.assert(
      fc.asyncProperty(anyBytes, fc.array(anyPlace, { minLength: 1, maxLength: 3 }), async (bytes, scripts) => {
        const places = scripts.map((script, index) =>
          scripted(`place${index}.example`, bytes, script, index === scripts.length - 1),
        );
        const { bytes: came, problem } = await read(blobOf(bytes), places);
        if (problem === undefined) expect(Buffer.from(bytes).equals(came)).toBe(true);
        // Of what is wrong the last never comes: no digest of a prefix is the blob's.
        else if (bytes.byteLength > 0) expect(came.byteLength).toBeLessThan(bytes.byteLength);
      }),
      { numRuns: 500 },
    );
  });

  test('that break off, but give something each time, is given whole, and no byte is asked for twice', async () => {
    const script = fc.array(fc.record({ cut: fc.integer({ min: 1, max: 60 }), part: anyPart }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(anyBytes, script, async (bytes, cuts) => {
        const source = scripted('source.example', bytes, [...cuts, { part: 10 }], true);
        const { bytes: came, problem } = await read(blobOf(bytes), [source]);
        expect(problem).toBeUndefined();
        expect(Buffer.from(bytes).equals(came)).toBe(true);
        expect(source.asked).toEqual([...new Set(source.asked)].toSorted((a, b) => a - b));
        expect(source.place.report().bytes).toBe(bytes.byteLength);
      }),
    );
  });
});

const bytes = Buffer.from(Array.from({ length: 100 }, (_, index) => index));
const blob = blobOf(bytes);
const whole = { part: 10 };

describe('a blob', () => {
  test('that breaks off at one place is gone on with at the next, from where it ended', async () => {
    const [first, source] = [
      scripted('first.example', bytes, [{ part: 10, cut: 40 }]),
      scripted('source.example', bytes, [whole], true),
    ];
    const { bytes: came } = await read(blob, [first, source]);
    expect(came.equals(bytes)).toBe(true);
    expect([first.asked, source.asked]).toEqual([[0], [40]]);
    expect([first.place.report().bytes, source.place.report().bytes]).toEqual([40, 60]);
    expect(first.place.isDropped()).toBe(false);
  });

  test('that a place sends from the start again is passed over as far as it is known', async () => {
    const source = scripted(
      'source.example',
      bytes,
      [
        { part: 7, cut: 42 },
        { part: 9, ignoresRange: true },
      ],
      true,
    );
    expect((await read(blob, [source])).bytes.equals(bytes)).toBe(true);
    expect(source.asked).toEqual([0, 42]);
  });

  test('whose last part is wrong never has that part, and who sent it is dropped', async () => {
    const liar = scripted('liar.example', bytes, [{ part: 10, lies: true }]);
    const source = scripted('source.example', bytes, [whole], true);
    const { bytes: came, problem } = await read(blob, [liar, source]);
    expect(problem).toBe(wrongBytesCode);
    expect(came.byteLength).toBe(90);
    expect(liar.place.report().dropped?.code).toBe('apply/alternate-lies');
    expect((await read(blob, [liar, source])).bytes.equals(bytes)).toBe(true);
    expect(source.asked).toEqual([0]);
  });

  test('of one wrong part is asked for at the next place: nothing was passed on', async () => {
    const liar = scripted('liar.example', bytes, [{ part: 100, lies: true }]);
    const source = scripted('source.example', bytes, [whole], true);
    expect(await read(blob, [liar, source])).toEqual({ bytes, problem: undefined });
    expect(liar.place.report().dropped?.code).toBe('apply/alternate-lies');
  });

  test.each([
    ['more bytes', { part: 10, more: 1 }],
    ['fewer bytes', { part: 10, cut: 99 }],
  ])('of %s than it has is never whole', async (_, behaviour) => {
    const source = scripted('source.example', bytes, [behaviour], true);
    const { bytes: came, problem } = await read({ ...blob, size: 100 }, [source]);
    if (problem === undefined) expect(came.equals(bytes)).toBe(true);
    else expect(came.byteLength).toBeLessThan(100);
  });

  test('that several places together gave wrongly is put to nobody’s account', async () => {
    const [first, second] = [
      scripted('first.example', bytes, [{ part: 10, cut: 50 }]),
      scripted('second.example', bytes, [{ part: 10, lies: true }]),
    ];
    const { problem } = await read(blob, [first, second]);
    expect(problem).toBe(wrongBytesCode);
    expect([first, second].map(({ place }) => place.isDropped())).toEqual([false, false]);
  });

  test('that breaks off behind its last byte is whole: nothing is asked for that begins there', async () => {
    const source = scripted('source.example', bytes, [{ part: 10, cut: 100 }], true);
    expect(await read(blob, [source])).toEqual({ bytes, problem: undefined });
    expect(source.asked).toEqual([0]);
  });

  test('that no place has is a problem, and one that never gives a byte is not asked for ever', async () => {
    const absent = scripted('a.example', bytes, [{ part: 1, absent: true }], true);
    expect(await read(blob, [absent])).toEqual({ bytes: Buffer.alloc(0), problem: 'apply/blob-not-found' });
    const dead = scripted('b.example', bytes, [{ part: 1, cut: 0 }], true);
    expect((await read(blob, [dead])).problem).toBe('apply/blob-broken-off');
    expect(dead.asked.length).toBeLessThanOrEqual(10);
  });

  test('that is empty is given as no bytes', async () => {
    const source = scripted('source.example', new Uint8Array(), [whole], true);
    expect(await read(blobOf(new Uint8Array()), [source])).toEqual({ bytes: Buffer.alloc(0), problem: undefined });
  });

  test('that nobody waits for any more ends what it is read from', async () => {
    let stream: Readable | undefined;
    const { place } = scripted('source.example', bytes, [whole], true);
    const slow: UpstreamRegistry = {
      ...place,
      client: {
        ...place.client,
        async openBlob() {
          stream = new Readable({ objectMode: true, read() {} });
          stream.push(bytes.subarray(0, 10));
          stream.push(bytes.subarray(10, 20));
          return { offset: 0, stream };
        },
      },
    };
    const reading = new AbortController();
    const reason = new Error('enough');
    const content = blobContent(image, blob, () => [slow])(reading.signal)[Symbol.asyncIterator]();
    await content.next();
    const rest = content.next();
    reading.abort(reason);
    await expect(rest).rejects.toBe(reason);
    expect(stream?.destroyed).toBe(true);
  });
});

import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { CliResult } from '../support/cli.ts';
import type { AnswerHook, InjectedAnswer } from '../support/counting-proxy.ts';
import { type ManyDestinations, manyDestinations } from '../support/faults/many-destinations.ts';
import { lockedTags, mirrorlock, readLock } from '../support/mirror.ts';
import type { RegistryRequest } from '../support/registry-request.ts';
import { everything } from '../support/tiny-library.ts';
import type { SeenRequest } from '../support/traffic.ts';
import { setWorld, type World } from '../support/world.ts';

// What is tried again waits 15 s in all, at all destinations side by side.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const statuses = [400, 401, 403, 404, 405, 411, 412, 413, 416, 429, 500, 502, 503, 507] as const;
type Method = 'POST' | 'PATCH' | 'PUT';

const library = {
  tiny: `Maintainers: Nobody in Particular (@nobody)
GitRepo: https://example.invalid/tiny.git

Tags: 1.0, latest
Architectures: amd64
GitCommit: ${'5'.repeat(40)}
`,
};

/** What a registry says with a refusal. */
function refusal(status: number): InjectedAnswer {
  const body = JSON.stringify({ errors: [{ code: 'FAULT', message: `said with ${status}` }] });
  return {
    status,
    headers: {
      'content-type': 'application/json',
      // The shortest wait that a registry can ask for.
      ...(status === 429 ? { 'retry-after': '0' } : {}),
      ...(status === 401 ? { 'www-authenticate': 'Basic realm="test"' } : {}),
    },
    body,
  };
}

/** A registry that takes blobs in parts only, as those do that refuse a whole PUT. */
function onlyParts({ method, kind }: RegistryRequest, length: number): InjectedAnswer | undefined {
  return kind === 'upload' && method === 'PUT' && length > 0 ? { status: 405 } : undefined;
}

/** Refuses requests of an upload by one method, the first or all. */
function refusing(method: Method, status: number, often: 'once' | 'for ever'): AnswerHook {
  let refused = 0;
  return (request, { headers }) => {
    const inParts = method === 'PATCH' ? onlyParts(request, Number(headers['content-length'])) : undefined;
    if (inParts !== undefined) return inParts;
    if (request.kind !== 'upload' || request.method !== method || (often === 'once' && refused > 0)) return undefined;
    refused += 1;
    return refusal(status);
  };
}

/** By these it says that it knows of no such upload. */
const lostTrack: readonly number[] = [400, 404, 416];

const notRun: CliResult = { code: undefined, signal: undefined, stdout: '', stderr: '' };

/** What the image has. */
const blobs = 5;
/** How often an upload may be begun, and begun anew with other parts. */
const [mostTries, sizesOfParts] = [5, 2];

describe.concurrent.each([
  ['POST', 'once'],
  ['PATCH', 'once'],
  ['PUT', 'once'],
  ['POST', 'for ever'],
  ['PATCH', 'for ever'],
  ['PUT', 'for ever'],
] as const)('a destination that refuses %s of an upload %s', (method, often) => {
  let world: World;
  let many: ManyDestinations;
  let [first, again]: [CliResult, CliResult] = [notRun, notRun];
  let [firstPulls, morePulls] = [0, 0];
  let seen: Map<string, readonly SeenRequest[]>;
  let tagsBetween: Map<string, Map<string, string>>;

  beforeAll(async () => {
    world = await setWorld({ images: everything, library });
    // A source that counts pulls, so that what was pulled is kept for the next run.
    world.source.respond(() => ({
      passes: true,
      addHeaders: { 'ratelimit-limit': '1000;w=21600', 'ratelimit-remaining': '900;w=21600' },
    }));
    expect((await mirrorlock(world, ['lock'])).code).toBe(0);
    many = await manyDestinations(
      world,
      statuses.map((status) => `s${status}`),
    );
    for (const { name, proxy } of many.destinations) proxy.respond(refusing(method, Number(name.slice(1)), often));
    world.source.reset();
    first = await mirrorlock(many.world, ['apply', '--json', '--jobs', '64']);
    firstPulls = world.source.counts().manifestGet;
    seen = new Map(many.destinations.map(({ name, proxy }) => [name, [...proxy.seen()]]));
    tagsBetween = new Map(
      await Promise.all(many.destinations.map(async (one) => [one.name, await one.tags('tiny')] as const)),
    );
    for (const { proxy } of many.destinations) proxy.respond(undefined);
    again = await mirrorlock(many.world, ['apply', '--json', '--jobs', '64']);
    morePulls = world.source.counts().manifestGet - firstPulls;
  });

  const failuresAt = (name: string): { problem: { message: string; code: string } }[] =>
    JSON.parse(first.stdout).destinations.find((one: { name: string }) => one.name === name).failures;
  const wanted = () =>
    new Map([...lockedTags(readLock(world))].map(([name, digest]) => [name.replace('tiny:', ''), digest] as const));

  it.each(statuses)('with %i ends well, or says so', (status) => {
    const name = `s${status}`;
    const failures = failuresAt(name);
    if (failures.length === 0) {
      expect(often).toBe('once');
      return expect(tagsBetween.get(name)).toEqual(wanted());
    }
    expect(first.code).toBe(1);
    expect(failures).toHaveLength(1);
    const [{ problem } = { problem: { code: '', message: '' } }] = failures;
    expect(problem.code).toMatch(/^registry\/[a-z-]+$/);
    // Its status, and its own words.
    expect(problem.message).toContain(`(${status})`);
    expect(problem.message).toContain(`said with ${status}`);
    expect(first.stderr).toContain(problem.message);
    expect(first.stderr).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
    expect(tagsBetween.get(name)).toEqual(new Map());
  });

  it.each(statuses)('with %i is asked no more often than the table of retries has it', (status) => {
    const uploads = (seen.get(`s${status}`) ?? []).filter(({ kind }) => kind === 'upload');
    const begun = uploads.filter((request) => request.method === 'POST').length;
    expect(begun).toBeLessThanOrEqual(blobs * (mostTries + sizesOfParts));
  });

  it.each(statuses.filter((status) => !lostTrack.includes(status)))(
    'with %i gets back each upload that it has begun and not taken',
    (status) => {
      const uploads = (seen.get(`s${status}`) ?? []).filter(({ kind }) => kind === 'upload');
      const count = (by: string, ok: number) =>
        uploads.filter((request) => request.method === by && request.status === ok).length;
      expect(count('POST', 202)).toBe(count('PUT', 201) + count('DELETE', 204));
    },
  );

  it('is made whole by the next run', async () => {
    expect(again.code, again.stderr).toBe(0);
    for (const one of many.destinations) expect(await one.tags('tiny'), one.name).toEqual(wanted());
  });

  it('costs each manifest one pull, in the next run none', () => {
    expect([firstPulls, morePulls]).toEqual([3, 0]);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ExitCode } from '../../src/core/exit-code.ts';
import { type ImageName, parseImageName, type Tag } from '../../src/core/names.ts';
import { problemError, UserError } from '../../src/core/problem.ts';
import type { Progress } from '../../src/core/progress.ts';
import { resolve } from '../../src/resolve/resolve.ts';
import type { DigestLookup } from '../../src/resolve/types.ts';
import type { SelectedImage } from '../../src/select/types.ts';
import { inAnyOrder } from '../support/any-order.ts';
import { digest, tags } from '../support/lockfiles.ts';

/** An image of groups, each a line of tags, with the wanted ones after a `|` where they are not all. */
function selected(name: string, ...lines: readonly string[]): SelectedImage {
  return {
    image: parseImageName(name),
    groups: lines.map((line) => {
      const [all = '', wanted = all] = line.split(' | ');
      return { wanted: tags(wanted), group: { tags: tags(all), platforms: ['linux/amd64'], shared: false } };
    }),
  };
}

const digestOf = (image: ImageName, tag: Tag) => digest(`${image}:${tag}`);
const always: DigestLookup = async (image, tag) => digestOf(image, tag);

function failing(exitCode: ExitCode = ExitCode.failed): DigestLookup {
  return async (image, tag) => {
    const { problems } = problemError('registry/denied', 'Denied.', `${image}:${tag}`);
    throw new UserError(problems, { exitCode });
  };
}

async function failureOf(work: Promise<unknown>): Promise<UserError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof UserError) return error;
  throw new Error(`no UserError, but ${String(error)}`);
}

const manyGroups = Array.from({ length: 200 }, (_, index) => `${index}.1 ${index}`);

describe('resolve asks one question a group', () => {
  test('for its first tag, also where the rules want only others', async () => {
    const asked: string[] = [];
    const result = await resolve(
      [selected('debian', 'bookworm 12.12 12 | 12', 'trixie 13'), selected('alpine', '3.23.2 3.23 latest')],
      async (image, tag) => {
        asked.push(`${image}:${tag}`);
        return digestOf(image, tag);
      },
    );
    expect(asked.sort()).toEqual(['alpine:3.23.2', 'debian:bookworm', 'debian:trixie']);
    expect(result[0]?.groups[0]).toEqual({
      wanted: ['12'],
      group: { tags: ['bookworm', '12.12', '12'], platforms: ['linux/amd64'], shared: false },
      digest: digest('debian:bookworm'),
    });
  });

  test('and a group that is not published has no digest', async () => {
    const [image] = await resolve([selected('debian', 'forky', 'trixie')], async (name, tag) =>
      tag === 'forky' ? undefined : digestOf(name, tag),
    );
    expect(image?.groups.map((group) => group.digest)).toEqual([undefined, digest('debian:trixie')]);
  });

  test('and nothing for nothing', async () => {
    expect(await resolve([], failing())).toEqual([]);
  });

  test('and tells its progress by group', async () => {
    const seen: string[] = [];
    const progress: Progress = {
      start: (title, total) => {
        seen.push(`${title} ${total}`);
        return {
          advance: (_, detail) => seen.push(detail ?? ''),
          moved() {},
          expect() {},
          end: () => seen.push('end'),
        };
      },
    };
    await resolve([selected('debian', 'a b', 'c')], always, { progress });
    expect(seen).toEqual(['Asking for digests 2', 'debian:a', 'debian:c', 'end']);
  });
});

describe('promise 5: equal inputs give equal bytes, in any order of arrival', () => {
  const images = [selected('alpine', '3 latest', 'edge'), selected('debian', '13 trixie', '12', '11')];

  test('the result of resolve is the same', async () => {
    const expected = await resolve(images, always);
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const lookup = inAnyOrder(scheduler, always);
        expect(await scheduler.waitFor(resolve(images, lookup))).toEqual(expected);
      }),
    );
  });

  test('and so are its problems', async () => {
    const lookup: DigestLookup = (image, tag) => (image === 'debian' ? failing()(image, tag) : always(image, tag));
    const expected = await failureOf(resolve(images, lookup));
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const error = await scheduler.waitFor(failureOf(resolve(images, inAnyOrder(scheduler, lookup))));
        expect(error.problems).toEqual(expected.problems);
      }),
    );
  });
});

describe('resolve collects failures', () => {
  test('of all groups that could not be asked, and has the exit code of the first', async () => {
    const images = [selected('alpine', '3', 'edge'), selected('debian', '13')];
    const error = await failureOf(resolve(images, failing(ExitCode.budget)));
    expect(error.problems.map(({ value }) => value)).toEqual(['alpine:3', 'alpine:edge', 'debian:13']);
    expect(error.exitCode).toBe(ExitCode.budget);
  });

  test('and gives up when several failed, without asking for hundreds more', async () => {
    let asked = 0;
    const error = await failureOf(
      resolve([selected('debian', ...manyGroups)], async (image, tag) => {
        asked += 1;
        await new Promise((done) => setImmediate(done));
        return failing()(image, tag);
      }),
    );
    expect(asked).toBeLessThan(40);
    expect(error.problems.at(-1)).toMatchObject({ code: 'resolve/gave-up', severity: 'error' });
    expect(error.problems.at(-1)?.message).toMatch(/^Gave up after \d+ of 200 groups could not be asked\.$/);
  });

  test('and says that it gave up from the fifth on', async () => {
    for (const [count, last] of [
      [4, 'registry/denied'],
      [5, 'resolve/gave-up'],
    ] as const) {
      const error = await failureOf(resolve([selected('debian', ...manyGroups.slice(0, count))], failing()));
      expect(error.problems.at(-1)?.code).toBe(last);
    }
  });

  test('but a few failures among many groups do not hide the others', async () => {
    let asked = 0;
    const error = await failureOf(
      resolve([selected('debian', ...manyGroups)], async (image, tag) => {
        asked += 1;
        return tag === '3.1' ? failing()(image, tag) : digestOf(image, tag);
      }),
    );
    expect(asked).toBe(200);
    expect(error.problems.map(({ code }) => code)).toEqual(['registry/denied']);
  });

  test('but a bug goes up as it is', async () => {
    const bug = new TypeError('a bug');
    await expect(resolve([selected('debian', ...manyGroups)], () => Promise.reject(bug))).rejects.toBe(bug);
  });
});

describe('an interrupt', () => {
  test('before the work asks nothing', async () => {
    const signal = AbortSignal.abort(new Error('interrupted'));
    let asked = 0;
    const lookup: DigestLookup = async (image, tag) => {
      asked += 1;
      return digestOf(image, tag);
    };
    await expect(resolve([selected('debian', '13')], lookup, { signal })).rejects.toThrow('interrupted');
    expect(asked).toBe(0);
  });

  test('in the middle ends the work with its reason and asks no more', async () => {
    const controller = new AbortController();
    let asked = 0;
    const lookup: DigestLookup = async (image, tag) => {
      asked += 1;
      if (asked === 50) controller.abort(new Error('interrupted'));
      return digestOf(image, tag);
    };
    const work = resolve([selected('debian', ...manyGroups)], lookup, { signal: controller.signal });
    await expect(work).rejects.toThrow('interrupted');
    await new Promise((done) => setImmediate(done));
    expect(asked).toBeLessThan(90);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type About, byCause } from '../../src/core/causes.ts';
import type { Problem } from '../../src/core/problem.ts';
import { someOf } from '../../src/core/words.ts';

const digest = (nth: number) => `sha256:${String(nth).padStart(64, '0')}`;

/** What failed about the tag of an image, with a message that names them. */
function about(image: string, tag: string, message: string, more: Partial<Problem> = {}): About {
  const problem: Problem = { code: 'registry/denied', severity: 'error', message, ...more };
  return { problem, names: [image], tags: [tag] };
}

const same = (one: About) => one;
const countsOf = (failed: readonly About[]) => byCause(failed, same).map(({ stopped }) => stopped.length);

describe('a cause', () => {
  test.each([
    ['a request', (image: string, tag: string) => `PUT h:5000/mirror/${image}:${tag}: access is denied (403).`],
    ['a digest', (image: string) => `HEAD h/${image}@${digest(image.length)}: no (${digest(image.length)}).`],
    [
      'the words of ECR',
      (image: string) => `POST h/x/${image}: no (404). The registry says: The repository 'x/${image}' …`,
    ],
    [
      'a tag in quotes',
      (image: string, tag: string) => `PUT h/${image}:${tag}: no. The tag '${tag}' of ${image} is immutable.`,
    ],
    ['sizes', (image: string) => `PUT h/a: full (403). The registry says: adding ${image.length}.25 MiB of storage`],
    ['a token server', (image: string) => `Token for h/${image} (at tokens.example): a login is needed (401).`],
  ])('is the same for several images where its message differs by %s', (_, message) => {
    const failed = [about('alpine', '3', message('alpine', '3')), about('golang', '1.27', message('golang', '1.27'))];
    expect(countsOf(failed)).toEqual([2]);
  });

  test('is another with another status, code, hint or place', () => {
    const message = 'PUT h/a:1: no (403).';
    const failed = [
      about('a', '1', message),
      about('a', '1', 'PUT h/a:1: no (404).'),
      about('a', '1', message, { code: 'registry/refused' }),
      about('a', '1', message, { hint: 'aws ecr create-repository --repository-name a' }),
      about('a', '1', message, { place: { file: 'x' } }),
    ];
    expect(countsOf(failed)).toEqual([1, 1, 1, 1, 1]);
  });

  test('has the first problem, without its value where others have another', () => {
    const failed = [
      about('a', '1', 'HEAD h/a:1: no.', { value: digest(1) }),
      about('b', '2', 'HEAD h/b:2: no.', { value: digest(2) }),
      about('c', '3', 'HEAD h: gone.', { value: 'ECONNREFUSED' }),
      about('d', '4', 'GET h: gone.', { value: 'ECONNREFUSED' }),
    ];
    expect(byCause(failed, same)).toMatchObject([
      { problem: { message: 'HEAD h/a:1: no.' } },
      { problem: { message: 'HEAD h: gone.', value: 'ECONNREFUSED' } },
    ]);
    expect(byCause(failed, same)[0]?.problem).not.toHaveProperty('value');
  });

  test('keeps each that failed once, in order, whatever the names and words', () => {
    const one = fc.record({ image: fc.string(), tag: fc.string(), message: fc.string() });
    fc.assert(
      fc.property(fc.array(one), (all) => {
        const failed = all.map(({ image, tag, message }) => about(image, tag, message));
        const causes = byCause(failed, same);
        expect(causes.flatMap(({ stopped }) => stopped).toSorted(byIndexIn(failed))).toEqual(failed);
        for (const { stopped } of causes) expect(stopped).toEqual(stopped.toSorted(byIndexIn(failed)));
      }),
    );
  });
});

const byIndexIn = (all: readonly About[]) => (one: About, other: About) => all.indexOf(one) - all.indexOf(other);

test('names are told up to six', () => {
  expect(someOf(['a', 'b'])).toBe('a, b');
  expect(someOf(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'])).toBe('a, b, c, d, e, f and 2 more');
});

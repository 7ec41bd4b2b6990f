import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Digest, ImageName } from '../../src/core/names.ts';
import { type ImageWork, imageWork, matrixJson, shareOut } from '../../src/plan/matrix.ts';
import type { PlannedGroup } from '../../src/plan/types.ts';
import { locked, lockedImage, pending } from '../support/lockfiles.ts';

const works = (most: number, least = 0) =>
  fc
    .array(fc.record({ pulls: fc.nat({ max: 40 }), puts: fc.integer({ min: 1, max: 30 }) }), {
      minLength: least,
      maxLength: most,
    })
    .map((costs) => costs.map((cost, at): ImageWork => ({ image: `image-${at}` as ImageName, ...cost })));
const jobCounts = fc.integer({ min: 1, max: 12 });

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
const busiest = (loads: readonly number[]) => Math.max(0, ...loads);

/** The pulls of the busiest job of the best split: every split is tried, those of equal loads once. */
function best(pulls: readonly number[], jobs: number): number {
  const [next, ...rest] = pulls;
  let splits = new Set([JSON.stringify(new Array(jobs).fill(0))]);
  for (const pull of next === undefined ? [] : [next, ...rest]) {
    const grown = [...splits].flatMap((split) => {
      const loads = JSON.parse(split) as number[];
      return loads.map((load, at) =>
        JSON.stringify(loads.map((other, index) => (index === at ? load + pull : other)).sort((a, b) => a - b)),
      );
    });
    splits = new Set(grown);
  }
  return Math.min(...[...splits].map((split) => busiest(JSON.parse(split))));
}

describe('the matrix of a plan', () => {
  test('every image is in exactly one job, no job is empty, and there are at most as many as asked for', () => {
    fc.assert(
      fc.property(works(40), jobCounts, (work, most) => {
        const jobs = shareOut(work, most);
        expect(jobs.flatMap(({ images }) => images).sort()).toEqual(work.map(({ image }) => image).sort());
        expect(jobs.length).toBe(Math.min(most, work.length));
        expect(jobs.filter(({ images }) => images.length === 0)).toEqual([]);
        for (const { images, pulls } of jobs) {
          expect(pulls).toBe(sum(work.filter(({ image }) => images.includes(image)).map((one) => one.pulls)));
        }
      }),
    );
  });

  test('the busiest job has at most 4/3 - 1/(3m) of the pulls of the best split', () => {
    fc.assert(
      fc.property(works(8), fc.integer({ min: 1, max: 4 }), (work, most) => {
        const optimum = best(
          work.map(({ pulls }) => pulls),
          most,
        );
        const found = busiest(shareOut(work, most).map(({ pulls }) => pulls));
        expect(found).toBeGreaterThanOrEqual(optimum);
        expect(found).toBeLessThanOrEqual((4 / 3 - 1 / (3 * most)) * optimum + 1e-9);
      }),
      { numRuns: 200 },
    );
  });

  test('many images are balanced: no job has more than the mean and the dearest image', () => {
    fc.assert(
      fc.property(works(80, 1), jobCounts, (work, most) => {
        const mean = sum(work.map(({ pulls }) => pulls)) / most;
        const dearest = busiest(work.map(({ pulls }) => pulls));
        const jobs = shareOut(work, most);
        expect(busiest(jobs.map(({ pulls }) => pulls))).toBeLessThanOrEqual(mean + (1 - 1 / most) * dearest + 1e-9);
      }),
    );
  });

  test('images that only need tags are spread by their tags', () => {
    const work = [8, 5, 4, 3].map((puts, at): ImageWork => ({ image: `i${at}` as ImageName, pulls: 0, puts }));
    expect(shareOut(work, 2).map(({ images }) => images)).toEqual([
      ['i0', 'i3'],
      ['i1', 'i2'],
    ]);
  });

  test('images that cost the same are shared out by their names, and a job names its images in order', () => {
    const work = (...names: readonly string[]) =>
      names.map((image): ImageWork => ({ image: image as ImageName, pulls: 2, puts: 1 }));
    expect(shareOut(work('b', 'c', 'a'), 2).map(({ images }) => images)).toEqual([['a', 'c'], ['b']]);
    expect(shareOut(work('c', 'b', 'a'), 2).map(({ images }) => images)).toEqual([['a', 'c'], ['b']]);
    const [cheap, dear] = work('a', 'b') as [ImageWork, ImageWork];
    expect(shareOut([cheap, { ...dear, pulls: 9 }], 1)).toEqual([{ images: ['a', 'b'], pulls: 11 }]);
  });

  test('it is the same in any order of arrival', () => {
    fc.assert(
      fc.property(
        works(20).chain((work) => fc.tuple(fc.constant(work), fc.shuffledSubarray(work, { minLength: work.length }))),
        jobCounts,
        ([work, shuffled], most) => {
          expect(shareOut(shuffled, most)).toEqual(shareOut(work, most));
        },
      ),
    );
  });
});

test('the work of an image is summed over groups and destinations', () => {
  const group = (image: string, copy: boolean, tags: number): PlannedGroup => ({
    image: image as ImageName,
    digest: `sha256:${'0'.repeat(64)}` as Digest,
    copy,
    put: Array.from({ length: tags }, (_, at) => ({ tag: `t${at}` as never, replaces: undefined })),
  });
  const plans = [
    { groups: [group('alpine', true, 3), group('alpine', false, 1), group('debian', false, 2)], unchanged: 1 },
    { groups: [group('alpine', true, 3)], unchanged: 0 },
  ];
  expect(imageWork(plans)).toEqual([
    { image: 'alpine', pulls: 2, puts: 7 },
    { image: 'debian', pulls: 0, puts: 2 },
  ]);
});

test('a workflow reads it as include, with jobs counted from 1', () => {
  const jobs = [
    { images: ['alpine', 'debian'] as ImageName[], pulls: 12 },
    { images: ['node'] as ImageName[], pulls: 3 },
  ];
  expect(JSON.stringify(matrixJson(jobs))).toBe(
    '{"include":[{"job":"1","images":"alpine,debian","pulls":12},{"job":"2","images":"node","pulls":3}]}',
  );
  expect(JSON.stringify(matrixJson([]))).toBe('{"include":[]}');
});

test('an image that a destination did not let be looked at may have all to do', () => {
  const images = [lockedImage('alpine', locked('a', '3 latest'), pending('4'), locked('b', 'edge'))];
  expect(imageWork([], images)).toEqual([{ image: 'alpine', pulls: 2, puts: 3 }]);
});

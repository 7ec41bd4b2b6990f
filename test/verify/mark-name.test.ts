import { expect, test } from 'vitest';
import { freeMarkName } from '../../src/runs/verify/mark.ts';

const at = new Date('2026-08-21T12:00:59.999Z');
const name = 'mirrored/2026-08-21T1200Z';

test('a mark is named by the minute in UTC', () => {
  expect(freeMarkName(at, new Set())).toBe(name);
  expect(freeMarkName(new Date('2026-01-02T03:04:05+02:00'), new Set())).toBe('mirrored/2026-01-02T0104Z');
});

test('a name that is taken is followed by the next that is free', () => {
  expect(freeMarkName(at, new Set([name]))).toBe(`${name}-2`);
  expect(freeMarkName(at, new Set([name, `${name}-3`]))).toBe(`${name}-2`);
  expect(freeMarkName(at, new Set([name, `${name}-2`]))).toBe(`${name}-3`);
});

test('a hundredth mark in a minute has no name', () => {
  const taken = new Set([name, ...Array.from({ length: 98 }, (_, index) => `${name}-${index + 2}`)]);
  expect(freeMarkName(at, taken)).toBeUndefined();
});

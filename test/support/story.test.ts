import { expect } from 'vitest';
import { story } from './story.ts';

const step = story();
const taken: string[] = [];

step('a step begins a story', () => {
  taken.push('first');
});

step('a step waits for the one before', async () => {
  await new Promise((done) => setImmediate(done));
  expect(taken).toEqual(['first']);
  taken.push('second');
});

step('a step finds all before it taken once, whichever test runs first', () => {
  expect(taken).toEqual(['first', 'second']);
});

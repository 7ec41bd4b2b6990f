import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { cacheFolder, findPackage, wantsColour } from '../../src/cli/surroundings.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('colour', () => {
  const terminal = { isTTY: true };
  const pipe = {};

  test.each([
    ['on a terminal', {}, terminal, true],
    ['not in a pipe', {}, pipe, false],
    ['not on a terminal that knows none', { TERM: 'dumb' }, terminal, false],
    ['not with NO_COLOR', { NO_COLOR: '1' }, terminal, false],
    ['despite an empty NO_COLOR', { NO_COLOR: '' }, terminal, true],
    ['in a pipe with FORCE_COLOR', { FORCE_COLOR: '1' }, pipe, true],
    ['not in a pipe with an empty FORCE_COLOR', { FORCE_COLOR: '' }, pipe, false],
    ['not in a pipe with FORCE_COLOR=0', { FORCE_COLOR: '0' }, pipe, false],
    ['with FORCE_COLOR against NO_COLOR', { FORCE_COLOR: '1', NO_COLOR: '1' }, terminal, true],
  ])('%s', (_, env, stream, expected) => {
    expect(wantsColour(env, stream)).toBe(expected);
  });
});

describe('folders', () => {
  test('the cache is where MIRRORLOCK_CACHE says, else among the caches of the user', () => {
    expect(cacheFolder({ MIRRORLOCK_CACHE: '/somewhere' })).toBe('/somewhere');
    expect(cacheFolder({ MIRRORLOCK_CACHE: '' })).toMatch(/mirrorlock$/);
    expect(cacheFolder({})).toMatch(/mirrorlock$/);
  });

  test('the package is found from inside, and its absence is a bug that says so', () => {
    const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
    expect(findPackage(join(root, 'src/cli'))).toBe(root);
    expect(findPackage(root)).toBe(root);
    expect(() => findPackage(temporaryDirectory().path)).toThrow('the package of mirrorlock was not found');
  });
});

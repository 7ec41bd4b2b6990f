import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { formatLockfile } from '../../src/lock/format.ts';
import { parseLockfile } from '../../src/lock/parse.ts';
import type { Lockfile } from '../../src/lock/types.ts';
import { anyLockfile } from '../support/arbitrary-lockfiles.ts';
import {
  assemble,
  digest,
  group,
  kept,
  locked,
  lockedImage,
  lockfile,
  pending,
  resolvedImage,
  tags,
} from '../support/lockfiles.ts';

const golden = readFileSync(new URL('golden/mirrors.lock.yaml', import.meta.url), 'utf8');
const example = lockfile(
  lockedImage('alpine', pending('3.24.0 3.24 3 latest'), locked('a', '3 latest'), locked('b', '3.23.2 3.23')),
  lockedImage('golang', locked('c', '1.27.0-trixie 1.27-trixie'), locked('d', '1.27.0 1.27 1 latest')),
  lockedImage('python', locked('e', '3.10 1e3 on null 0x1f 1_000 y 2026-01-01')),
);

/** The lines that `diff` would show, as `-old` and `+new`. */
function changedLines(before: Lockfile, after: Lockfile): string[] {
  const [old, young] = [before, after].map((one) => formatLockfile(one).split('\n'));
  const removed = (old ?? []).filter((line) => !young?.includes(line)).map((line) => `-${line.trim()}`);
  const added = (young ?? []).filter((line) => !old?.includes(line)).map((line) => `+${line.trim()}`);
  return [...removed, ...added];
}

describe('the bytes of a lockfile', () => {
  test('are those that were reviewed', async () => {
    expect(formatLockfile(example)).toBe(golden);
  });

  test('are those of an empty lockfile too, which can be read back', () => {
    const text = formatLockfile(lockfile());
    expect(text.split('\n').slice(2)).toEqual([
      '',
      'version: 1',
      expect.stringMatching(/^config: sha256:[0-9a-f]{64}$/),
      'upstream:',
      '  repository: https://git.example/official-images.git',
      '  commit: "c0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ff"',
      'images: {}',
      '',
    ]);
    expect(parseLockfile(text, 'mirrors.lock.yaml')).toEqual(lockfile());
  });

  test('have one line a tag and no wrapped line, however long', () => {
    const long = `${'a'.repeat(127)}.`;
    const text = formatLockfile(lockfile(lockedImage('a'.repeat(255), locked('x', `${long} 1 2`))));
    expect(text).toContain(`\n        - "${long}"\n        - "1"\n        - "2"\n`);
    expect(text).toContain(`\n  ${'a'.repeat(255)}:\n`);
  });
});

test('an index that is upstream’s own has no line for its source', () => {
  const { children } = kept('a', 'linux/amd64');
  const own = { digest: digest('own'), tags: tags('1'), index: { sources: [digest('own')], without: [], children } };
  expect(formatLockfile(lockfile(lockedImage('debian', own)))).not.toContain('source');
  const index = { ...own.index, sources: [digest('own'), digest('other')] };
  expect(formatLockfile(lockfile(lockedImage('debian', { ...own, index })))).toContain('source:\n');
});

describe('promise 5: equal inputs give equal bytes', () => {
  test('what is written, read and written again is the same', () => {
    fc.assert(
      fc.property(anyLockfile, (made) => {
        const text = formatLockfile(made);
        const read = parseLockfile(text, 'mirrors.lock.yaml');
        expect(read).toEqual(made);
        expect(formatLockfile(read)).toBe(text);
      }),
    );
  });

  test('readers of YAML 1.1 and 1.2 read the same', () => {
    fc.assert(
      fc.property(anyLockfile, (made) => {
        const text = formatLockfile(made);
        expect(parse(text, { version: '1.1' })).toEqual(parse(text, { version: '1.2' }));
      }),
    );
  });

  test('any text in the name of the upstream repository stays that text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (repository) => {
        const made = { ...example, upstream: { ...example.upstream, repository } };
        expect(parseLockfile(formatLockfile(made), 'mirrors.lock.yaml').upstream.repository).toBe(repository);
      }),
    );
  });
});

describe('a lockfile is made to be read as a diff', () => {
  const groups = (first: string | undefined, second: string) => [
    resolvedImage('golang', group('1.27.1 1.27 latest', first), group('1.26.4 1.26', second)),
  ];

  test('a rebuild is one changed line', () => {
    const changed = changedLines(assemble(groups('a', 'b')), assemble(groups('a', 'c')));
    expect(changed).toHaveLength(2);
    expect(changed[0]).toMatch(/^-- digest: sha256:/);
    expect(changed[1]).toMatch(/^\+- digest: sha256:/);
  });

  test('publishing a pending group changes its head alone', () => {
    const waiting = assemble(groups(undefined, 'b'));
    const published = assemble(groups('a', 'b'), waiting);
    const changed = changedLines(waiting, published);
    expect(changed[0]).toBe('-- pending:');
    expect(changed.slice(1)).toEqual([expect.stringMatching(/^\+- digest: sha256:/)]);
  });

  test('another image changes none of the lines there were', () => {
    const before = assemble(groups('a', 'b'));
    const after = assemble([...groups('a', 'b'), resolvedImage('alpine', group('3', 'x'))]);
    expect(changedLines(before, after).filter((line) => line.startsWith('-'))).toEqual([]);
  });
});

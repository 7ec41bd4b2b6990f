import { describe, expect, test } from 'vitest';
import { staleness } from '../../src/lock/staleness.ts';
import { configuration, digest, locked, lockedImage, lockfile, pending } from '../support/lockfiles.ts';
import { exclude, include } from '../support/selection.ts';

const changed = { contentHash: digest('another configuration') };
const made = lockfile(
  lockedImage('alpine', pending('3.24.0 latest'), locked('a', '3.23.2 latest')),
  lockedImage('debian', locked('b', '12.12 12'), locked('c', '13.3 13')),
);
const everything = { include: [include('alpine'), include('debian')] };

describe('a lockfile', () => {
  test('is current when it was made from this configuration', () => {
    expect(staleness(made, configuration(everything))).toEqual([]);
  });

  test('B1: is stale where the rules do not want a locked tag, though the hash is right', () => {
    const rules = { ...everything, exclude: [exclude('alpine', { tags: ['3.24*'] })] };
    expect(staleness(made, configuration(rules))).toMatchObject([{ code: 'lock/stale', value: 'alpine:3.24.0' }]);
    expect(staleness(made, configuration({ include: [] })).length).toBe(1);
  });

  test('is stale without a nameable reason when its content may still be right', () => {
    expect(staleness(made, configuration(everything, changed))).toStrictEqual([
      {
        code: 'lock/stale',
        severity: 'error',
        message: 'mirrors.yaml has changed since the lockfile was made.',
        hint: 'Run `mirrorlock lock`.',
      },
    ]);
  });

  test('names another upstream', () => {
    const upstream = { repository: 'https://git.example/fork.git', ref: 'master' };
    expect(staleness(made, configuration(everything, { ...changed, upstream }))).toEqual([
      {
        code: 'lock/stale',
        severity: 'error',
        message: 'The lockfile was made from another upstream than https://git.example/fork.git.',
        value: 'https://git.example/official-images.git',
        hint: 'Run `mirrorlock lock`.',
      },
    ]);
  });

  test('names the tags that no rule wants any more, pending ones too, each once', () => {
    const narrowed = { include: [include('alpine'), include('debian', { tags: ['13*'] })] };
    expect(staleness(made, configuration(narrowed, changed)).map(({ value }) => value)).toEqual([
      'debian:12.12, debian:12',
    ]);
    const excluded = { ...everything, exclude: [exclude('alpine', { tags: ['latest', '3.24*'] })] };
    expect(staleness(made, configuration(excluded, changed)).map(({ value }) => value)).toEqual([
      'alpine:3.24.0, alpine:latest',
    ]);
  });

  test('names the first few of many tags, and says how many more there are', () => {
    const tags = Array.from({ length: 40 }, (_, index) => `${index}`).join(' ');
    const [problem] = staleness(
      lockfile(lockedImage('debian', locked('a', tags))),
      configuration({ include: [include('debian', { tags: ['0'] })] }, changed),
    );
    expect(problem?.value).toBe('debian:1, debian:2, debian:3, debian:4, debian:5 and 34 more');
    expect(problem?.message).toMatch(/^\S.*\.$/);
    const [few] = staleness(
      lockfile(lockedImage('debian', locked('a', '0 1 2 3 4 5'))),
      configuration({ include: [include('debian', { tags: ['0'] })] }, changed),
    );
    expect(few?.value).toBe('debian:1, debian:2, debian:3, debian:4, debian:5');
  });

  test('names the line of an include rule from which it has no tag', () => {
    const rules = { include: [...everything.include, include('golang', { line: 12 })] };
    expect(staleness(made, configuration(rules, changed))).toEqual([
      {
        code: 'lock/stale',
        severity: 'error',
        message: 'No tag of the lockfile comes from this rule.',
        value: 'golang',
        place: { file: 'mirrors.yaml', line: 12, column: 7 },
        hint: 'Run `mirrorlock lock`.',
      },
    ]);
  });

  test('has several reasons at once', () => {
    const rules = { include: [include('alpine'), include('golang', { line: 3 })] };
    const upstream = { repository: 'https://git.example/fork.git', ref: 'master' };
    expect(staleness(made, configuration(rules, { ...changed, upstream }))).toHaveLength(3);
  });
});

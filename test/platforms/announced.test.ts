import { describe, expect, test } from 'vitest';
import type { KeepRules } from '../../src/config/platforms.ts';
import { parseImageName } from '../../src/core/names.ts';
import type { Problem } from '../../src/core/problem.ts';
import { absentPlatforms, announcedOf, withAnnounced } from '../../src/platforms/announced.ts';
import type { ResolvedGroup } from '../../src/resolve/types.ts';
import type { SelectedGroup } from '../../src/select/types.ts';
import { digest, kept, resolvedImage, tags } from '../support/lockfiles.ts';

const golang = parseImageName('golang');
const both: KeepRules = { platforms: ['linux/amd64', 'linux/arm64/v8'] };

function selected(line: string, ...platforms: readonly string[]): SelectedGroup {
  return { wanted: tags(line), group: { tags: tags(`${line} unwanted`), platforms, shared: false } };
}

/** A group that upstream announces for `announced`, and that has `published` at the source; without, it has nothing. */
function resolved(line: string, announced: readonly string[], published?: readonly string[]): ResolvedGroup {
  const group = selected(line, ...announced);
  if (published === undefined) return { ...group, digest: undefined };
  return { ...group, digest: digest(line), index: kept(line, ...published) };
}

/** Its code, how many groups its message counts, and its value. */
const inShort = ({ code, message, value }: Problem) => [code, /^\d+ groups/.exec(message)?.[0] ?? 'one', value];

describe('groups of which upstream announces nothing that is kept', () => {
  const made = () =>
    withAnnounced(
      [
        { image: golang, groups: [selected('1', 'linux/amd64'), selected('2 3', 'windows/amd64'), selected('4')] },
        { image: parseImageName('windows'), groups: [selected('5', 'windows/amd64')] },
        { image: parseImageName('alpine'), groups: [selected('6', 'linux/arm64/v8', 'windows/amd64')] },
      ],
      both,
    );

  test('are left out, and so is an image that has no other', () => {
    expect(made().images).toEqual([
      { image: 'golang', groups: [selected('1', 'linux/amd64')] },
      { image: 'alpine', groups: [selected('6', 'linux/arm64/v8', 'windows/amd64')] },
    ]);
  });

  test('are told for each image', () => {
    const { warnings } = made();
    expect(warnings.map(inShort)).toEqual([
      ['resolve/no-platform-left', '2 groups', 'golang: 2, 3, 4'],
      ['resolve/no-platform-left', 'one', 'windows: 5'],
    ]);
    for (const { severity, message, hint } of warnings) {
      expect(severity).toBe('warning');
      expect(message).toMatch(/^\S.*linux\/amd64, linux\/arm64\/v8/);
      expect(hint).toMatch(/`platforms`/);
    }
    expect(warnings[1]?.message).toMatch(/^A group /);
  });

  test('are none where all platforms are kept', () => {
    const all = [{ image: golang, groups: [selected('1', 'windows/amd64'), selected('2')] }];
    expect(withAnnounced(all, {})).toEqual({ images: all, warnings: [] });
    expect(announcedOf(['linux/amd64'], { attestations: false })).toEqual(['linux/amd64']);
    const [dropped] = withAnnounced([{ image: golang, groups: [selected('1')] }], { attestations: 'drop' }).warnings;
    expect(dropped).toMatchObject({ code: 'resolve/no-platform-left', value: 'golang: 1' });
  });
});

describe('a kept platform that groups do not have', () => {
  const told = (...groups: readonly ResolvedGroup[]) => absentPlatforms([resolvedImage('golang', ...groups)], both);

  test('is late where upstream announces it, and never comes where it does not', () => {
    const platforms = ['linux/amd64', 'linux/arm64/v8'];
    const warnings = told(
      resolved('1', platforms, ['linux/amd64']),
      resolved('2', ['linux/amd64'], ['linux/amd64']),
      resolved('3', platforms, platforms),
      resolved('4 5', ['linux/amd64'], ['linux/amd64']),
    );
    expect(warnings.map(inShort)).toEqual([
      ['resolve/platform-not-published', 'one', 'golang: 1'],
      ['resolve/platform-absent', '2 groups', 'golang: 2, 4, 5'],
    ]);
    for (const { severity, message } of warnings) {
      expect(severity).toBe('warning');
      expect(message).toMatch(/^\S.*linux\/arm64\/v8: \S.*\S\.$/);
    }
    const [late, never] = warnings.map(({ message }) => message.replace(/^.*: /, ''));
    expect(late).not.toBe(never);
    expect(warnings[0]?.message).toMatch(/^A group /);
  });

  test('is told only of one that is late, or only of one that never comes', () => {
    const late = resolved('1', ['linux/amd64', 'linux/arm64/v8'], ['linux/amd64']);
    const never = resolved('2', ['linux/amd64'], ['linux/amd64']);
    expect(told(late).map(({ code }) => code)).toEqual(['resolve/platform-not-published']);
    expect(told(never).map(({ code }) => code)).toEqual(['resolve/platform-absent']);
  });

  test('is every one where an index has none of them, and none where nothing is known', () => {
    const waiting = resolved('1', ['linux/amd64', 'linux/arm64/v8']);
    const seen = (...platforms: readonly string[]) => ({
      ...{ source: digest('s'), without: [] },
      children: kept('s', ...platforms).children,
    });
    expect(told(waiting)).toEqual([]);
    expect(told({ ...waiting, seen: seen('linux/amd64') })).toEqual([]);
    expect(told({ ...waiting, seen: seen() }).map(inShort)).toEqual([
      ['resolve/platform-not-published', 'one', 'golang: 1'],
      ['resolve/platform-not-published', 'one', 'golang: 1'],
    ]);
  });

  test('is none where all platforms are kept', () => {
    const groups = [resolved('1', ['linux/amd64', 'linux/386'], ['linux/amd64'])];
    expect(absentPlatforms([resolvedImage('golang', ...groups)], {})).toEqual([]);
    expect(absentPlatforms([resolvedImage('golang', ...groups)], { attestations: 'drop' })).toEqual([]);
  });

  test('names the first few tags, and says how many more there are', () => {
    const value = (line: string) => told(resolved(line, ['linux/amd64'], ['linux/amd64']))[0]?.value;
    expect(value('1 2 3 4 5')).toBe('golang: 1, 2, 3, 4, 5');
    expect(value('1 2 3 4 5 6 7')).toBe('golang: 1, 2, 3, 4, 5 and 2 more');
  });
});

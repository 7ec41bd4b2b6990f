import { describe, expect, test } from 'vitest';
import type { Rule } from '../../src/config/types.ts';
import type { Problem } from '../../src/core/problem.ts';
import { select } from '../../src/select/select.ts';
import type { Library } from '../../src/upstream/types.ts';
import { exclude, include, library, refusal, small } from '../support/selection.ts';

function warningsOf(rules: readonly Rule[], from: Library = small): readonly Problem[] {
  const kind = (wanted: Rule['kind']) => rules.filter((rule) => rule.kind === wanted);
  return select(from, { include: kind('include'), exclude: kind('exclude') }).warnings;
}

/** The hint of the only warning about rules. */
function hintOf(rule: Rule, from?: Library): string {
  const warnings = warningsOf([rule], from).filter(({ code }) => code !== 'select/nothing-selected');
  expect(warnings.map(({ code }) => code)).toEqual(['select/rule-matches-nothing']);
  return warnings[0]?.hint ?? '';
}

describe('a rule that matches nothing', () => {
  test('is a warning with the place and text of the rule', () => {
    const [warning] = warningsOf([include('alpine'), include('debian', { tags: ['99*'], line: 9 })]);
    expect(warning).toMatchObject({
      code: 'select/rule-matches-nothing',
      severity: 'warning',
      place: { file: 'mirrors.yaml', line: 9 },
      value: '{image: debian, tags: ["99*"]}',
    });
  });

  test('is a warning for an exclude rule as well, though it never selects', () => {
    const [warning] = warningsOf([include('alpine'), exclude('*', { tags: ['*windowsservercore*'], line: 4 })]);
    expect(warning).toMatchObject({ code: 'select/rule-matches-nothing', place: { line: 4 } });
    expect(warning?.message).toContain('exclude rule');
  });

  test('names the images that may have been meant', () => {
    expect(hintOf(include('goland'))).toBe('No image has this name. Did you mean `golang`?');
    expect(hintOf(include('temurin'))).toContain('Did you mean `eclipse-temurin`?');
    expect(hintOf(include('nothing-like-it'))).toBe('No image has this name.');
  });

  test('says that a name without a wildcard is just that name', () => {
    expect(hintOf(include('deb'))).toContain('`deb*` matches 1');
  });

  test('names the tags that may have been meant, when the image exists', () => {
    const hint = hintOf(include('debian', { tags: ['*bookwrm*'] }));
    expect(hint).toContain('There is `debian`, but none of 10 tags matches.');
    expect(hint).toContain('Did you mean `bookworm`');
  });

  test('says that a pattern without a wildcard is one whole tag', () => {
    expect(hintOf(include('python', { tags: ['3.13'] }))).toContain(
      '`3.13` without a `*` is one whole name; `3.13*` matches 2.',
    );
  });

  test('names the newest versions, when only the versions do not match', () => {
    expect(hintOf(include('golang', { versions: ['>=2'] }))).toBe(
      'The newest versions are `1.28.0-rc.1`, `1.28.0-rc`, `1.27.0`.',
    );
    expect(hintOf(include('alpine', { tags: ['edge', 'latest'], versions: ['>=3'] }))).toBe(
      'No tag begins with a version: there is `edge`, `latest`.',
    );
  });

  test('names partial versions where there are no others', () => {
    expect(hintOf(include('debian', { tags: ['13', '12', 'latest'], versions: ['14'] }))).toBe(
      'The newest versions are `13`, `12`.',
    );
  });

  test('says how a range takes a pre-release in', () => {
    expect(hintOf(include('golang', { versions: ['>=1.28'] }))).toContain('such as `>=1.28.0-rc.1`');
  });

  test('names the newest versions, when no tag is near', () => {
    expect(hintOf(include('debian', { tags: ['wheezy*'] }))).toBe(
      'There is `debian`, but none of 10 tags matches. The newest versions are `13.3`, `13`, `12.12`, `12`.',
    );
  });

  test('says that an image is retired', () => {
    expect(hintOf(include('centos'))).toBe('Retired, without a tag upstream: `centos`.');
  });

  test('is no warning when it may be for an image whose file was refused', () => {
    const refused = library({ alpine: ['3'] }, [refusal('debian')]);
    expect(warningsOf([include('alpine'), include('debian'), include('deb*', { tags: ['x'] })], refused)).toEqual([]);
    expect(warningsOf([include('alpine'), include('golang')], refused)).toHaveLength(1);
  });

  test('never puts a control character of a pattern into its words', () => {
    const [warning] = warningsOf([include('alpine'), include('alpine', { tags: ['\u001b[31m\u202e'] })]);
    expect(`${warning?.value}${warning?.hint}`).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});

describe('an include rule that is excluded again', () => {
  test('is a warning that names the exclude rules and their lines', () => {
    const warnings = warningsOf([
      include('alpine', { line: 1 }),
      include('debian', { tags: ['*-slim'], line: 2 }),
      exclude('*', { tags: ['bookworm-slim'], line: 8 }),
      exclude('debian', { tags: ['12*'], line: 7 }),
    ]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatchObject({ code: 'select/rule-has-no-effect', place: { line: 2 } });
    expect(warnings[0]?.hint).toBe(
      'They are excluded by {image: debian, tags: ["12*"]} at mirrors.yaml:7:7, and {image: "*", tags: [bookworm-slim]} at mirrors.yaml:8:7.',
    );
  });

  test('is none when one tag is left', () => {
    expect(warningsOf([include('debian'), exclude('debian', { tags: ['[!t]*'] })])).toEqual([]);
  });
});

describe('one of several patterns', () => {
  test('that matches nothing is a warning, while the others do', () => {
    const warnings = warningsOf([include('debian', { tags: ['12*', 'bookwrm*', 'trixie'], line: 5 })]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatchObject({
      code: 'select/pattern-matches-nothing',
      place: { line: 5 },
      value: 'bookwrm*',
      hint: 'Did you mean `bookworm`, `bookworm-slim`, `bookworm-20260918`?',
    });
  });

  test('is judged together with the other field of the rule', () => {
    const rule = include('python', { tags: ['3.12*', '3.13*'], versions: ['>=3.13'] });
    expect(warningsOf([rule])).toMatchObject([{ code: 'select/pattern-matches-nothing', value: '3.12*' }]);
  });

  test('is a version range as well', () => {
    const rule = include('python', { versions: ['3.12', '^4'] });
    expect(warningsOf([rule])).toMatchObject([{ code: 'select/pattern-matches-nothing', value: '^4' }]);
    expect(warningsOf([rule])[0]?.hint).toContain('The newest versions are `3.15.0-rc`, `3.15.0-a.7`, `3.13.2`');
  });

  test('counts when it matches a tag of any image', () => {
    expect(warningsOf([include('{alpine,debian}', { tags: ['edge', 'trixie'] })])).toEqual([]);
  });

  test('is no warning in an exclude rule, which often guards against what may come', () => {
    expect(warningsOf([include('golang'), exclude('*', { tags: ['*-rc*', '*nanoserver*'] })])).toEqual([]);
  });
});

describe('the warnings as a whole', () => {
  test('say that nothing is selected', () => {
    expect(warningsOf([])).toMatchObject([{ code: 'select/nothing-selected', severity: 'warning' }]);
    expect(warningsOf([include('debian'), exclude('*')]).map(({ code }) => code)).toEqual([
      'select/rule-has-no-effect',
      'select/nothing-selected',
    ]);
  });

  test('are sorted by place, those without one last', () => {
    const rules = [include('x', { line: 30 }), include('y', { line: 4 }), exclude('z', { line: 12 })];
    expect(warningsOf(rules).map(({ place }) => place?.line)).toEqual([4, 12, 30, undefined]);
  });

  test('are none for rules that are all of use', () => {
    expect(
      warningsOf([include('alpine'), include('python', { versions: ['>=3.12'] }), exclude('*', { tags: ['edge'] })]),
    ).toEqual([]);
  });
});

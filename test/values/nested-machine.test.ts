import { expect, test } from 'vitest';
import { parsePolicy } from '../../src/apply/policy/policy-json.ts';
import { parseRegistriesConf } from '../../src/apply/policy/registries-conf.ts';
import { UserError } from '../../src/core/problem.ts';

/** Where the first problem of an error is. */
function placeOf(work: () => unknown) {
  try {
    work();
  } catch (error) {
    if (error instanceof UserError) return error.problems[0];
    throw error;
  }
  return undefined;
}

test.each([
  ['lists', '['.repeat(300_000)],
  ['lists that end', `${'['.repeat(20_000)}${']'.repeat(20_000)}`],
  ['objects', '{"a":'.repeat(300_000)],
])('D4: a policy.json of %s without an end is refused with its line and column', (_, deep) => {
  const policy = placeOf(() => parsePolicy(`{\n  "[[": 1,\n  "default": ${deep}}`, 'policy.json'));
  expect(policy).toMatchObject({
    code: 'apply/policy-file',
    place: { file: 'policy.json', line: 3, column: 14 + 99 * (deep.startsWith('{') ? 5 : 1) },
  });
});

test('D4: a registries.conf that nests without an end is refused with its line and column', () => {
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  const conf = placeOf(() => parseRegistriesConf(`b = '['\na = ${deep}`, 'registries.conf'));
  expect(conf).toMatchObject({ code: 'apply/policy-file', place: { file: 'registries.conf', line: 2 } });
});

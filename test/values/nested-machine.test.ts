import { expect, test } from 'vitest';
import { parsePolicy } from '../../src/apply/policy/policy-json.ts';
import { parseRegistriesConf } from '../../src/apply/policy/registries-conf.ts';
import { UserError } from '../../src/core/problem.ts';

const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;

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

test('D4: a policy.json or registries.conf that nests without an end is refused by its name, line and column', () => {
  const policy = placeOf(() => parsePolicy(`{\n  "[[": 1,\n  "default": ${deep}}`, 'policy.json'));
  expect(policy).toMatchObject({
    code: 'apply/policy-file',
    place: { file: 'policy.json', line: 3, column: expect.any(Number) },
  });
  const conf = placeOf(() => parseRegistriesConf(`b = '['\na = ${deep}`, 'registries.conf'));
  expect(conf).toMatchObject({
    code: 'apply/policy-file',
    place: { file: 'registries.conf', line: 2, column: 5 + 19_999 },
  });
});

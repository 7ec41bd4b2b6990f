import { expect, test } from 'vitest';
import { parsePolicy } from '../../src/apply/policy/policy-json.ts';
import { parseRegistriesConf } from '../../src/apply/policy/registries-conf.ts';

const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;

test('D4: a policy.json or registries.conf that nests without an end is refused by its name', () => {
  expect(() => parsePolicy(`{"default": ${deep}}`, 'policy.json')).toThrow('apply/policy-file');
  expect(() => parseRegistriesConf(`a = ${deep}`, 'registries.conf')).toThrow('apply/policy-file');
});

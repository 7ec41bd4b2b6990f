import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { redactedData, secretKeeper } from '../../src/core/secrets.ts';

function keeperOf(...secrets: string[]) {
  const keeper = secretKeeper();
  for (const secret of secrets) keeper.add(secret);
  return keeper;
}

describe('a secret', () => {
  const secret = 'pä"ss\\wörd +/?&';
  const forms: Record<string, string> = {
    'as it is': secret,
    'in upper case': secret.toUpperCase(),
    'percent-encoded': encodeURIComponent(secret),
    'as a form has it': new URLSearchParams({ a: secret }).toString().slice(2),
    'in JSON': JSON.stringify(secret).slice(1, -1),
    'in JSON in JSON': JSON.stringify(JSON.stringify(secret)).slice(3, -3),
    'in base64': Buffer.from(secret).toString('base64'),
    'in base64 for URLs': Buffer.from(secret).toString('base64url'),
  };

  test.each(Object.keys(forms))('%s is replaced, and the words around it are kept', (how) => {
    expect(keeperOf(secret).redact(`no entry with ${forms[how]}, go away`)).toMatch(
      /^no entry with \*\*\*=*, go away$/,
    );
    expect(keeperOf(secret).redactOutput(`(${forms[how]})`)).toMatch(/^\(\*\*\*=*\)$/);
  });

  test('is found in base64 of any text that holds it', () => {
    fc.assert(
      fc.property(fc.string(), fc.stringMatching(/^[\x21-\x7e]{8,40}$/), fc.string(), (before, one, after) => {
        const text = Buffer.from(before + one + after).toString('base64');
        expect(keeperOf(one).redact(text)).not.toBe(text);
      }),
    );
  });

  test('is never left in a text, with whatever else is a secret', () => {
    const anySecret = fc.string({ minLength: 4, maxLength: 30 });
    fc.assert(
      fc.property(fc.array(anySecret, { minLength: 1 }), fc.string(), fc.string(), (secrets, before, after) => {
        const text = keeperOf(...secrets).redact(`${before}${secrets[0]}${after}`);
        expect(text.replaceAll('***', '')).not.toContain(`${secrets[0]}`);
      }),
    );
  });

  test('of one to three characters is left, but for what holds it: output would be all stars', () => {
    const keeper = keeperOf('a', 'ab', 'abc', 'me:abc');
    expect(keeper.redact('a cab in abc of debian')).toBe('a cab in abc of debian');
    expect(keeper.redact(`Basic ${Buffer.from('me:abc').toString('base64')} is me:abc`)).toBe('Basic *** is ***');
  });

  test('of four to seven characters is replaced anywhere in words from outside, and as a word in our output', () => {
    const keeper = keeperOf('main');
    expect(keeper.redact('domain main-x')).toBe('do*** ***-x');
    expect(keeper.redactOutput('domain main-x main')).toBe('domain ***-x ***');
  });

  test('is no pattern', () => {
    expect(keeperOf('a.c*[(|').redact('abcc a.c*[(|')).toBe('abcc ***');
  });
});

test('data keeps its keys, and the names that programs read', () => {
  const data = {
    redis: 1,
    image: 'redis',
    tags: ['redis', 'latest'],
    problems: [{ code: 'a/redis', message: 'redis says', value: 'redis', place: { file: 'x', line: 1 } }],
    none: null,
  };
  expect(redactedData(data, keeperOf('redis'))).toEqual({
    ...data,
    problems: [{ code: 'a/redis', message: '*** says', value: '***', place: { file: 'x', line: 1 } }],
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/core/problem.ts';
import { parseSubject } from '../../src/select/explain.ts';

function problemOf(text: string) {
  try {
    parseSubject(text);
  } catch (error) {
    if (error instanceof UserError) return error.problems[0];
    throw error;
  }
  throw new Error(`${text} was accepted`);
}

describe('what to explain', () => {
  test('is an image and a tag, or only an image', () => {
    expect(parseSubject('debian:12')).toEqual({ image: 'debian', tag: '12' });
    expect(parseSubject('eclipse-temurin:21.0.9_10-jdk')).toEqual({ image: 'eclipse-temurin', tag: '21.0.9_10-jdk' });
    expect(parseSubject('debian')).toEqual({ image: 'debian' });
  });

  test.each([
    '',
    ':',
    'debian:',
    ':12',
    'debian:12:13',
    'debian 12',
    'debian:$(x)',
    '*',
    '-C',
    'debian:.12',
    'a'.repeat(300),
  ])('is not %j', (text) => {
    expect(problemOf(text)).toMatchObject({ code: 'select/bad-subject', severity: 'error' });
  });

  test.each([
    ['docker.io/library/debian:12', 'debian:12'],
    ['library/debian', 'debian'],
    ['Debian:12-Slim', 'debian:12-Slim'],
    [`registry.example.com:5000/debian:12@sha256:${'0'.repeat(64)}`, 'debian:12'],
  ])('is said to be meant, when %s is pasted: %s', (text, meant) => {
    expect(problemOf(text)?.hint).toBe(`Did you mean \`${meant}\`?`);
  });

  test('shows what was typed shortened and without control characters', () => {
    expect(problemOf(`\u001b[2J${'x '.repeat(500)}`)?.value).toMatch(/^\\u\{1b\}\[2Jx x .{60,90}…$/);
  });

  test('throws nothing but a UserError, for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        try {
          parseSubject(text);
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
    );
  });
});

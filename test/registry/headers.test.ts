import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseChallenges } from '../../src/registry/auth/www-authenticate.ts';
import { parsePullLimit, parseRetryAfter } from '../../src/registry/meter.ts';
import { nextLink } from '../../src/registry/tag-list.ts';

const token = fc.stringMatching(/^[A-Za-z][A-Za-z0-9._-]{0,12}$/);
const value = fc.string({ maxLength: 30, unit: fc.constantFrom(...'abc xyz019:/,="\\;<>é') });
const quote = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

describe('WWW-Authenticate', () => {
  test('of Docker Hub is read', () => {
    const header =
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/alpine:pull"';
    const [challenge] = parseChallenges(header);
    expect(challenge?.scheme).toBe('bearer');
    expect(Object.fromEntries(challenge?.parameters ?? [])).toEqual({
      realm: 'https://auth.docker.io/token',
      service: 'registry.docker.io',
      scope: 'repository:library/alpine:pull',
    });
  });

  test.each([
    ['Basic realm=x, Bearer realm="y", service=z', ['basic', 'bearer']],
    ['Negotiate, Basic realm="a, b"', ['negotiate', 'basic']],
    ['NTLM TlRMTVNTUAAB==, Bearer realm="y"', ['ntlm', 'bearer']],
    ['BEARER Realm = "y" , Service="s"', ['bearer']],
    ['', []],
    ['"nonsense"', []],
  ])('%j has the schemes %j', (header, schemes) => {
    expect(parseChallenges(header).map(({ scheme }) => scheme)).toEqual(schemes);
  });

  test('never throws, on any text', () => {
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => void parseChallenges(text)));
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => void parseChallenges(text)));
  });

  test('gives back what was written, quoted in any way', () => {
    const parameters = fc.uniqueArray(fc.tuple(token, value), {
      minLength: 1,
      selector: ([name]) => name.toLowerCase(),
    });
    const challenges = fc.array(fc.tuple(token, parameters), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(challenges, (written) => {
        const header = written
          .map(([scheme, list]) => `${scheme} ${list.map(([name, text]) => `${name}=${quote(text)}`).join(', ')}`)
          .join(', ');
        const read = parseChallenges(header).map(({ scheme, parameters }) => [scheme, [...parameters]]);
        const lower = written.map(([scheme, list]) => [
          scheme.toLowerCase(),
          list.map(([name, text]) => [name.toLowerCase(), text]),
        ]);
        expect(read).toEqual(lower);
      }),
    );
  });

  test('of any length is read in time', () => {
    for (const text of [' '.repeat(1e6), 'a='.repeat(1e6), `Bearer realm="${'\\"'.repeat(1e6)}`, 'a,'.repeat(1e6)]) {
      parseChallenges(text);
    }
  });
});

describe('Link', () => {
  test.each([
    ['</v2/a/tags/list?last=b&n=2>; rel="next"', '/v2/a/tags/list?last=b&n=2'],
    ['<https://r.example/x>; rel=next', 'https://r.example/x'],
    ['<a>; rel="prev", <b>; title="x, <c>"; REL="first Next"', 'b'],
    ['<a>; rel="prev"', undefined],
    ['<a>', undefined],
    ['a; rel="next"', undefined],
    [undefined, undefined],
  ])('%j leads on to %j', (header, target) => {
    expect(nextLink(header)).toBe(target);
  });

  test('never throws, and gives back what was written', () => {
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => void nextLink(text)));
    const target = fc.string({ maxLength: 40 }).filter((text) => !/[<>]/.test(text));
    fc.assert(
      fc.property(target, target, (first, second) => {
        expect(nextLink(`<${first}>; rel="prev", <${second}>; rel="next"`)).toBe(second);
      }),
    );
  });

  test('of any length is read in time', () => {
    for (const text of [
      '<a>;'.repeat(4_000),
      '<a>; b'.repeat(2_000),
      `<a>${'; b='.repeat(4_000)}`,
      `<a>${' '.repeat(16_000)}`,
    ]) {
      nextLink(text);
    }
  });
});

describe('the pull limit', () => {
  test.each([
    ['100;w=21600', '98;w=21600', { limit: 100, remaining: 98, windowSeconds: 21600 }],
    ['200;w=21600', '0;w=21600', { limit: 200, remaining: 0, windowSeconds: 21600 }],
    [' 100 ; w=60 ', '7;w=60', { limit: 100, remaining: 7, windowSeconds: 60 }],
    ['100;w=60', '7', undefined],
    ['60', '59', undefined],
    ['limit=10, window=1', 'limit=10, remaining=9, reset=1', undefined],
    ['10, 10;w=1;burst=1000', '9', undefined],
    ['100;w=21600;comment="x"', '98;w=21600', undefined],
    ['100;w=21600', undefined, undefined],
    [undefined, undefined, undefined],
    ['100', '98', undefined],
    ['-1;w=1', '1;w=1', undefined],
    ['many', '98;w=1', undefined],
    ['', '', undefined],
  ])('of %j and %j is %j: absent is not 0', (limit, remaining, expected) => {
    expect(parsePullLimit(limit, remaining)).toEqual(expected);
  });
});

describe('Retry-After', () => {
  const now = Date.UTC(2026, 0, 1);

  test.each([
    ['0', 0],
    [' 120 ', 120_000],
    ['Thu, 01 Jan 2026 00:01:30 GMT', 90_000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['-5', undefined],
    ['1.5', undefined],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%j is %j ms', (header, expected) => {
    expect(parseRetryAfter(header, now)).toBe(expected);
  });

  test('never throws and is never negative', () => {
    fc.assert(fc.property(fc.string(), (text) => (parseRetryAfter(text, now) ?? 0) >= 0));
  });
});

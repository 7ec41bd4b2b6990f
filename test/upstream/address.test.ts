import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/core/problem.ts';
import { parseRemote, remoteKey, withoutCredentials } from '../../src/git/address.ts';

describe('the address of upstream', () => {
  test.each([
    ['https://github.com/docker-library/official-images.git'],
    ['http://127.0.0.1:8080/up.git'],
    ['git://example.com/up.git'],
    ['ssh://git@example.com:22/up.git'],
    ['git@github.com:docker-library/official-images.git'],
    ['example.com:up.git'],
    ['HTTPS://Example.com/UP.git?x=1#y'],
  ])('may be %s, and is given to git as it is', (address) => {
    const { url, shown, credentials } = parseRemote(address, '/here');
    expect(url.toLowerCase()).toBe(address.toLowerCase());
    expect(shown).toBe(url);
    expect(credentials).toBeUndefined();
  });

  test.each([
    ['/abs/path', '/abs/path'],
    ['relative/path', '/here/relative/path'],
    ['../up.bundle', '/up.bundle'],
    ['.', '/here'],
    ['./a:b', '/here/a:b'],
    ['file:///abs/path%20x', '/abs/path x'],
    ['file://localhost/abs', '/abs'],
  ])('may be the path %s', (address, url) => {
    expect(parseRemote(address, '/here')).toEqual({ url, shown: address });
  });

  test.each([
    ['https://bot:s%20t@example.com/up.git', 'https://example.com/up.git', { username: 'bot', password: 's t' }],
    ['https://token@example.com/up.git', 'https://example.com/up.git', { username: 'token', password: '' }],
    ['http://a:b@c@example.com:1/x@y', 'http://example.com:1/x@y', { username: 'a', password: 'b@c' }],
    ['https://u:100%@example.com/', 'https://example.com/', { username: 'u', password: '100%' }],
  ])('may hold credentials, which are taken out: %s', (address, url, credentials) => {
    expect(parseRemote(address, '/')).toEqual({ url, shown: url, credentials });
  });

  test('of ssh keeps the name and not the password', () => {
    const url = 'ssh://git@example.com/up.git';
    expect(parseRemote('ssh://git:secret@example.com/up.git', '/')).toEqual({ url, shown: url });
  });

  test.each([
    [''],
    ['-oProxyCommand=touch hacked'],
    ['--upload-pack=touch hacked'],
    ['-x:y'],
    ['ext::sh -c "touch hacked"'],
    ['fd::17/foo'],
    ['ftp://example.com/up.git'],
    ['javascript://x'],
    ['https://'],
    ['https://exa mple.com/x'],
    ['https://u:secret/x@example.com/y'],
    ['file://other-host/path'],
    ['a\nb'],
    ['a\0b'],
    ['/x\u001b[2J'],
  ])('is nothing else: %j', (address) => {
    const parse = () => parseRemote(address, '/here');
    expect(parse).toThrow(UserError);
    expect(parse).toThrow('upstream/bad-address');
    try {
      parse();
    } catch (error) {
      const text = JSON.stringify(error instanceof UserError ? error.problems : error);
      expect(text).not.toContain('secret');
    }
  });

  test('never begins with a dash, and never holds a secret, whatever was written', () => {
    const address = fc.oneof(
      fc.string(),
      fc.webUrl(),
      fc.string().map((text) => `https://bot:s3cret@${text}`),
    );
    fc.assert(
      fc.property(address, (text) => {
        try {
          const { url, shown } = parseRemote(text, '/here');
          expect(url).not.toMatch(/^-|^[\w+.-]+::|s3cret@/);
          expect(shown).not.toMatch(/^-|s3cret@/);
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
    );
  });
});

test('a remote has the same key whoever reads it, and another than any other', () => {
  const key = (address: string, directory = '/') => remoteKey(parseRemote(address, directory));
  expect(key('https://a:b@example.com/x')).toBe(key('https://example.com/x'));
  expect(key('./x', '/here')).toBe(key('/here/x'));
  expect(key('https://example.com/x')).not.toBe(key('https://example.com/y'));
  expect(key('https://example.com/x')).toMatch(/^[0-9a-f]{32}$/);
});

test('credentials are taken out of any text', () => {
  expect(withoutCredentials("at 'https://a:b@x/y' and http://c@z")).toBe("at 'https://x/y' and http://z");
});

import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { boundaryOf } from '../../src/http/boundary.ts';
import { RedirectError } from '../../src/http/redirect-error.ts';
import { nextPage, onward } from '../../src/http/redirects.ts';

const at = (base: string) => {
  const url = new URL(base);
  return { base: url, asked: new URL('/v2/a/blobs/uploads/', url), boundary: boundaryOf({ base: url }) };
};

describe('where an upload goes on', () => {
  test.each([
    [
      'https://r.example',
      '/v2/a/blobs/uploads/1?_state=a%2Fb&x=',
      'https://r.example/v2/a/blobs/uploads/1?_state=a%2Fb&x=',
    ],
    ['https://r.example', '1?x', 'https://r.example/v2/a/blobs/uploads/1?x'],
    ['https://r.example', 'https://r.example/u?x', 'https://r.example/u?x'],
    ['https://r.example', 'http://r.example/u?x', 'https://r.example/u?x'],
    ['https://r.example:5000', 'https://r.example/u?x', 'https://r.example:5000/u?x'],
    ['https://r.example:5000', 'http://r.example:5000/u?x', 'https://r.example:5000/u?x'],
    ['http://r.example:5000', 'https://r.example/u?x', 'http://r.example:5000/u?x'],
    ['https://r.example', 'https://me:secret@R.EXAMPLE/u', 'https://r.example/u'],
    ['https://r.example', 'https://r.example//evil.example/u', 'https://r.example//evil.example/u'],
    ['https://[::1]:5000', 'http://[0:0::1]:5000/u', 'https://[::1]:5000/u'],
  ])('at %s by %s is %s, at the registry itself', (base, location, expected) => {
    expect(onward(location, at(base))).toEqual({ url: new URL(expected), isElsewhere: false });
  });

  test.each([
    ['https://r.example', 'https://store.example/u?x'],
    ['https://r.example', 'https://r.example:8443/u'],
    ['https://r.example', 'https://sub.r.example/u'],
    ['http://10.0.0.1:5000', 'http://10.0.0.2/u'],
    ['http://127.0.0.1:5000', 'http://127.0.0.1:5001/u'],
    ['http://r.example', 'https://store.example/u'],
  ])('at %s by %s is elsewhere: no credentials go there', (base, location) => {
    expect(onward(location, at(base))).toEqual({ url: new URL(location), isElsewhere: true });
  });

  test.each([
    ['https://r.example', undefined],
    ['https://r.example', 'http://['],
    ['https://r.example', 'ftp://r.example/u'],
    ['https://r.example', 'http://store.example/u'],
    ['https://r.example', 'http://r.example:8080/u'],
    ['https://r.example', 'https://127.0.0.1/u'],
    ['https://r.example', 'https://[::ffff:10.0.0.1]/u'],
    ['http://r.example', 'http://169.254.169.254/latest'],
    ['https://8.8.8.8', 'https://localhost/u'],
  ])('at %s by %s is refused', (base, location) => {
    expect(() => onward(location, at(base))).toThrow(RedirectError);
  });

  test('never is at the registry by its origin, and said to be elsewhere, or the other way round', () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true }), (location) => {
        const options = at('http://r.example');
        const { url, isElsewhere } = onward(location, options);
        expect(url.origin === options.base.origin).toBe(!isElsewhere);
      }),
    );
  });
});

describe('the next page', () => {
  test.each(['https://inside.example:5000/v2/x?n=1&last=a%2Fb', '//other/v2/x?n=1&last=a%2Fb', '/v2/x?n=1&last=a%2Fb'])(
    'by %s is at the registry itself',
    (link) => {
      expect(nextPage(link, at('https://r.example'))?.href).toBe('https://r.example/v2/x?n=1&last=a%2Fb');
    },
  );
});

describe('a name that is looked up', () => {
  const hosts: Record<string, LookupAddress[]> = {
    'public.example': [{ address: '203.0.113.1', family: 4 }],
    'inside.example': [{ address: '10.0.0.1', family: 4 }],
    'mapped.example': [{ address: '::ffff:169.254.169.254', family: 6 }],
    'linked.example': [{ address: 'fe80::1%eth0', family: 6 }],
    'both.example': [
      { address: '127.0.0.1', family: 4 },
      { address: '203.0.113.2', family: 4 },
    ],
  };
  const system: LookupFunction = (name, options, callback) => {
    const found = hosts[name];
    expect(options.all).toBe(true);
    if (found === undefined) return callback(Object.assign(new Error('ENOTFOUND'), { code: 'ENOTFOUND' }), []);
    callback(null, found);
  };
  const lookedUp = (registry: string, ...names: string[]) => {
    const { lookup } = boundaryOf({ base: new URL(`https://${registry}`), lookup: system });
    return Promise.all(
      [registry, ...names].map(
        (name) =>
          new Promise((resolve) =>
            lookup(name, { all: true }, (error, found) => resolve(error === null ? found : error)),
          ),
      ),
    ).then((all) => all.slice(1));
  };

  test.each(['inside.example', 'mapped.example', 'linked.example'])(
    'from a registry in the internet leads to no private address: %s',
    async (name) => {
      expect(await lookedUp('public.example', name)).toEqual([expect.any(RedirectError)]);
      expect(await lookedUp('both.example', name)).toEqual([expect.any(RedirectError)]);
    },
  );

  test('leads only to those of its addresses that are public', async () => {
    expect(await lookedUp('public.example', 'both.example')).toEqual([[{ address: '203.0.113.2', family: 4 }]]);
  });

  test('from a registry in a private network leads anywhere', async () => {
    expect(await lookedUp('inside.example', 'mapped.example', 'public.example')).toEqual([
      hosts['mapped.example'],
      hosts['public.example'],
    ]);
  });

  test('that nobody knows fails as it does', async () => {
    expect(await lookedUp('public.example', 'unknown.example')).toMatchObject([{ code: 'ENOTFOUND' }]);
  });

  test('gives one address where one is asked for', async () => {
    const { lookup } = boundaryOf({ base: new URL('https://public.example'), lookup: system });
    const found = await new Promise((resolve) => lookup('both.example', {}, (...answer) => resolve(answer)));
    expect(found).toEqual([null, '203.0.113.2', 4]);
  });
});

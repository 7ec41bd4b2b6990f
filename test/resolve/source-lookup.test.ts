import { describe, expect, test } from 'vitest';
import { parseImageName, parseTag } from '../../src/core/names.ts';
import { RegistryError } from '../../src/registry/errors.ts';
import type { RegistryClient } from '../../src/registry/types.ts';
import { sourceLookup } from '../../src/resolve/resolve.ts';
import { digest } from '../support/lockfiles.ts';

const golang = parseImageName('golang');
const latest = parseTag('latest');

/** A client that answers HEAD, and to which any other request is an error. */
function headOnly(head: RegistryClient['head']): RegistryClient {
  return new Proxy({} as RegistryClient, {
    get: (_, method) => {
      if (method === 'head') return head;
      throw new Error(`${String(method)} was used`);
    },
  });
}

describe('promise 9: 401 and 403 are errors, never "absent"', () => {
  const request = { method: 'HEAD', host: 'docker.io', repository: 'library/golang', reference: 'latest' };

  for (const kind of ['unauthorized', 'denied', 'rate-limited', 'server'] as const) {
    test(`${kind} is thrown, and no GET follows`, async () => {
      const error = new RegistryError({ kind, request, summary: 'no.' });
      const lookup = sourceLookup(
        headOnly(() => Promise.reject(error)),
        'library',
      );
      await expect(lookup(golang, latest)).rejects.toBe(error);
    });
  }

  test('404 is a group that is not published yet', async () => {
    const lookup = sourceLookup(
      headOnly(async () => undefined),
      'library',
    );
    expect(await lookup(golang, latest)).toBeUndefined();
  });
});

test.each([
  ['library', 'library/golang'],
  ['docker/library', 'docker/library/golang'],
  ['', 'golang'],
])('below the namespace %j it asks for %s', async (namespace, repository) => {
  const asked: string[] = [];
  const lookup = sourceLookup(
    headOnly(async (path, reference) => {
      asked.push(`${path}:${reference}`);
      return { digest: digest('a'), mediaType: 'application/vnd.oci.image.index.v1+json' };
    }),
    namespace,
  );
  expect(await lookup(golang, latest)).toBe(digest('a'));
  expect(asked).toEqual([`${repository}:latest`]);
});

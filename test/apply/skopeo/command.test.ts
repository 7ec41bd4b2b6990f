import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { copyArguments, syncArguments, syncYaml } from '../../../src/apply/skopeo/command.ts';
import type { RegistryNamespace } from '../../../src/config/types.ts';
import { type Digest, parseImageName } from '../../../src/core/names.ts';
import { digest } from '../../lock/build.ts';

const place = (host: string, namespace: string, insecure = false): RegistryNamespace => ({
  registry: { host, insecure },
  namespace,
});
const item = (image: string, one: Digest) => ({
  image: parseImageName(image),
  digest: one,
  manifests: [one],
  blobs: [],
});
const gateway = {
  host: '127.0.0.1:5000',
  namespace: '0123456789abcdef0123456789abcdef',
  authFile: '/tmp/x/auth.json',
};

describe('the YAML that skopeo is given', () => {
  test('names each manifest by digest, by repository, below the namespace of the process', () => {
    const items = [item('alpine', digest('a')), item('golang', digest('b')), item('alpine', digest('c'))];
    expect(parse(syncYaml(items, gateway))).toEqual({
      '127.0.0.1:5000': {
        'tls-verify': false,
        images: {
          [`${gateway.namespace}/alpine`]: [digest('a'), digest('c')],
          [`${gateway.namespace}/golang`]: [digest('b')],
        },
      },
    });
  });

  test('reads the same by YAML 1.1, which skopeo reads', () => {
    const odd = ['null', '1e3', 'on'].map((image) => item(image, digest('a')));
    const text = syncYaml(odd, { host: 'r.example', namespace: '' });
    expect(parse(text, { version: '1.1' })).toEqual(parse(text, { version: '1.2' }));
    expect(Object.keys(parse(text)['r.example'].images)).toEqual(['null', '1e3', 'on']);
  });
});

describe('promise 7: no secret in a process list', () => {
  const destination = { name: 'main', ...place('registry.example.com', 'mirror/library') };

  test('the arguments for several manifests are these, and credentials stand in a file', () => {
    expect(syncArguments('/tmp/x/1.yaml', gateway, destination)).toEqual([
      'sync',
      '--all',
      '--preserve-digests',
      '--retry-times=3',
      '--keep-going',
      '--src-authfile=/tmp/x/auth.json',
      '--src=yaml',
      '--dest=docker',
      '/tmp/x/1.yaml',
      'registry.example.com/mirror/library',
    ]);
  });

  test('so it is with those for one', () => {
    expect(copyArguments(item('alpine', digest('a')), gateway, destination)).toEqual([
      'copy',
      '--all',
      '--preserve-digests',
      '--retry-times=3',
      '--src-authfile=/tmp/x/auth.json',
      '--src-tls-verify=false',
      `docker://127.0.0.1:5000/${gateway.namespace}/alpine@${digest('a')}`,
      `docker://registry.example.com/mirror/library/alpine@${digest('a')}`,
    ]);
  });

  test('TLS is left out only where it is said so', () => {
    const insecure = { name: 'main', ...place('127.0.0.1:5000', '', true) };
    const args = syncArguments('/tmp/x/1.yaml', gateway, insecure);
    expect(args).toContain('--dest-tls-verify=false');
    expect(args.at(-1)).toBe('127.0.0.1:5000');
    expect(copyArguments(item('alpine', digest('a')), gateway, insecure)).toContain('--dest-tls-verify=false');
    for (const secure of [
      syncArguments('/tmp/x/1.yaml', gateway, destination),
      copyArguments(item('alpine', digest('a')), gateway, destination),
    ])
      expect(secure.join(' ')).not.toContain('dest-tls-verify');
  });
});

import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { syncArguments, syncYaml } from '../../../src/apply/skopeo/command.ts';
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
const gateway = { host: '127.0.0.1:5000', namespace: '0123456789abcdef0123456789abcdef' };

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

  test('the arguments are these, and none is about credentials', () => {
    expect(syncArguments('/tmp/x/1.yaml', destination)).toEqual([
      'sync',
      '--all',
      '--preserve-digests',
      '--keep-going',
      '--retry-times=3',
      '--src-no-creds',
      '--src=yaml',
      '--dest=docker',
      '/tmp/x/1.yaml',
      'registry.example.com/mirror/library',
    ]);
  });

  test('TLS is left out only where it is said so', () => {
    const insecure = { name: 'main', ...place('127.0.0.1:5000', '', true) };
    const args = syncArguments('/tmp/x/1.yaml', insecure);
    expect(args).toContain('--dest-tls-verify=false');
    expect(args.at(-1)).toBe('127.0.0.1:5000');
    expect(syncArguments('/tmp/x/1.yaml', destination).join(' ')).not.toContain('tls-verify');
  });
});

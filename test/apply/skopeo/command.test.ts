import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { registriesConf, syncArguments, syncYaml } from '../../../src/apply/skopeo/command.ts';
import type { RegistryNamespace, Source } from '../../../src/config/types.ts';
import { parseImageName } from '../../../src/core/names.ts';
import { digest } from '../../lock/build.ts';

const place = (host: string, namespace: string, insecure = false): RegistryNamespace => ({
  registry: { host, insecure },
  namespace,
});
const source = (at: RegistryNamespace, alternates: readonly RegistryNamespace[] = []): Source => ({
  ...at,
  alternates,
});
const hub = source(place('docker.io', 'library'));
const items = [
  { image: parseImageName('alpine'), digest: digest('a') },
  { image: parseImageName('golang'), digest: digest('b') },
  { image: parseImageName('alpine'), digest: digest('c') },
];

describe('the YAML that skopeo is given', () => {
  test('names each manifest by digest, by repository', () => {
    expect(parse(syncYaml(items, hub))).toEqual({
      'docker.io': {
        images: { 'library/alpine': [digest('a'), digest('c')], 'library/golang': [digest('b')] },
      },
    });
  });

  test('says that a source has no TLS', () => {
    expect(parse(syncYaml(items.slice(0, 1), source(place('127.0.0.1:5000', '', true))))).toEqual({
      '127.0.0.1:5000': { 'tls-verify': false, images: { alpine: [digest('a')] } },
    });
  });

  test('reads the same by YAML 1.1, which skopeo reads', () => {
    const odd = [
      { image: parseImageName('null'), digest: digest('a') },
      { image: parseImageName('1e3'), digest: digest('b') },
    ];
    const text = syncYaml(odd, source(place('r.example', '')));
    expect(parse(text, { version: '1.1' })).toEqual(parse(text, { version: '1.2' }));
    expect(parse(text)).toEqual({ 'r.example': { images: { null: [digest('a')], '1e3': [digest('b')] } } });
    const on = syncYaml([{ image: parseImageName('on'), digest: digest('a') }], source(place('r.example', '')));
    expect(parse(on, { version: '1.1' })).toEqual({ 'r.example': { images: { on: [digest('a')] } } });
  });
});

describe('promise 7: no secret in a process list', () => {
  const destination = { name: 'main', ...place('registry.example.com', 'mirror/library') };

  test('the arguments are these, and none is about credentials', () => {
    expect(syncArguments('/tmp/x/1.yaml', '/tmp/x/registries.conf', destination)).toEqual([
      '--debug',
      '--registries-conf',
      '/tmp/x/registries.conf',
      'sync',
      '--all',
      '--preserve-digests',
      '--keep-going',
      '--retry-times=3',
      '--src=yaml',
      '--dest=docker',
      '/tmp/x/1.yaml',
      'registry.example.com/mirror/library',
    ]);
  });

  test('without alternates there is no file of registries, and TLS is left out only where it is said so', () => {
    const insecure = { name: 'main', ...place('127.0.0.1:5000', '', true) };
    const args = syncArguments('/tmp/x/1.yaml', undefined, insecure);
    expect(args).not.toContain('--registries-conf');
    expect(args).toContain('--dest-tls-verify=false');
    expect(args.at(-1)).toBe('127.0.0.1:5000');
    expect(syncArguments('/tmp/x/1.yaml', undefined, destination).join(' ')).not.toContain('tls-verify');
  });
});

describe('the file of registries', () => {
  test('is not there without alternates', () => {
    expect(registriesConf(hub)).toBeUndefined();
  });

  test('asks the alternates in their order, by digest only, and names what has no TLS', () => {
    const alternates = [place('public.ecr.aws', 'docker/library'), place('127.0.0.1:5000', '', true)];
    expect(registriesConf(source(place('docker.io', 'library'), alternates))).toBe(
      [
        '[[registry]]',
        'location = "docker.io/library"',
        '',
        '[[registry.mirror]]',
        'location = "public.ecr.aws/docker/library"',
        'pull-from-mirror = "digest-only"',
        '',
        '[[registry.mirror]]',
        'location = "127.0.0.1:5000"',
        'insecure = true',
        'pull-from-mirror = "digest-only"',
        '',
      ].join('\n'),
    );
  });

  test('says so of the source as well', () => {
    const conf = registriesConf(source(place('127.0.0.1:5001', 'library', true), [place('a.example', 'b')])) ?? '';
    expect(conf.split('\n').slice(0, 3)).toEqual([
      '[[registry]]',
      'location = "127.0.0.1:5001/library"',
      'insecure = true',
    ]);
  });
});

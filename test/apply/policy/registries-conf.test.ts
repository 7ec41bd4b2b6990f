import { describe, expect, test } from 'vitest';
import { readRegistries } from '../../../src/apply/policy/machine.ts';
import { findEntry, locationOf, parseRegistriesConf } from '../../../src/apply/policy/registries-conf.ts';
import { home, machineWith } from './files.ts';

const entriesOf = (text: string) => parseRegistriesConf(text, 'registries.conf');

describe('the longest prefix decides', () => {
  const entries = entriesOf(`
[[registry]]
location = "docker.io"
blocked = true
[[registry]]
prefix = "docker.io/library"
location = "hub.example.com/official/"
[[registry]]
prefix = "*.example.org"
blocked = true
[[registry]]
location = "registry.example.net:5000"
`);
  test.each([
    ['docker.io/library/debian', 'docker.io/library'],
    ['docker.io/bitnami/redis', 'docker.io'],
    ['docker.io.example.com/library/debian', undefined],
    ['docker.iolibrary/debian', undefined],
    ['a.example.org/debian', '*.example.org'],
    ['a.b.example.org:5000/debian', '*.example.org'],
    ['example.org/debian', undefined],
    ['registry.example.com/a.example.org/debian', undefined],
    ['registry.example.net:5000/x', 'registry.example.net:5000'],
    ['registry.example.net/x', undefined],
  ])('of %s: %s', (name, prefix) => {
    expect(findEntry(entries, name)?.prefix).toBe(prefix);
  });

  test('what follows the prefix follows the location', () => {
    const entry = findEntry(entries, 'docker.io/library/debian');
    expect(entry && locationOf(entry, 'docker.io/library/debian')).toBe('hub.example.com/official/debian');
  });

  test('a host covers the same host with a port, as in containers/image', () => {
    const [entry] = entriesOf('[[registry]]\nlocation = "registry.example.com"\nblocked = true\n');
    expect(entry && findEntry([entry], 'registry.example.com:5000/x')).toBe(entry);
  });
});

test('of entries with one prefix the first counts', () => {
  const text =
    '[[registry]]\nlocation = "a.example"\nblocked = true\n[[registry]]\nprefix = "a.example"\nlocation = "b.example"\n';
  expect(entriesOf(text)).toEqual([
    { prefix: 'a.example', location: 'a.example', blocked: true, mirrors: [], file: 'registries.conf' },
  ]);
});

test('mirrors that are only for tags are left out', () => {
  const text = `[[registry]]
location = "docker.io"
[[registry.mirror]]
location = "a.example/hub"
[[registry.mirror]]
location = "b.example/hub"
pull-from-mirror = "tag-only"
[[registry.mirror]]
location = "c.example/hub"
pull-from-mirror = "digest-only"
`;
  expect(entriesOf(text)[0]?.mirrors).toEqual(['a.example/hub', 'c.example/hub']);
});

test('version 1 blocks as well', () => {
  expect(findEntry(entriesOf('[registries.block]\nregistries = ["docker.io"]\n'), 'docker.io/x/y')?.blocked).toBe(true);
});

describe('a file that is wrong is an error', () => {
  test.each([
    ['no TOML', '[[registry]]\nlocation = docker.io\n', { place: { line: 2 } }],
    ['no location', '[[registry]]\nblocked = true\n', {}],
    [
      'a location that is absent where the prefix has no wildcard',
      '[[registry]]\nprefix = "docker.io"\n',
      { value: 'docker.io' },
    ],
    ['a wildcard with a path', '[[registry]]\nprefix = "*.example.com/x"\n', { value: '*.example.com/x' }],
    ['an address', '[[registry]]\nlocation = "https://docker.io"\n', {}],
    ['a word for blocked', '[[registry]]\nlocation = "docker.io"\nblocked = "yes"\n', { value: 'yes' }],
    ['both versions', '[registries.block]\nregistries = ["a.example"]\n[[registry]]\nlocation = "b.example"\n', {}],
  ])('%s', (_, text, expected) => {
    expect(() => entriesOf(text)).toThrow(
      expect.objectContaining({
        problems: [
          expect.objectContaining({
            code: 'apply/policy-file',
            place: expect.objectContaining({ file: 'registries.conf' }),
          }),
        ],
      }),
    );
    try {
      entriesOf(text);
    } catch (error) {
      expect(error).toMatchObject({ problems: [expected] });
    }
  });
});

describe('which files count', () => {
  const block = (host: string) => `[[registry]]\nlocation = "${host}"\nblocked = true\n`;
  const system = '/etc/containers/registries.conf';
  const user = `${home}/.config/containers/registries.conf`;
  const prefixes = async (files: Record<string, string>, env: Record<string, string> = {}) => {
    const { entries } = await readRegistries({ env, homeDirectory: home, files: machineWith(files) });
    return entries.map(({ prefix }) => prefix);
  };

  test('the machine’s and the drop-ins of both, of which only .conf counts', async () => {
    const files = {
      [system]: block('a.example'),
      [`${system}.d/1.conf`]: block('b.example'),
      [`${user}.d/2.conf`]: block('c.example'),
    };
    expect(await prefixes({ ...files, [`${system}.d/3.txt`]: 'not TOML' })).toEqual([
      'a.example',
      'b.example',
      'c.example',
    ]);
  });

  test('the user’s in place of the machine’s, whose drop-ins do not count then', async () => {
    const files = {
      [system]: block('a.example'),
      [`${system}.d/1.conf`]: block('b.example'),
      [user]: block('c.example'),
    };
    expect(await prefixes({ ...files, [`${user}.d/2.conf`]: block('d.example') })).toEqual(['c.example', 'd.example']);
  });

  test('the file that the environment names, with the drop-ins', async () => {
    const files = {
      [system]: block('a.example'),
      '/x/r.conf': block('b.example'),
      [`${system}.d/1.conf`]: block('c.example'),
    };
    expect(await prefixes(files, { CONTAINERS_REGISTRIES_CONF: '/x/r.conf' })).toEqual(['b.example', 'c.example']);
    await expect(prefixes({}, { CONTAINERS_REGISTRIES_CONF: '/x/r.conf' })).rejects.toMatchObject({
      problems: [{ code: 'apply/policy-file', place: { file: '/x/r.conf' } }],
    });
  });

  test('a later file replaces what an earlier one says of a prefix', async () => {
    const open = '[[registry]]\nlocation = "a.example"\n';
    const files = { [system]: block('a.example'), [`${system}.d/1.conf`]: open };
    const { entries } = await readRegistries({ env: {}, homeDirectory: home, files: machineWith(files) });
    expect(entries).toMatchObject([{ prefix: 'a.example', blocked: false }]);
  });

  test('all files that are wrong are named', async () => {
    const files = { [system]: 'x', [`${system}.d/1.conf`]: '[registries.block]\nregistries = []\n' };
    await expect(prefixes(files)).rejects.toMatchObject({
      problems: [{ place: { file: system, line: 1 } }, { place: { file: `${system}.d/1.conf` } }],
    });
  });
});

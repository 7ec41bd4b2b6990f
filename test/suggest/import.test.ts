import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseConfig } from '../../src/config/parse.ts';
import { rulesYaml } from '../../src/suggest/cover.ts';
import { importRules } from '../../src/suggest/import/import-rules.ts';
import { tagsFromRegex, versionsFromRange } from '../../src/suggest/import/patterns.ts';
import { runCli } from '../support/cli.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

/** What a file becomes: its rules as they would stand in mirrors.yaml, which reads them, and what was lost by line. */
function imported(text: string) {
  const { rules, format, destination, problems } = importRules({ name: 'sync.yml', text });
  const yaml = rulesYaml(rules.include, rules.exclude);
  expect(parseConfig(`version: 1\n${yaml}\n`, { file: 'x', env: {} }).warnings).toEqual([]);
  return {
    format,
    destination: destination && `${destination.host}/${destination.namespace}`,
    rules: yaml
      .split('\n')
      .slice(2)
      .map((line) => line.trim().replace(/^- /, '')),
    lost: problems.map(({ code, place }) => `${place?.line} ${code}`),
    problems,
  };
}

test('regsync: images, repositories, expressions, ranges, sets of tags, and what has no counterpart', () => {
  const { problems, ...read } = imported(`x-when: &when "15 01 * * *"
version: 1
creds:
  - {registry: "registry:5000", tls: disabled, user: me, pass: geheim}
defaults:
  interval: 60m
  backup: "old-{{.Ref.Tag}}"
sync:
  - source: busybox:latest
    target: registry:5000/library/busybox:latest
    type: image
  - source: alpine
    target: registry:5000/library/alpine
    type: repository
    tags:
      allow: [latest, edge, "3", '3\\.\\d+']
      deny: ['3\\.0']
    schedule: *when
  - source: docker.io/library/python
    target: registry:5000/library/python
    type: repository
    tagSets:
      - allow: ["3-slim"]
      - semverRange: [">=3.12.0 <4.0"]
        allow: ['\\d+\\.\\d+\\.\\d+-slim']
  - {source: redis, target: "registry:5000/library/redis", type: repository, platform: linux/amd64}
  - {source: "node:24", target: "registry:5000/library/nodejs:24", type: image}
  - {source: ghcr.io/regclient/regctl, target: "registry:5000/regclient/regctl", type: repository}
  - {source: "other:5000", target: "registry:5000", type: registry}
  - {source: '{{env "X"}}', target: "registry:5000/x", type: image}
`);
  expect(read).toEqual({
    format: 'regsync',
    destination: 'registry:5000/library',
    rules: [
      String.raw`{image: alpine, tags: ["latest", "edge", "3", '/^(?:3\.\d+)$/']}`,
      '{image: busybox, tags: ["latest"]}',
      '{image: node, tags: ["24"]}',
      '{image: python, tags: ["3-slim"]}',
      String.raw`{image: python, versions: [">=3.12.0 <4.0"], tags: ['/^(?:\d+\.\d+\.\d+-slim)$/']}`,
      'redis',
      'exclude:',
      '{image: alpine, tags: ["3.0"]}',
    ],
    lost: [
      '4 from/setting',
      '6 from/setting',
      '7 from/setting',
      '26 from/setting',
      '27 from/renamed',
      '28 from/not-official',
      '29 from/registry',
      '30 from/template',
    ],
  });
  expect(JSON.stringify(problems)).not.toContain('geheim');
});

test('skopeo sync: tags, digests, expressions and ranges of several registries', () => {
  const { problems: _, ...read } = imported(`docker.io:
  images:
    busybox: []
    library/redis: ["7", "8", "sha256:${'0'.repeat(64)}"]
    bitnami/kafka: []
  images-by-tag-regex:
    nginx: ^1\\.13\\.[12]-alpine-perl$
    node: (?P<n>24)[[:alpha:]]*
    golang: \\pL
  images-by-semver:
    alpine: ">= 3.12.0, < 4"
    debian: "!= 12"
  credentials: {username: me, password: geheim}
quay.io:
  tls-verify: false
  images: {coreos/etcd: [latest]}
`);
  expect(read).toEqual({
    format: 'skopeo',
    destination: undefined,
    rules: [
      String.raw`{image: alpine, versions: [">= 3.12.0 < 4"], tags: ['/^v?\d+(\.\d+)*$/']}`,
      'busybox',
      String.raw`{image: nginx, tags: ['/^1\.13\.[12]-alpine-perl$/']}`,
      '{image: node, tags: ["/(?<n>24)[A-Za-z]*/"]}',
      '{image: redis, tags: ["7", "8"]}',
    ],
    lost: [
      '4 from/digest',
      '5 from/not-official',
      '9 from/regex',
      '12 from/range',
      '13 from/setting',
      '15 from/setting',
      '16 from/not-official',
    ],
  });
});

test('dregsy: mappings with verbatim tags, ranges and expressions, of which one is enough', () => {
  const { problems: _, ...read } = imported(`relay: skopeo
tasks:
  - name: hub
    interval: 60
    source: {registry: registry.hub.docker.com, auth: bm90aGluZw==}
    target: {registry: mirror.example.com}
    mappings:
      - from: library/busybox
        to: hub/busybox
        tags: ['semver: >=1.31.0 <1.31.9', 'regex: 1\\.26\\.[0-9]-(glibc|musl)', '1.29.4', 'latest', 'regex: !x', 'keep: latest 5', '1.3*']
      - {from: library/alpine, to: hub/alpine}
      - {from: library/redis, to: "regex:library/,x/"}
      - {from: "regex:library/.*", to: hub}
      - {from: team/app}
`);
  expect(read).toEqual({
    format: 'dregsy',
    destination: 'mirror.example.com/hub',
    rules: [
      'alpine',
      String.raw`{image: busybox, tags: ['/1\.26\.[0-9]-(glibc|musl)/', "1.29.4", "latest"]}`,
      String.raw`{image: busybox, versions: [">=1.31.0 <1.31.9"], tags: ['/^v?\d+(\.\d+)*$/']}`,
      'redis',
    ],
    lost: [
      '4 from/setting',
      '5 from/setting',
      '10 from/filter',
      '10 from/filter',
      '10 from/bad-tag',
      '12 from/renamed',
      '13 from/image-regex',
      '14 from/not-official',
    ],
  });
});

test('image-syncer: one or more tags, expressions, digests and destinations, in a file of its own or below `images`', () => {
  const text = `docker.io/library/alpine: mirror.example.com/hub/alpine
docker.io/library/redis:7,8: [mirror.example.com/hub/redis, other.example.com/hub/redis]
docker.io/library/node:24: mirror.example.com/hub/node:lts
docker.io/library/golang:/^1\\.2[67]-alpine$/: mirror.example.com/hub/golang
docker.io/library/debian@sha256:${'1'.repeat(64)}: mirror.example.com/hub/debian
quay.io/coreos/kube-rbac-proxy:v1.0,v2.0: mirror.example.com/hub/kube-rbac-proxy
docker.io/library/nginx:1: ""
`;
  const { problems: _, ...read } = imported(text);
  const rules = [
    'alpine',
    String.raw`{image: golang, tags: ['/^1\.2[67]-alpine$/']}`,
    '{image: nginx, tags: ["1"]}',
    '{image: node, tags: ["24"]}',
    '{image: redis, tags: ["7", "8"]}',
  ];
  expect(read).toEqual({
    format: 'image-syncer',
    destination: 'mirror.example.com/hub',
    rules,
    lost: ['2 from/other-destination', '3 from/renamed', '5 from/digest', '6 from/not-official'],
  });
  const whole = imported(`auth: {quay.io: {username: me, password: geheim}}\nimages:\n${text.replaceAll(/^/gm, '  ')}`);
  expect(whole.rules).toEqual(rules);
  expect(
    imported(JSON.stringify({ images: { 'docker.io/library/alpine': 'mirror.example.com/hub/alpine' } })).rules,
  ).toEqual(['alpine']);
});

test('flux-mirror: selectors, whose newest N has no counterpart', () => {
  const { problems: _, ...read } = imported(`apiVersion: mirror.plugin.fluxcd.io/v1beta1
kind: Config
artifacts:
  - source: docker.io/library/redis
    destination: mirror.example.com/library/redis
    selector: {semver: ">=7.0.0 <9.0.0", limit: 10}
    includeReferrers: true
  - source: docker.io/library/debian
    destination: mirror.example.com/library/debian
    selector:
      regex: {pattern: '^trixie-(?P<day>\\d+)$', extract: '$day'}
      sortBy: numerical
      limit: 0
  - {source: docker.io/stefanprodan/podinfo, destination: mirror.example.com/x/podinfo}
charts:
  - {name: nginx, source: "https://charts.example.com", destination: "oci://mirror.example.com/charts"}
`);
  expect(read).toEqual({
    format: 'flux-mirror',
    destination: 'mirror.example.com/library',
    rules: [
      String.raw`{image: debian, tags: ['/^trixie-(?<day>\d+)$/']}`,
      String.raw`{image: redis, versions: [">=7.0.0 <9.0.0"], tags: ['/^v?\d+(\.\d+)*$/']}`,
    ],
    lost: ['6 from/newest', '7 from/setting', '11 from/extract', '14 from/not-official', '16 from/setting'],
  });
});

test('ocync: names of registries, groups of targets, defaults, globs, ranges and excludes', () => {
  const { problems: _, ...read } = imported(`registries:
  hub: {url: docker.io, auth_type: basic, credentials: {username: me, password: geheim}}
  east: {url: "\${HOST:-mirror.example.com}"}
target_groups: {prod: [east]}
defaults:
  source: hub
  targets: prod
  platforms: [linux/amd64]
  tags: {exclude: ["*-debug"], sort: semver, latest: 10}
mappings:
  - {from: library/nginx, to: hub/nginx}
  - from: library/postgres
    to: hub/postgres
    tags: {semver: ">=15, <18", exclude: ["*-rc*"]}
  - from: library/python
    to: hub/python
    tags: {glob: ["*-slim"], include: [latest]}
  - {from: chainguard/curl, to: curl}
`);
  expect(read).toEqual({
    format: 'ocync',
    destination: 'mirror.example.com/hub',
    rules: [
      'nginx',
      String.raw`{image: postgres, versions: [">=15 <18"], tags: ['/^v?\d+(\.\d+)*$/']}`,
      '{image: python, tags: ["*-slim", "latest"]}',
      'exclude:',
      '{image: nginx, tags: ["*-debug", "*-rc*", "*-alpha*", "*-beta*", "*-pre*", "*-snapshot*", "*-nightly*"]}',
      '{image: postgres, tags: ["*-rc*"]}',
    ],
    lost: ['2 from/setting', '8 from/setting', '9 from/newest', '18 from/not-official'],
  });
});

test('a list of references, with comments and what is no reference', () => {
  const { problems: _, ...read } = imported(
    '# ours\nalpine:3.24\nalpine\ndocker.io/library/redis:8 # cache\nghcr.io/a/b:1\nNot:Valid\n',
  );
  expect(read).toEqual({
    format: 'list',
    destination: undefined,
    rules: ['{image: alpine, tags: ["3.24", "latest"]}', '{image: redis, tags: ["8"]}'],
    lost: ['5 from/not-official', '6 from/bad-reference'],
  });
});

test.each(['"', "'", ''])('a list in YAML, with %s around its items, of Windows', (quote) => {
  const item = (text: string) => `- ${quote}${text}${quote}\r\n`;
  const text = `\ufeff# ours\r\n${item('alpine:3.10')}${item('docker.io/library/redis:8')}\r\nBAD NAME {x\r\n`;
  const { rules, lost } = imported(text);
  expect(rules).toEqual(['{image: alpine, tags: ["3.10"]}', '{image: redis, tags: ["8"]}']);
  expect(lost).toEqual(['5 from/bad-reference']);
});

describe('a tag that YAML reads as a number stays as it is written', () => {
  test.each([
    ['regsync', 'sync: [{source: python, type: repository, tags: {allow: [3.10, 3.20]}}]', '"3.10", "3.20"'],
    ['skopeo', 'docker.io: {images: {python: [3.10, 0x10, 1e3]}}', '"3.10", "0x10", "1e3"'],
    ['skopeo', 'docker.io: {images: {python: [&a 3.10, 3.0]}}', '"3.10", "3.0"'],
    ['dregsy', 'tasks: [{source: {registry: docker.io}, mappings: [{from: library/python, tags: [3.10]}]}]', '"3.10"'],
    [
      'ocync',
      'registries: {a: {url: docker.io}}\nmappings: [{from: library/python, source: a, tags: {glob: 3.10}}]',
      '"3.10"',
    ],
  ])('%s', (format, text, tags) => {
    expect(imported(text)).toMatchObject({ format, rules: [`{image: python, tags: [${tags}]}`] });
  });
});

test('JSON has lines, and numbers as they are written', () => {
  const text =
    '{\n\t"ghcr.io/a/b": "r.example.com/a/b",\n\t"docker.io/library/python:3.10": "r.example.com/a/python:3.10"\n}\n';
  expect(imported(text)).toMatchObject({ format: 'image-syncer', lost: ['2 from/not-official'] });
  expect(imported('{"docker.io": {"images": {"python": [3.10]}}}').rules).toEqual(['{image: python, tags: ["3.10"]}']);
});

test('a document that cannot be read is a warning, and the one beside it counts', () => {
  const { lost, rules } = imported('a: [\n---\nsync: [{source: redis, type: repository}]\n');
  expect(rules).toEqual(['redis']);
  expect(lost).toEqual(['1 suggest/bad-yaml']);
});

test('a step of regsync of no known type is reported, not taken for a repository', () => {
  const { lost, rules } = imported(
    'sync:\n  - {source: redis, type: image}\n  - source: alpine\n  - source: nginx\n    type: tag\n',
  );
  expect(rules).toEqual(['{image: redis, tags: ["latest"]}']);
  expect(lost).toEqual(['3 from/bad-shape', '5 from/bad-shape']);
});

test('what says what happens anyhow is no loss', () => {
  expect(imported('docker.io: {tls-verify: true, images: {redis: []}}').lost).toEqual([]);
  expect(imported('docker.io: {tls-verify: false, images: {redis: []}}').lost).toEqual(['1 from/setting']);
  const task = (platform: string) =>
    `tasks: [{source: {registry: docker.io}, target: {registry: r.e.com}, mappings: [{from: library/redis, platform: ${platform}}]}]`;
  expect(imported(task('all')).lost).toEqual([]);
  expect(imported(task('linux/amd64')).lost).toEqual(['1 from/setting']);
});

describe('patterns of Go', () => {
  test.each([
    ['latest', true, 'latest'],
    [String.raw`3\.0`, true, '3.0'],
    [String.raw`^3\.0$`, false, '3.0'],
    ['3.0', false, '/3.0/'],
    ['a|b', true, '/^(?:a|b)$/'],
    ['^a|b$', true, '/^(?:^a|b$)$/'],
    ['(?i)RC', false, '/RC/i'],
    [String.raw`\A3\z`, false, '/^3$/'],
    ['[[:digit:]]+', false, '/[0-9]+/'],
    [String.raw`\Qa\E`, false, undefined],
    [String.raw`\pL`, false, undefined],
    ['(?s)a', false, undefined],
    ['(', false, undefined],
    ['', false, undefined],
  ])('%s', (text, isWhole, expected) => {
    expect(tagsFromRegex(text, isWhole)).toBe(expected);
  });
  test.each([
    ['>= 1.0, < 2.0', '>= 1.0 < 2.0'],
    ['~1.2 || ^3', '~1.2 || ^3'],
    ['2.x', '2.x'],
    ['!=1', undefined],
    ['latest', undefined],
    ['', undefined],
  ])('%s', (text, expected) => {
    expect(versionsFromRange(text)).toBe(expected);
  });
});

describe('init --from', () => {
  test('writes a mirrors.yaml with the rules and the destination, and says what is lost', async () => {
    const { path } = temporaryDirectory();
    writeFileSync(join(path, 'images.txt'), 'alpine:3.24\nghcr.io/a/b:1\n');
    const list = await runCli(['init', '--from', 'images.txt', '-C', path], { cwd: path });
    expect(list).toMatchObject({ code: 0 });
    expect(list.stdout).toContain('with 1 rule of a list file; 1 thing could not be carried over');
    expect(list.stderr).toContain('images.txt:2: warning from/not-official');
    const text = readFileSync(join(path, 'mirrors.yaml'), 'utf8');
    expect(text).toContain('images:\n  include:\n    - {image: alpine, tags: ["3.24"]}\n\n# The platforms to keep');
    expect((await runCli(['check', '-C', path])).stderr).not.toContain('config/');

    const other = temporaryDirectory().path;
    writeFileSync(
      join(other, 's.yml'),
      'sync: [{source: redis, target: "r.example.com:5000/a/b/redis", type: repository}]\n',
    );
    expect(await runCli(['init', '--from', 's.yml', '-C', other, '--no-try'], { cwd: other })).toMatchObject({
      code: 0,
      stderr: '',
    });
    const config = parseConfig(readFileSync(join(other, 'mirrors.yaml'), 'utf8'), { file: 'mirrors.yaml', env: {} });
    expect(config.destinations).toMatchObject([{ registry: { host: 'r.example.com:5000' }, namespace: 'a/b' }]);
    expect(config.include.map(({ image }) => image.text)).toEqual(['redis']);
  });

  test.each([
    ['unknown-format', 'a: 1\n', 2],
    ['bad-yaml', 'sync: [\n', 2],
    ['nothing-official', 'ghcr.io/a/b:1\n', 1],
  ])('wrong input: %s', async (code, text, exitCode) => {
    const { path } = temporaryDirectory();
    writeFileSync(join(path, 'in.yml'), text);
    const result = await runCli(['init', '--from', 'in.yml', '-C', path], { cwd: path });
    expect(result.code).toBe(exitCode);
    expect(result.stderr).toContain(`/${code}`);
    expect(() => readFileSync(join(path, 'mirrors.yaml'))).toThrow('ENOENT');
    const absent = await runCli(['init', '--from', 'absent', '-C', path], { cwd: path });
    expect(absent.stderr).toContain('error from/unreadable');
  });

  test('options besides the file: their images are added, and their destination is the one', async () => {
    const { path } = temporaryDirectory();
    const step = (image: string) =>
      `  - {source: ${image}, target: "r.example.com/a/${image}", type: repository, tags: {allow: ["3"]}}\n`;
    writeFileSync(join(path, 'regsync.yml'), `sync:\n${step('alpine')}${step('nginx')}`);
    const init = async (...words: string[]) => {
      const folder = temporaryDirectory().path;
      const { code, stderr } = await runCli(['init', '--from', 'regsync.yml', '-C', folder, '--no-try', ...words], {
        cwd: path,
      });
      expect(code, stderr).toBe(0);
      return parse(readFileSync(join(folder, 'mirrors.yaml'), 'utf8'));
    };
    const options = ['--image', 'redis', 'alpine:edge', '--destination', 'other.example.com/b'];
    const both = await init(...options);
    expect(both.destinations).toEqual([{ name: 'main', registry: 'other.example.com', namespace: 'b' }]);
    const nginx = { image: 'nginx', tags: ['3'] };
    expect(both.images).toEqual({ include: [{ image: 'alpine', tags: ['3', 'edge'] }, nginx, 'redis'] });
    const plain = await init('--insecure');
    expect(plain.destinations).toEqual([{ name: 'main', registry: 'r.example.com', insecure: true, namespace: 'a' }]);
    expect(plain.images).toEqual({ include: [{ image: 'alpine', tags: ['3'] }, nginx] });
  });

  test('a destination of the file that refuses: nothing is written', async () => {
    const { path } = temporaryDirectory();
    // Nothing listens at port 1.
    const target = '127.0.0.1:1/a/redis';
    writeFileSync(join(path, 's.yml'), `sync: [{source: redis, target: "${target}", type: repository}]\n`);
    const result = await runCli(['init', '--from', 's.yml', '-C', join(path, 'out')], { cwd: path });
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('error init/destination');
    expect(readdirSync(path)).toEqual(['s.yml']);
  });

  test('standard input', async () => {
    const { path } = temporaryDirectory();
    const stdin = 'alpine:3.24\nghcr.io/a/b\n';
    const { code, stderr } = await runCli(['init', '--from', '-', '-C', path], { cwd: path, stdin });
    expect([code, stderr]).toEqual([0, expect.stringContaining('(stdin):2: warning from/not-official')]);
    expect(readFileSync(join(path, 'mirrors.yaml'), 'utf8')).toContain('- {image: alpine, tags: ["3.24"]}');
  });

  test.each([
    ['from/not-text', Buffer.from('alpine\n', 'utf16le'), 'Save it in UTF-8'],
    ['from/not-text', Buffer.from([0x89, 0x50, 0xff, 0xfe, 0x0a]), 'Save it in UTF-8'],
    ['from/too-large', Buffer.alloc(4 * 1024 * 1024 + 1, 'alpine\n'), ''],
    ['from/unknown-format', Buffer.alloc(0), 'It is a regsync.yml'],
  ])('%s: nothing is written', async (code, bytes, hint) => {
    const { path } = temporaryDirectory();
    writeFileSync(join(path, 'in'), bytes);
    const ways = ['in', '-'].map((from) =>
      runCli(['init', '--from', from, '-C', join(path, 'out')], { cwd: path, stdin: bytes }),
    );
    for (const result of await Promise.all(ways)) {
      expect(result.stderr).toContain(`error ${code}`);
      expect(result.stderr).toContain(hint);
      expect(result.code).toBe(2);
    }
    expect(readdirSync(path)).toEqual(['in']);
  });

  test.each([
    ['.', 'Name the file in this folder'],
    ['https://example.invalid/regsync.yml', '`curl -fsSL ADDRESS | mirrorlock init --from -`'],
  ])('%s cannot be read: the hint says how', async (from, hint) => {
    const { path } = temporaryDirectory();
    const { code, stderr } = await runCli(['init', '--from', from, '-C', path], { cwd: path });
    expect(code).toBe(2);
    expect(stderr).toContain('error from/unreadable');
    expect(stderr).toContain(hint);
  });
});

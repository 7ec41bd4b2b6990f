import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCli } from '../support/cli.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { tinyLibrary } from '../support/tiny-library.ts';
import { makeUpstream } from '../support/upstream.ts';
import { writeProjects } from './projects.ts';

const golden = (name: string) => new URL(`golden/${name}`, import.meta.url);

interface Answer {
  readonly yaml: string;
  readonly rules: {
    readonly image: string;
    readonly references: number;
    readonly history?: { readonly pulls: number };
  }[];
  readonly coverage: Record<'references' | 'uses', { readonly official: number; readonly covered: number }>;
  readonly today?: Answer['coverage'];
  readonly references: {
    readonly reference: string;
    readonly status: string;
    readonly covered: boolean;
    readonly count: number;
  }[];
  readonly unused?: {
    readonly images: string[];
    readonly groups: { readonly tags: string[] }[];
    readonly lockedGroups: number;
  };
  readonly warnings: { readonly code: string; readonly place?: { readonly file: string; readonly line?: number } }[];
}

async function scene(library?: Readonly<Record<string, string>>) {
  const home = temporaryDirectory().path;
  const upstream = await makeUpstream(join(home, 'official-images'), library);
  const mirror = join(home, 'mirror');
  mkdirSync(mirror);
  const run = (...args: string[]) =>
    runCli(args, {
      cwd: home,
      env: { MIRRORLOCK_CACHE: join(home, 'cache') },
      ...(args.includes('-') ? { stdin: pods } : {}),
    });
  const suggest = async (...args: string[]): Promise<Answer> => {
    const { code, stdout, stderr } = await run(
      'suggest',
      '--upstream',
      upstream.path,
      '-C',
      mirror,
      '--json',
      '-q',
      ...args,
    );
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout);
  };
  return { home, upstream, mirror, run, suggest };
}

const pods = JSON.stringify({
  apiVersion: 'v1',
  kind: 'List',
  items: [{ kind: 'Pod', spec: { containers: [{ image: 'alpine:3.24' }] } }],
});

const write = (folder: string, files: Readonly<Record<string, string>>) => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
};

test('forty projects: the coverage that is claimed is that of the rules, as expand sees them', async () => {
  const { home, mirror, upstream, run, suggest } = await scene();
  const used = writeProjects(join(home, 'projects'));
  writeFileSync(
    join(mirror, 'mirrors.yaml'),
    'version: 1\ndestinations: [{name: a, registry: registry.example.com, namespace: library}]\nimages: {include: [alpine]}\n',
  );
  const answer = await suggest('projects');

  const isForeign = (reference: string) => /^(docker|nginxinc)\/|^quay/.test(reference);
  const listed = new Set(
    upstream
      .images()
      .flatMap((image) =>
        [...upstream.read(image).matchAll(/^(?:Shared)?Tags: (.*)$/gm)].flatMap(([, tags = '']) =>
          tags.split(', ').map((tag) => `${image}:${tag}`),
        ),
      ),
  );
  const official = used.filter((reference) => !isForeign(reference));
  expect(answer.coverage).toEqual({
    references: { official: new Set(official).size, covered: new Set(official.filter((one) => listed.has(one))).size },
    uses: { official: official.length, covered: official.filter((one) => listed.has(one)).length },
  });
  expect(answer.references.reduce((sum, { count }) => sum + count, 0)).toBe(used.length);
  expect(answer.today?.references.covered).toBe(
    new Set(official.filter((one) => listed.has(one) && one.startsWith('alpine:'))).size,
  );

  const proposed = join(home, 'proposed');
  write(proposed, { 'mirrors.yaml': `version: 1\n${answer.yaml}\n` });
  const expanded = JSON.parse(
    (await run('expand', '-C', proposed, '--upstream', upstream.path, '--json', '-q')).stdout,
  );
  expect(expanded.warnings).toEqual([]);
  const selected = new Set(
    expanded.images.flatMap(({ image, groups }: { image: string; groups: { tags: string[] }[] }) =>
      groups.flatMap(({ tags }) => tags.map((tag) => `${image}:${tag}`)),
    ),
  );
  const covered = answer.references.filter((one) => one.covered).map(({ reference }) => reference);
  expect(covered.toSorted()).toEqual([...new Set(official.filter((one) => listed.has(one)))].toSorted());
  expect(covered.filter((one) => !selected.has(one))).toEqual([]);
  expect(answer.rules.length).toBeLessThanOrEqual(new Set(covered.map((one) => one.split(':')[0])).size);
  expect(answer.warnings.map(({ code, place }) => `${code} ${place?.line}`)).toEqual(
    expect.arrayContaining(['suggest/variable 2', 'suggest/template 3']),
  );
  expect(answer.warnings.some(({ place }) => place?.file.includes('node_modules'))).toBe(false);
});

test('a tag that upstream has replaced is told with its successor, which is covered on request', async () => {
  const { home, suggest } = await scene(tinyLibrary);
  write(home, { list: 'alpine:3.23.4\nalpine:2.7\n' });
  const [found, alone] = [await suggest('list', '--successors'), await suggest('list')];
  expect(alone.references).toMatchObject([
    { reference: 'alpine:2.7', status: 'unlisted', covered: false },
    { reference: 'alpine:3.23.4', status: 'unlisted', successor: '3.23', covered: false },
  ]);
  expect(alone.rules).toEqual([]);
  expect(found.yaml).toBe('images:\n  include:\n    - {image: alpine, tags: ["3.23"]}');
  expect(found.coverage.references).toEqual({ official: 2, covered: 0 });
});

test('what is found in a folder and is of another kind is passed over, and a chart is told of once', async () => {
  const { home, suggest } = await scene(tinyLibrary);
  const template = 'apiVersion: v1\nkind: Pod\nspec: {containers: [{image: "{{ .x }}"}]}\n';
  write(home, {
    'a/Dockerfile': 'FROM alpine:3.24\n',
    'a/data.csv': 'x,y\n1,2\n',
    'a/build.log': 'all well\n',
    'a/package.json': '{"name": "x"}',
    'a/values.yaml': 'image: [\n',
    'a/chart/one.yaml': template,
    'a/chart/two.yaml': template,
    'a/binary.yaml': 'a\u0000\ufffe',
  });
  const answer = await suggest('a');
  expect(answer.warnings.map(({ code, place }) => `${place?.file} ${code}`)).toEqual([
    'a/chart/one.yaml suggest/template',
    'a/values.yaml suggest/bad-yaml',
  ]);
  expect(answer.references).toMatchObject([{ reference: 'alpine:3.24', covered: true }]);
});

test('standard input, links that are not followed, and a file that is named twice', async () => {
  const { home, suggest } = await scene(tinyLibrary);
  write(home, { 'a/Dockerfile': 'FROM alpine:3.24\n' });
  symlinkSync('..', join(home, 'a', 'loop'));
  symlinkSync('Dockerfile', join(home, 'a', 'Dockerfile.again'));
  const answer = await suggest('a', 'a/Dockerfile', '-');
  expect(answer.references).toMatchObject([{ reference: 'alpine:3.24', count: 2, covered: true }]);
});

test('what the rules cost is told from history, of a path as it is and of all since a day', async () => {
  const { home, upstream, suggest } = await scene(tinyLibrary);
  upstream.release('alpine', '3.23.5', '3.23.6');
  await upstream.commit('Release');
  write(home, { 'a/Dockerfile': 'FROM alpine:3.23\nFROM busybox:1\n' });
  const costs = ({ rules }: Answer) => rules.map(({ image, history }) => [image, history?.pulls]);
  const expected = [
    ['alpine', 3],
    ['busybox', 0],
  ];
  expect(costs(await suggest('a'))).toEqual(expected);
  expect(costs(await suggest('a', '--since', '2026-01-01'))).toEqual(expected);
});

test('places that hold official images: destinations, alternates and those that are named', async () => {
  const { home, mirror, suggest } = await scene(tinyLibrary);
  write(mirror, {
    'mirrors.yaml':
      'version: 1\ndestinations: [{name: a, registry: "registry.example.com:5000", namespace: mirror}]\nimages: {include: ["*"]}\n',
  });
  write(home, {
    'a/Dockerfile':
      'FROM registry.example.com:5000/mirror/alpine:3.24\nFROM public.ecr.aws/docker/library/alpine:3.24\nFROM proxy.example.com/hub/library/alpine:3.24\n',
  });
  const statuses = ({ references }: Answer) => references.map(({ reference, count }) => `${reference} ${count}`);
  expect(statuses(await suggest('a'))).toEqual(['alpine:3.24 2', 'proxy.example.com/hub/library/alpine:3.24 1']);
  expect(statuses(await suggest('a', '--mirror', 'proxy.example.com/hub/library'))).toEqual(['alpine:3.24 3']);
});

describe('with a lockfile', () => {
  const digest = (letter: string) => `sha256:${letter.repeat(64)}`;

  test('--unused names what nothing uses, by tag or digest, and a digest is the tags that it is locked for', async () => {
    const { home, mirror, suggest, run, upstream } = await scene(tinyLibrary);
    write(mirror, {
      'mirrors.yaml': 'version: 1\nimages: {include: ["*"]}\n',
      'mirrors.lock.yaml': lockedText(digest),
    });
    write(home, { list: `alpine:3.24\nbusybox@${digest('c')}\nalpine@${digest('f')}\n` });
    const answer = await suggest('list', '--unused');
    expect(answer.unused).toMatchObject({
      images: [],
      lockedGroups: 3,
      groups: [{ image: 'alpine', tags: ['3.23.5', '3.23'] }],
    });
    expect(answer.references.map(({ status }) => status).toSorted()).toEqual(['digest-only', 'listed', 'listed']);
    const text = await run('suggest', '--upstream', upstream.path, '-C', mirror, '-q', 'list', '--unused');
    expect(text.stdout).toContain('Mirrored and not in use: 1 of 3 groups, 2 tags.\n  alpine  3.23.5, 3.23');
  });
});

function lockedText(digest: (letter: string) => string): string {
  return `version: 1
config: ${digest('0')}
upstream:
  repository: https://example.com/official-images.git
  commit: "${'1'.repeat(40)}"
images:
  alpine:
    - digest: ${digest('a')}
      tags:
        - "3.24.1"
        - "3.24"
    - digest: ${digest('b')}
      tags:
        - "3.23.5"
        - "3.23"
  busybox:
    - digest: ${digest('c')}
      tags:
        - "1.38.0"
`;
}

/** Each is told, and what can be read besides counts: files, arguments → what is printed. */
const wrong: Readonly<Record<string, { files: Record<string, string>; args: string[] }>> = {
  'no-path': { files: {}, args: ['absent'] },
  'bad-mirror': { files: { Dockerfile: 'FROM alpine:3' }, args: ['--mirror', 'https://x/y', '--', 'in'] },
  'nothing-used': { files: { Dockerfile: 'FROM scratch', 'readme.md': 'FROM alpine' }, args: ['in'] },
  'unused-without-lockfile': { files: { Dockerfile: 'FROM alpine:3' }, args: ['--unused', 'in'] },
  'bad-day': { files: { Dockerfile: 'FROM alpine:3' }, args: ['--since', 'yesterday', 'in'] },
  'half-readable': {
    files: {
      Dockerfile: 'FROM alpine:3.24\nFROM $BASE\nFROM Not:Valid\n',
      'compose.yaml': 'services:\n  a: {image: "busybox:${TAG}"}\n  b: {image: busybox:1}\n',
      'pods.yaml': 'apiVersion: v1\nkind: Pod\nspec: {containers: [{image: "alpine:3.23"}]}\n---\nkind: [\nimage: x\n',
      'usage.csv': 'repository,tag\nlibrary/alpine\nlibrary/alpine,3\n',
      'access.log': 'nothing here\n',
      'other.csv': 'name,count\nx,1\n',
      'hostile.yaml':
        'apiVersion: v1\nkind: Pod\nspec: {containers: [{image: "\\e[31mred:1"}, {image: "ghcr.io/x/y:<script>"}]}\n',
    },
    args: ['in/access.log', 'in/other.csv', 'in'],
  },
};

test.each(Object.entries(wrong))('wrong input: %s', async (name, { files, args }) => {
  const { home, run, upstream, mirror } = await scene(tinyLibrary);
  mkdirSync(join(home, 'in'));
  write(join(home, 'in'), files);
  const { code, stdout, stderr } = await run('suggest', '-C', mirror, '--upstream', upstream.path, ...args);
  const warnings = stderr
    .split('\n')
    .filter((line) => !/^Reading/.test(line))
    .join('\n');
  const shown = `exit code ${code}\n--- stdout\n${stdout}--- stderr\n${warnings}`
    .replaceAll(home, 'HOME')
    .replace(/at [0-9a-f]{12}/, 'at COMMIT');
  await expect(shown).toMatchFileSnapshot(golden(`${name}.txt`).pathname);
});

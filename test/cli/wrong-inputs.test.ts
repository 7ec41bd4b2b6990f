import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { formatLockfile } from '../../src/lock/format.ts';
import { runCli } from '../support/cli.ts';
import { gitIn } from '../support/git.ts';
import { locked, lockedImage, lockfile } from '../support/lockfiles.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { tinyLibrary } from '../support/tiny-library.ts';
import { makeUpstream } from '../support/upstream.ts';

const golden = (name: string) => new URL(`golden/${name}.txt`, import.meta.url).pathname;

/** What somebody types or writes wrongly, and what they do when they follow the hint. */
interface WrongInput {
  readonly args: readonly string[];
  /** Files that are wrong, beside a mirror that is right. */
  readonly files?: Readonly<Record<string, string>>;
  /** What the hint leads to: arguments, and files as they should be. */
  readonly next: readonly string[];
  readonly repaired?: Readonly<Record<string, string>>;
  /** What it then ends with, where that is not 0. */
  readonly code?: number;
}

const configuration = (upstream: string, more = '') => `version: 1
upstream: {repository: ${JSON.stringify(upstream)}}
destinations:
  - {name: main, registry: registry.example.com, namespace: library}
images:
  include: [alpine]
${more}`;
const lock = lockfile(lockedImage('alpine', locked('a', '3.24 3 latest'), locked('b', '3.23')));
const regsync = (type: string) =>
  `version: 1\nsync:\n  - source: alpine\n    target: r.example.com/alpine\n    type: ${type}\n`;

let upstream: string;

beforeAll(async () => {
  upstream = (await makeUpstream(join(temporaryDirectory().path, 'official-images'), tinyLibrary)).path;
});

const withConfig = (more: string) => ({ 'mirrors.yaml': `CONFIG${more}` });
const notify = (fields: string) => withConfig(`notify:\n  - {${fields}}\n`);
const matrix = 'to: matrix, address: MATRIX_URL, token: MATRIX_SECRET_1, room: "!a:b.org"';

const inputs: Readonly<Record<string, WrongInput>> = {
  'where-bad-reference': { args: ['where', 'Alpine:3'], next: ['where', 'alpine:3'] },
  'where-other-registry': { args: ['where', 'quay.io/acme/alpine:3'], next: ['where', 'alpine:3'] },
  'where-misspelled': { args: ['where', 'alpin:3'], next: ['where', 'alpine:3'] },
  'ls-unknown-image': { args: ['ls', 'alpin'], next: ['ls', 'alpine'] },
  'ls-with-tag': { args: ['ls', 'alpine:3'], next: ['ls', 'alpine'] },
  'ls-unknown-column': {
    args: ['ls', 'alpine', '--columns', 'tag,digset'],
    next: ['ls', 'alpine', '--columns', 'tag,digest'],
  },
  'ls-broken-lockfile': {
    args: ['ls'],
    files: { 'mirrors.lock.yaml': '<<<<<<< ours\n' },
    next: ['ls'],
    repaired: { 'mirrors.lock.yaml': formatLockfile(lock) },
  },
  'catalog-no-folder-name': { args: ['catalog'], next: ['catalog', '--out', 'site'] },
  'catalog-foreign-file': {
    args: ['catalog', '--out', 'site'],
    files: { 'site/index.html': 'mine' },
    next: ['catalog', '--out', 'other-site'],
  },
  'catalog-bad-url': {
    args: ['catalog', '--out', 'site', '--url', 'mirror.example.com/catalog'],
    next: ['catalog', '--out', 'site', '--url', 'https://mirror.example.com/catalog/'],
  },
  'suggest-no-path': {
    args: ['suggest', 'projects'],
    next: ['suggest', '.'],
    repaired: { Dockerfile: 'FROM alpine:3\n' },
  },
  'suggest-bad-day': {
    args: ['suggest', '.', '--since', 'yesterday'],
    files: { Dockerfile: 'FROM alpine:3\n' },
    next: ['suggest', '.', '--since', '2026-01-01'],
  },
  'init-unknown-format': {
    args: ['init', '-C', 'new', '--from', 'sync.txt'],
    files: { 'sync.txt': '<html>\n' },
    next: ['init', '-C', 'new', '--from', 'sync.yml', '--no-try'],
    repaired: { 'sync.yml': regsync('repository') },
  },
  'init-exists': { args: ['init'], next: ['init', '-C', 'new'] },
  'init-bad-destination': {
    args: ['init', '-C', 'new', '--destination', 'https://r.example.com/x'],
    next: ['init', '-C', 'new', '--destination', 'r.example.com/x', '--no-try'],
  },
  'client-config-unknown': { args: ['client-config', 'dokcer'], next: ['client-config', 'docker'] },
  'client-config-destination': {
    args: ['client-config', 'podman', '--destination', 'mian'],
    next: ['client-config', 'podman', '--destination', 'main'],
  },
  'check-bad-config': {
    args: ['check'],
    files: withConfig('imagse: {}\n'),
    next: ['expand'],
    repaired: withConfig(''),
  },
  'notify-no-room': {
    args: ['expand'],
    files: notify('to: matrix, address: MATRIX_URL, token: MATRIX_SECRET_1'),
    next: ['expand'],
    repaired: notify(matrix),
  },
  'notify-template': {
    args: ['expand'],
    files: notify('to: slack, address: SLACK_URL, template: "{{titel}}"'),
    next: ['expand'],
    repaired: notify('to: slack, address: SLACK_URL, template: "{{title}}"'),
  },
  'notify-secret-variable': {
    args: ['expand'],
    files: notify('to: slack, address: GITHUB_TOKEN'),
    next: ['expand'],
    repaired: notify('to: slack, address: SLACK_URL'),
  },
  'metrics-address-in-option': {
    args: ['verify', '--metrics-push', 'https://gateway.example/'],
    next: ['verify', '--help'],
  },
  'completion-unknown-shell': { args: ['completion', 'bsh'], next: ['completion', 'bash'] },
  'states-bad-limit': { args: ['states', '--limit', 'all'], next: ['states', '--limit', '20'] },
  'version-with-argument': { args: ['version', 'node'], next: ['version'] },
  'explain-bad-subject': { args: ['explain', 'library/alpine:3'], next: ['explain', 'alpine:3'] },
  'explain-unknown-tag': { args: ['explain', 'alpine:3.99'], next: ['explain', 'alpine:3.24'] },
  'compare-tag': { args: ['compare', 'alpine:3'], next: ['compare', '--help'] },
};

it('there are more than twenty', () => {
  expect(Object.keys(inputs).length).toBeGreaterThanOrEqual(20);
});

describe('a wrong input', () => {
  it.each(Object.keys(inputs))('%s: says what is wrong, and the hint leads on', async (name) => {
    const { args, files = {}, next, repaired = {}, code = 0 } = inputs[name] as WrongInput;
    const { path } = temporaryDirectory();
    const write = (written: Readonly<Record<string, string>>) => {
      for (const [file, text] of Object.entries(written)) {
        mkdirSync(join(path, file, '..'), { recursive: true });
        const own = text.startsWith('CONFIG') ? configuration(upstream, text.slice('CONFIG'.length)) : text;
        writeFileSync(join(path, file), own);
      }
    };
    write({ 'mirrors.yaml': 'CONFIG', 'mirrors.lock.yaml': formatLockfile(lock) });
    const git = gitIn(path, { name: 'me', email: 'me@example.com', date: '2026-01-01T00:00:00Z' });
    await git('init', '--quiet');
    await git('add', '--all');
    await git('commit', '--quiet', '--message=Begin');
    write(files);
    const run = (words: readonly string[]) => runCli([...words, '--quiet'], { cwd: path, env: { COLUMNS: '100' } });
    const wrong = await run(args);
    expect([1, 2, 3]).toContain(wrong.code);
    const plain = (text: string) => text.replaceAll(path, 'FOLDER').replaceAll(upstream, 'UPSTREAM');
    const shown = `$ mirrorlock ${args.join(' ')}\nexit code ${wrong.code}\n--- stdout\n${wrong.stdout}--- stderr\n${wrong.stderr}`;
    expect(shown).not.toMatch(/\n {4}at /);
    await expect(plain(shown)).toMatchFileSnapshot(golden(name));
    write(repaired);
    const right = await run(next);
    expect(right.code, right.stderr).toBe(code);
  });
});

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { type Digest, isDigest } from '../../src/core/names.ts';
import { formatLockfile } from '../../src/lock/format.ts';
import type { LockEntry, LockedImage } from '../../src/lock/types.ts';
import { LockText, lockfileOf } from '../../src/simulate/lock-text.ts';
import { readOptions } from '../../src/simulate/options.ts';
import { layOut } from '../../src/simulate/simulate.ts';
import { isImage } from '../../src/simulate/timeline.ts';
import { openHistory } from '../../src/upstream/open.ts';
import type { UpstreamImage } from '../../src/upstream/types.ts';
import { gitIn, plainEnv } from './git.ts';
import { bundle } from './open-upstream.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** A mirrors.yaml of the whole library for one destination. */
const configuration = `version: 1
upstream: {repository: "https://git.example/official-images.git", ref: master}
destinations:
  - {name: main, registry: registry.example.com, namespace: library}
images: {include: ["*"]}
`;

/**
 * Makes the git repository of a mirror of the whole real library: one commit for each day of a year on which the library
 * changed. Digests follow from what each group is built from; the first group of an image with a changed file is pending
 * for one day in ten. Takes a folder, which it makes; gives how many versions of the lockfile there are.
 */
export async function yearOfLockfiles(folder: string, since = '2025-08-22'): Promise<number> {
  const options = readOptions({ since, every: '1d', limit: 'none', rebuildModel: 'none' });
  const range = { since: options.since, beginsBefore: options.since + 86_400, until: Number.POSITIVE_INFINITY };
  const cacheDirectory = temporaryDirectory().path;
  const history = await openHistory({ repository: bundle, ref: 'master' }, range, { cacheDirectory, env: plainEnv });
  const { timeline } = layOut(history, options);
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/mirrors.yaml`, configuration);
  const git = gitIn(folder);
  await git('init', '--quiet', '--initial-branch=main');
  const imported = spawn('git', ['fast-import', '--quiet'], {
    cwd: folder,
    env: plainEnv,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const ended = once(imported, 'exit');
  const sections = new Map<string, string>();
  const writer = new LockText({ readsBack: false });
  for (const { run, commit, files } of timeline) {
    for (const [name, version] of files) {
      const image = isImage(version) ? lockedImage(version, run) : undefined;
      if (image === undefined || image.entries.length === 0) sections.delete(name);
      else sections.set(name, writer.linesOf(image).join('\n'));
    }
    const text = lockText(commit, sections);
    const time = options.since + run * 86_400;
    const message = `Update ${files.size} images (#${run + 1})`;
    const parts = [
      `commit refs/heads/main\ncommitter mirrorlock <bot@example.com> ${time} +0000\ndata ${message.length}\n${message}\n`,
      `M 100644 inline mirrors.lock.yaml\ndata ${Buffer.byteLength(text)}\n${text}\n`,
    ];
    if (!imported.stdin.write(parts.join(''))) await once(imported.stdin, 'drain');
  }
  imported.stdin.end();
  const [code] = await ended;
  if (code !== 0) throw new Error(`git fast-import ended with ${code}.`);
  await git('reset', '--quiet', '--hard', 'main');
  return timeline.length;
}

function lockText(commit: string, sections: ReadonlyMap<string, string>): string {
  const [head = ''] = formatLockfile(lockfileOf([], commit)).split('images:');
  const address = head.replace('repository: "-"', 'repository: https://git.example/official-images.git');
  const images = [...sections].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, lines]) => lines);
  return `${address}images:\n${images.join('\n')}\n`;
}

function lockedImage({ name, groups }: UpstreamImage, run: number): LockedImage {
  const entries = new Map<Digest, LockEntry>();
  for (const [index, { tags, builds = [] }] of groups.entries()) {
    const digest = digestOf([name, tags[0], ...builds.map(({ source }) => source)].join(' '));
    if (index === 0 && run % 10 === 9) entries.set(digestOf(`pending ${name}`), { pending: tags });
    else entries.set(digest, { digest, tags });
  }
  return { image: name, entries: [...entries.values()] };
}

function digestOf(text: string): Digest {
  const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
  if (!isDigest(digest)) throw new Error('a sha256 digest has 64 digits');
  return digest;
}

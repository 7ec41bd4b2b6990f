import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gitIn } from './git.ts';

const slices = new URL('library', import.meta.url);
export interface UpstreamRepository {
  /** The work tree, which serves as the address of the upstream too; its branch is `master`. */
  readonly path: string;
  /** The names of the images, sorted. */
  images(): readonly string[];
  read(image: string): string;
  write(image: string, text: string): void;
  remove(image: string): void;
  /**
   * Lets a version follow another in an image's file: in its tags and in the commit that it is built from. Throws when
   * the file does not have the old version.
   */
  release(image: string, oldVersion: string, newVersion: string): void;
  /** Commits what was changed; returns the commit, the same for the same history. */
  commit(message: string): Promise<string>;
}

/**
 * Makes a git repository in `folder` that stands in for docker-library/official-images: with a first commit of slices
 * of eight real images (the files in `library/` beside this one), or of the given `library` (file name → text).
 */
export async function makeUpstream(
  folder: string,
  library?: Readonly<Record<string, string>>,
): Promise<UpstreamRepository> {
  const files = join(folder, 'library');
  mkdirSync(files, { recursive: true });
  if (library === undefined) cpSync(slices, files, { recursive: true });
  let commits = 0;

  const upstream: UpstreamRepository = {
    path: folder,
    images: () => readdirSync(files).sort(),
    read: (image) => readFileSync(join(files, image), 'utf8'),
    write: (image, text) => writeFileSync(join(files, image), text),
    remove: (image) => rmSync(join(files, image)),
    release: (image, oldVersion, newVersion) =>
      upstream.write(image, releaseIn(upstream.read(image), oldVersion, newVersion)),
    commit: async (message) => {
      await git(folder, commits, 'add', '--all');
      await git(folder, commits, 'commit', '--quiet', '--allow-empty', `--message=${message}`);
      commits += 1;
      return git(folder, commits, 'rev-parse', 'HEAD');
    },
  };
  for (const [image, text] of Object.entries(library ?? {})) upstream.write(image, text);
  await git(folder, commits, 'init', '--quiet', '--initial-branch=master');
  await upstream.commit('Add the library');
  return upstream;
}

function releaseIn(text: string, oldVersion: string, newVersion: string): string {
  const escaped = oldVersion.replaceAll('.', '\\.');
  const version = new RegExp(`(?<=[\\s,-]|/v)${escaped}(?!\\w|\\.\\d)`, 'g');
  const paragraphs = text.split('\n\n').map((paragraph) => {
    const released = paragraph.replaceAll(version, newVersion);
    if (released === paragraph) return paragraph;
    const builtFrom = createHash('sha1').update(newVersion).digest('hex');
    return released.replace(/^GitCommit: .*$/m, `GitCommit: ${builtFrom}`);
  });
  const result = paragraphs.join('\n\n');
  if (result === text) throw new Error(`No tag has the version ${oldVersion}.`);
  return result;
}

/** git as upstream, at a time that follows from the number of commits. */
function git(folder: string, commits: number, ...command: readonly string[]): Promise<string> {
  const date = new Date(Date.UTC(2026, 0, 1, commits * 6)).toISOString();
  return gitIn(folder, { name: 'Upstream', email: 'upstream@example.com', date })(...command);
}

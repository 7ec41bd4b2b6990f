import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { readLibraryFile } from '../../src/upstream/reader.ts';
import type { ImageSpec } from '../../test/support/images/types.ts';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';

const images = {
  golang: ['1.26.4', '1.27.0'],
  node: ['22.19.0', '24.6.0'],
  python: ['3.13.7', '3.14.0'],
  ruby: ['3.4.5', '4.0.1'],
  php: ['8.4.11', '8.5.0'],
};
const variants = [
  'trixie',
  'slim-trixie',
  'bookworm',
  'slim-bookworm',
  'alpine3.24',
  'alpine3.23',
  'fpm-trixie',
  'fpm-bookworm',
];
const architectures = ['amd64', 'arm32v7', 'arm64v8'];
/** Images of one kind that stand for the rest of the library, so that there are enough groups. */
const copies = ['', '-lts'];

/** An upstream repository of 160 entries and 20 sets of shared tags, and the images that its files announce. */
export async function benchLibrary(): Promise<{ upstream: string; images: readonly ImageSpec[] }> {
  const upstream = temporaryDirectory().path;
  await mkdir(join(upstream, 'library'));
  const specs: ImageSpec[] = [];
  for (const [name, versions] of Object.entries(images)) {
    for (const copy of copies) {
      const text = libraryFile(versions);
      await writeFile(join(upstream, 'library', `${name}${copy}`), text);
      specs.push({ repository: `library/${name}${copy}`, groups: groupsOf(text) });
    }
  }
  const git = (...args: string[]) =>
    execa('git', ['-c', 'user.name=bench', '-c', 'user.email=bench@example.invalid', ...args], { cwd: upstream });
  await git('init', '--quiet', '--initial-branch=master');
  await git('add', '.');
  await git('commit', '--quiet', '--message=Announce the images of the benchmark');
  return { upstream, images: specs };
}

function libraryFile(versions: readonly string[]): string {
  const entries = versions.flatMap((version, index) =>
    variants.map((variant) => entry(version, variant, index === versions.length - 1)),
  );
  return ['Maintainers: The Benchmark (@benchmark)\nGitRepo: https://example.invalid/images.git', ...entries].join(
    '\n\n',
  );
}

/** Tags as official images have them: each version's prefix with the variant; the first variant carries the plain ones as shared. */
function entry(version: string, variant: string, isNewest: boolean): string {
  const prefixes = [version, version.replace(/\.\d+$/, ''), ...(isNewest ? [version.replace(/\..*$/, '')] : [])];
  const tags = [...prefixes.map((prefix) => `${prefix}-${variant}`), ...(isNewest ? [variant] : [])];
  const shared =
    variant === variants[0] ? [`SharedTags: ${[...prefixes, ...(isNewest ? ['latest'] : [])].join(', ')}`] : [];
  return [
    `Tags: ${tags.join(', ')}`,
    ...shared,
    `Architectures: ${architectures.join(', ')}`,
    'GitCommit: 0123456789012345678901234567890123456789',
    `Directory: ${version}/${variant}`,
  ].join('\n');
}

function groupsOf(text: string): ImageSpec['groups'] {
  const read = readLibraryFile(text);
  if (read.kind === 'refused') throw new Error(read.refusal.message);
  return read.groups;
}

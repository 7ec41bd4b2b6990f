import { posix } from 'node:path';
import type { Ci } from '../../config/types.ts';
import { folderSlug } from '../../core/folder-slug.ts';

/** Files of a provider: templates below `templates/ci/PROVIDER/`, and the paths that they are rendered to. */
export interface ProviderFiles {
  /** The template of each file by its path in the mirror repository, where that is a git repository of its own. */
  readonly files: Readonly<Record<string, string>>;
  /**
   * What joins the name of a file and the folder's slug for a mirror in a folder, whose files are at the top of the git
   * repository, since the forge looks for them there only. Absent: they are in the mirror's folder.
   */
  readonly joint?: '-' | '.';
  /** Parts that templates share. */
  readonly partials: readonly string[];
}

/** A file that is rendered with `ci.catalog` only. */
export const catalogTemplate = 'catalog.yaml.hbs';

/** What is rendered for each provider. */
export const providers: Readonly<Record<Ci['provider'], ProviderFiles>> = {
  github: {
    joint: '-',
    files: {
      '.github/workflows/mirrorlock-update.yml': 'update.yml.hbs',
      '.github/workflows/mirrorlock-check.yml': 'check.yml.hbs',
      '.github/workflows/mirrorlock-apply.yml': 'apply.yml.hbs',
      '.github/workflows/mirrorlock-drift.yml': 'drift.yml.hbs',
    },
    partials: [
      'notices',
      'head',
      'runner',
      'setup',
      'skopeo',
      'login',
      'token',
      'on-default-branch',
      'restore-cache',
      'restore-manifests',
      'save-cache',
      'environment',
      'upload-report',
      'catalog',
    ],
  },
  gitlab: {
    // A slug holds no dot: no folder's name makes `mirrorlock-apply.yml`.
    joint: '.',
    files: { '.gitlab/mirrorlock.yml': 'mirrorlock.yml.hbs', '.gitlab/mirrorlock-apply.yml': 'apply.yml.hbs' },
    partials: [
      'job',
      'newest',
      'setup',
      'setup-base',
      'skopeo',
      'login',
      'write-login',
      'cache',
      'cache-folder',
      'environment',
      'report',
      'pages',
    ],
  },
  kubernetes: {
    files: {
      'kubernetes/mirrorlock-update.yaml': 'update.yaml.hbs',
      'kubernetes/mirrorlock-apply.yaml': 'apply.yaml.hbs',
      'kubernetes/mirrorlock-drift.yaml': 'drift.yaml.hbs',
      'kubernetes/mirrorlock-catalog.yaml': catalogTemplate,
    },
    partials: ['pod', 'git-token', 'container'],
  },
};

/** Every path that any provider's files may have. */
export const ciPaths: readonly string[] = Object.values(providers).flatMap(({ files }) => Object.keys(files));

/**
 * The template of each file of a provider by its path in the mirror's folder; for a mirror in a folder of its git
 * repository some begin with `../`. `prefix` is empty at the top, or a path with `/` at its end.
 */
export function ciTemplates(provider: Ci['provider'], prefix: string): ReadonlyMap<string, string> {
  const { files, joint } = providers[provider];
  const pathOf = (path: string) => (prefix === '' || joint === undefined ? path : atTop(path, joint, prefix));
  return new Map(Object.entries(files).map(([path, template]) => [pathOf(path), template]));
}

/** As {@link ciPaths}, for a mirror in a folder: those at the top too. In the folder there is what older versions rendered. */
export function ciPathsIn(prefix: string): string[] {
  const kinds = Object.keys(providers) as Ci['provider'][];
  return [...new Set([...ciPaths, ...kinds.flatMap((provider) => [...ciTemplates(provider, prefix).keys()])])];
}

/** The folders at the top of the git repository that hold files of mirrors in its folders. */
export const topFolders: readonly string[] = [
  ...new Set(
    Object.values(providers).flatMap(({ files, joint }) =>
      joint === undefined ? [] : Object.keys(files).map((path) => posix.dirname(path)),
    ),
  ),
];

function atTop(path: string, joint: string, prefix: string): string {
  const { dir, name, ext } = posix.parse(path);
  return `${wayUp(prefix)}${dir}/${name}${joint}${folderSlug(prefix)}${ext}`;
}

/** The way from a folder of the git repository to its top: `../` for each part of the folder's path. */
export function wayUp(prefix: string): string {
  return '../'.repeat(prefix.split('/').length - 1);
}

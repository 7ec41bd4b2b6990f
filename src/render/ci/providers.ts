import type { Ci } from '../../config/types.ts';

/** Files of a provider: templates below `templates/ci/PROVIDER/`, and the paths that they are rendered to. */
export interface ProviderFiles {
  /** The template of each file by its path in the mirror repository. */
  readonly files: Readonly<Record<string, string>>;
  /** Parts that templates share. */
  readonly partials: readonly string[];
}

/** What is rendered for each provider. */
export const providers: Readonly<Record<Ci['provider'], ProviderFiles>> = {
  github: {
    files: {
      '.github/workflows/mirrorlock-update.yml': 'update.yml.hbs',
      '.github/workflows/mirrorlock-check.yml': 'check.yml.hbs',
      '.github/workflows/mirrorlock-apply.yml': 'apply.yml.hbs',
      '.github/workflows/mirrorlock-drift.yml': 'drift.yml.hbs',
    },
    partials: [
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
    ],
  },
  gitlab: {
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
    ],
  },
  kubernetes: {
    files: {
      'kubernetes/mirrorlock-update.yaml': 'update.yaml.hbs',
      'kubernetes/mirrorlock-apply.yaml': 'apply.yaml.hbs',
      'kubernetes/mirrorlock-drift.yaml': 'drift.yaml.hbs',
    },
    partials: ['pod', 'git-token', 'container'],
  },
};

/** Every path that any provider's files may have. */
export const ciPaths: readonly string[] = Object.values(providers).flatMap(({ files }) => Object.keys(files));

import { lstat, readdir } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { Ci, Config } from '../config/types.ts';
import { ifThere } from '../core/file-errors.ts';
import type { Problem } from '../core/problem.ts';
import { linkInside } from '../core/repository-files.ts';
import { isForgeError } from '../forge/errors.ts';
import { runGit } from '../forge/git/run.ts';
import { prefixOf } from '../render/changes.ts';
import { renderCiFiles } from '../render/ci/ci-files.ts';
import { readFiles, templatesFrom } from '../render/files.ts';
import type { MirrorPlace } from '../render/types.ts';
import type { Context } from '../session/context.ts';

/** The site that a CI file publishes at, in words; undefined where it publishes at none. A repository has one Pages site. */
const sites: Readonly<Record<Ci['provider'], (text: string) => string | undefined>> = {
  github: (text) => (/^\s*(?:- )?uses:\s*["']?actions\/deploy-pages@/m.test(text) ? 'GitHub Pages' : undefined),
  gitlab: (text) => (/^["']?pages["']?:/m.test(text) ? 'GitLab Pages' : undefined),
  kubernetes: (text) => {
    const [, claim] = /^ *- name: catalog\n *persistentVolumeClaim:\n *claimName: (.+)$/m.exec(text) ?? [];
    const [, namespace] = /^ {2}namespace: (.+)$/m.exec(text) ?? [];
    return claim === undefined ? undefined : `the volume of the claim ${claim} in the namespace ${namespace}`;
  },
};

/**
 * Other CI files of the git repository that publish a site where this mirror's CI publishes its catalogue: the one that runs
 * last replaces the other's. An error for each mirror, by the files that were rendered for it, since these are what runs; a
 * warning for each file that people wrote.
 *
 * @throws UserError as `renderCiFiles` and RepositoryFiles (src/core/repository-files.ts) with `render/…` do
 */
export async function sharedSites(context: Context, config: Config, place: MirrorPlace): Promise<Problem[]> {
  const { ci } = config;
  if (ci?.catalog === undefined) return [];
  const { directory, top, prefix } = place;
  const siteOf = sites[ci.provider];
  const templates = templatesFrom(directory, join(context.packageDirectory, 'templates'));
  const own = [...(await renderCiFiles(config, templates, prefix)).values()].flatMap((text) => siteOf(text) ?? []);
  const found = new Map<string, Problem>();
  for (const [path, text] of await readFiles(top, await publisherFiles(context, ci.provider, top))) {
    const site = siteOf(text);
    const other = prefixOf(text);
    if (site === undefined || !own.includes(site) || other === prefix) continue;
    // Files of a mirror that is gone are reported as such.
    if (other !== undefined && (await ifThere(() => lstat(join(top, other, 'mirrors.yaml')))) === undefined) continue;
    const publisher = other === undefined ? path : `${other}mirrors.yaml`;
    found.set(publisher, clash(ci, site, publisher, other !== undefined));
  }
  return [...found.values()];
}

function clash({ provider, place }: Ci, site: string, value: string, isMirror: boolean): Problem {
  const claims = provider === 'kubernetes' ? 'Name another volume by `ci.kubernetes.catalogClaim`, or take' : 'Take';
  return {
    code: 'render/shared-site',
    severity: isMirror ? 'error' : 'warning',
    message: `\`ci.catalog\` publishes at ${site}, and so does another ${isMirror ? 'mirror' : 'job'} of this repository: each replaces the other's site.`,
    ...{ place, value },
    hint: isMirror
      ? `${claims} \`ci.catalog\` out of one of the two mirrors.yaml, and run \`mirrorlock render\` there.`
      : 'Take `ci.catalog` out, or let that job publish elsewhere.',
  };
}

/** The files, by their path from the top, that may publish. Nothing behind a link, which no forge follows. */
async function publisherFiles(context: Context, provider: Ci['provider'], top: string): Promise<string[]> {
  const paths = await {
    github: () => filesIn(top, '.github/workflows'),
    gitlab: async () => ['.gitlab-ci.yml', ...(await filesIn(top, '.gitlab'))],
    kubernetes: () => manifestFiles(context, top),
  }[provider]();
  const isPlain = await Promise.all(paths.map(async (path) => (await linkInside(top, join(top, path))) === undefined));
  return paths.filter((_, index) => isPlain[index]);
}

async function filesIn(top: string, folder: string): Promise<string[]> {
  const entries = (await ifThere(() => readdir(join(top, folder), { withFileTypes: true }))) ?? [];
  const files = entries.filter((entry) => entry.isFile() && /\.ya?ml$/s.test(entry.name));
  return files.map(({ name }) => posix.join(folder, name)).sort();
}

/** Manifests are in the folders of their mirrors, which git finds without reading what it ignores. */
async function manifestFiles({ env, signal }: Context, top: string): Promise<string[]> {
  const pathspec = ':(glob)**/kubernetes/mirrorlock-catalog.yaml';
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', pathspec];
  const listed = await runGit({ directory: top, env, signal }, { args }).catch((error: unknown) => {
    // Without git, mirrorlock does not know of other mirrors.
    if (!isForgeError(error, 'git')) throw error;
    signal.throwIfAborted();
    return undefined;
  });
  return listed?.exitCode === 0 ? listed.stdout.split('\0').filter((path) => path !== '') : [];
}

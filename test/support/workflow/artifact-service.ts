import { cpSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../temporary-directory.ts';

/** The artifacts of a repository's workflow runs at GitHub, and the site that they published last. */
export interface ArtifactService {
  /** The name of each artifact of a run, with a copy of its folder. */
  of(runId: string): ReadonlyMap<string, string>;
  /** Keeps a folder's files; throws where the run has one of that name, which is not to be overwritten. */
  upload(runId: string, name: string, folder: string, overwrite: boolean): void;
  /** Makes the artifact `github-pages` of a run the site. */
  deploy(runId: string): void;
  /** The folder of the site that was published last, and by which run. */
  site(): { readonly folder: string; readonly runId: string } | undefined;
}

/** Keeps artifacts as GitHub does: each is of one run, and does not change (documentation, "Workflow artifacts"). */
export function startArtifactService(): ArtifactService {
  const runs = new Map<string, Map<string, string>>();
  let site: ReturnType<ArtifactService['site']>;
  const of = (runId: string) => runs.get(runId) ?? new Map<string, string>();
  return {
    of,
    upload(runId, name, folder, overwrite) {
      const own = of(runId);
      if (own.has(name) && !overwrite) throw new Error(`The run has an artifact ${name}.`);
      const copy = join(temporaryDirectory().path, 'artifact');
      cpSync(folder, copy, { recursive: true });
      runs.set(runId, own.set(name, copy));
    },
    deploy(runId) {
      const folder = of(runId).get('github-pages');
      if (folder === undefined) throw new Error('The run has no artifact github-pages.');
      site = { folder, runId };
    },
    site: () => site,
  };
}

/** Whether a folder has anything in it. */
export function hasFiles(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).length > 0;
}

import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram } from '../programs.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import type { ArtifactService } from './artifact-service.ts';
import type { CacheService } from './cache-service.ts';
import type { Texts } from './workflow.ts';

/** As this Node brings it. */
const realNpm = realpathSync(findProgram('npm'));
const tool = fileURLToPath(new URL('../../../bin', import.meta.url));

/** Whom a token is made for, and what it may do. */
export interface TokenRequest {
  /** The App's name; absent: the workflow itself. */
  readonly app?: string;
  readonly permissions: Readonly<Record<string, 'read' | 'write'>>;
}

/** What jobs run on: what is outside of the workflow. */
export interface Machine {
  readonly secrets: Texts;
  readonly vars: Texts;
  /** The file of each composite action, by what a workflow calls it. */
  readonly composites?: Readonly<Record<string, string>>;
  /** Absent: nothing is ever found, and nothing kept. */
  readonly caches?: CacheService;
  /** Absent: no artifact is kept. */
  readonly artifacts?: ArtifactService;
  /** Makes a token that the forge takes. */
  issueToken(request: TokenRequest): string;
}

/** The folders of one job, all new and empty. */
export interface JobFolders {
  readonly workspace: string;
  readonly home: string;
  readonly temporary: string;
  /** Where files of commands and scripts are. */
  readonly control: string;
  /** In front of PATH: `npm`, which links the built tool in place of an installation. */
  readonly programs: string;
}

/** Makes the folders of a job. */
export function jobFolders(repository: string): JobFolders {
  const root = temporaryDirectory().path;
  const name = repository.split('/')[1] ?? 'mirror';
  const folders = {
    workspace: join(root, 'work', name, name),
    home: join(root, 'home'),
    temporary: join(root, 'work/_temp'),
    control: join(root, 'work/_temp/_runner_file_commands'),
    programs: join(root, 'programs'),
  };
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true });
  writePrograms(folders.programs);
  return folders;
}

/**
 * No package registry is asked in tests. `npm ci` links the folder bin/ of the built tool into the checkout, where the
 * installation would have the same, or below node_modules. `npm pack` is the real one, for a registry of the test. It refuses anything else.
 */
export function writePrograms(folder: string): void {
  const npm = `#!/bin/sh
case "$*" in
  'ci --no-audit --no-fund') ln -sfn "$(dirname "$0")/tool" bin ;;
  'ci --ignore-scripts --no-audit --no-fund')
    mkdir -p node_modules/mirrorlock && ln -sfn "$(dirname "$0")/tool" node_modules/mirrorlock/bin ;;
  'pack '*) exec "${process.execPath}" "${realNpm}" "$@" ;;
  *) echo "npm $* is not emulated" >&2; exit 97 ;;
esac
`;
  symlinkSync(tool, join(folder, 'tool'));
  writeFileSync(join(folder, 'npm'), npm, { mode: 0o755 });
}

/** PATH of a job: its programs, this Node, and what the system has. */
export function jobPath(folders: JobFolders): string {
  return [folders.programs, dirname(process.execPath), process.env['PATH'] ?? ''].join(':');
}

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { stringify } from 'yaml';
import { findProgram } from '../../test/support/programs.ts';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import type { TagsByRepository } from '../lib/skopeo-way.ts';

const version = 'v0.11.7';
/** By default it copies one image at a time. Its requests to one registry are three at once, as its default is. */
const atOnce = 4;

/** The program, from the PATH or built by Go into a folder that goes with this process; else why there is none. */
export async function findRegsync(): Promise<{ readonly program: string } | { readonly absent: string }> {
  if (isOnPath('regsync')) return { program: 'regsync' };
  if (!isOnPath('go')) return { absent: 'neither regsync nor go is installed' };
  const folder = temporaryDirectory().path;
  const source = `github.com/regclient/regclient/cmd/regsync@${version}`;
  const { exitCode, stderr } = await execa('go', ['install', source], { env: { GOBIN: folder }, reject: false });
  return exitCode === 0
    ? { program: join(folder, 'regsync') }
    : { absent: `go install failed: ${stderr.slice(0, 300)}` };
}

function isOnPath(program: string): boolean {
  try {
    findProgram(program);
    return true;
  } catch {
    // Said by what it throws: it is not there.
    return false;
  }
}

/** Copies tags of whole repositories by regsync, some at a time; throws when it fails. */
export async function regsync(
  program: string,
  source: string,
  destination: string,
  tags: TagsByRepository,
): Promise<void> {
  const folder = temporaryDirectory();
  const file = join(folder.path, 'regsync.yaml');
  const config = {
    version: 1,
    creds: [source, destination].map((registry) => ({ registry, tls: 'disabled' })),
    defaults: { parallel: atOnce },
    sync: [...tags].map(([repository, names]) => ({
      source: `${source}/${repository}`,
      target: `${destination}/${repository}`,
      type: 'repository',
      tags: { allow: names.map((name) => name.replaceAll('.', '\\.')) },
    })),
  };
  await writeFile(file, stringify(config));
  await execa(program, ['once', '--config', file, '--verbosity', 'error'], { env: { HOME: folder.path } });
  await folder.dispose();
}

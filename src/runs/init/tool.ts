import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Problem } from '../../core/problem.ts';
import { temporaryFolder } from '../../core/temporary-folder.ts';
import type { Context } from '../../session/context.ts';

/** The tool as a dependency of the mirror repository. */
export interface PackedTool {
  /** Name of a file at the top → what it holds. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly problems: readonly Problem[];
}

/** Resolving all packages over a slow line takes some minutes. */
const npmMs = 300_000;

/**
 * Packs this tool, and has npm lock it for a package.json that depends on the archive. Works in a temporary folder: nothing of
 * the user's is touched. Where npm fails, there are no files and a warning says what to do.
 */
export async function packTool({ packageDirectory, env, signal, progress }: Context): Promise<PackedTool> {
  const task = progress.start('Packing mirrorlock');
  const { path: folder, remove } = await temporaryFolder('init');
  const npm = (...args: string[]) =>
    execa('npm', args, {
      ...{ cwd: folder, env: { ...env }, extendEnv: false, reject: false, timeout: npmMs, stdin: 'ignore' },
      cancelSignal: signal,
    });
  try {
    const packed = await npm('pack', '--ignore-scripts', '--silent', packageDirectory);
    const archive = /^(mirrorlock-[\w.+-]+\.tgz)\s*$/m.exec(packed.stdout)?.[1];
    signal.throwIfAborted();
    if (packed.exitCode !== 0 || archive === undefined) return notPacked(packed.stderr);
    const manifest = { name: 'mirror', private: true, dependencies: { mirrorlock: `file:${archive}` } };
    await writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    const locked = await npm('install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund');
    signal.throwIfAborted();
    if (locked.exitCode !== 0) return notPacked(locked.stderr);
    const files = new Map<string, Uint8Array>();
    for (const name of ['package.json', 'package-lock.json', archive]) {
      files.set(name, await readFile(join(folder, name)));
    }
    return { files, problems: [] };
  } finally {
    task.end('done');
    await remove();
  }
}

/** What npm prints may hold addresses with logins: only its code is told. */
function notPacked(stderr: string): PackedTool {
  const code = /^npm (?:error|ERR!) code (\w+)$/m.exec(stderr)?.[1];
  const problem: Problem = {
    code: 'init/no-tool',
    severity: 'warning',
    message: 'npm did not pack and lock mirrorlock: the jobs of the CI have no tool yet.',
    hint: '`mirrorlock render` says how to add it.',
    ...(code === undefined ? {} : { value: code }),
  };
  return { files: new Map(), problems: [problem] };
}

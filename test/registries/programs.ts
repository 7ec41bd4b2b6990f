import { execFile } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import envPaths from 'env-paths';

const run = promisify(execFile);

/** A program written in Go that the tests can do without. */
export interface GoProgram {
  /** The path of its package. */
  readonly package: string;
  readonly version: string;
  /** The arguments by which it says its version, and what it then says. */
  readonly asked: readonly string[];
  readonly says: RegExp;
}

/** Where it is, or in one line why it is nowhere. */
export type Found = { readonly path: string } | { readonly reason: string };

/** Finds a program on the PATH, else in the cache of this project, else builds it there with Go. */
export async function findGoProgram(program: GoProgram): Promise<Found> {
  const name = program.package.split('/').at(-1) ?? '';
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, name);
    if (existsSync(path) && (await isRight(path, program))) return { path };
  }
  const folder = join(envPaths('mirrorlock', { suffix: '' }).cache, 'test-registries', `${name}@${program.version}`);
  const built = join(folder, name);
  if (existsSync(built)) return { path: built };
  const what = `${program.package}@${program.version}`;
  console.error(`Building ${what}, once; this takes some minutes.`);
  try {
    mkdirSync(folder, { recursive: true });
    await run('go', ['install', what], { env: { ...process.env, GOBIN: folder } });
    return { path: built };
  } catch (error) {
    const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const last = String(error).trim().split('\n').at(-1) ?? '';
    return {
      reason: isAbsent
        ? `it is not on the PATH, and neither is Go, to build ${what}`
        : `Go did not build ${what}: ${last}`,
    };
  }
}

async function isRight(path: string, { asked, says }: GoProgram): Promise<boolean> {
  try {
    const { stdout, stderr } = await run(path, [...asked]);
    return says.test(stdout + stderr);
  } catch {
    // Another program of this name.
    return false;
  }
}

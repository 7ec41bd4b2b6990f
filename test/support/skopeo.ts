import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findProgram } from './programs.ts';

/** Runs skopeo; returns its output as bytes. Throws, with what it says, when it fails. */
export async function skopeo(...args: readonly string[]): Promise<Buffer> {
  const { stdout } = await promisify(execFile)(findProgram('skopeo'), [...args], { encoding: 'buffer' });
  return stdout;
}

import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkSkopeo } from '../../../src/apply/skopeo/program.ts';
import { ExitCode } from '../../../src/core/exit-code.ts';
import { findProgram } from '../../support/programs.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const env = { PATH: process.env['PATH'] };

/** A program that does what a line of shell says. */
function program(line: string): string {
  const path = join(temporaryDirectory().path, 'skopeo');
  writeFileSync(path, `#!/bin/sh\n${line}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe('skopeo is there', () => {
  test('the real one, by name on the PATH or by its path', async () => {
    const version = await checkSkopeo('skopeo', env);
    expect(version).toMatch(/^1\.\d+\.\d+$/);
    expect(await checkSkopeo(findProgram('skopeo'), {})).toBe(version);
  });

  test.each([
    ['skopeo version 1.9.0', '1.9.0'],
    ['skopeo version 1.22.0-dev commit: 0123456789', '1.22.0'],
    ['skopeo version 2.0.0', '2.0.0'],
  ])('%s is new enough', async (line, version) => {
    expect(await checkSkopeo(program(`echo '${line}'`), env)).toBe(version);
  });
});

describe('without a skopeo that will do, the error says how to install one', () => {
  const hint = expect.stringContaining('apt-get install skopeo');
  const refusal = (code: string, value: unknown) => ({
    exitCode: ExitCode.failed,
    problems: [{ code, severity: 'error', value, hint }],
  });

  test('when there is none on the PATH', async () => {
    const { path } = temporaryDirectory();
    await expect(checkSkopeo('skopeo', { PATH: path })).rejects.toMatchObject(
      refusal('skopeo/missing', expect.stringMatching(/^skopeo \(.*ENOENT.*\)$/)),
    );
  });

  test('when it may not be run', async () => {
    const path = program('echo');
    chmodSync(path, 0o644);
    await expect(checkSkopeo(path, env)).rejects.toMatchObject(
      refusal('skopeo/missing', expect.stringContaining('EACCES')),
    );
  });

  test.each([
    ['1.8.9', '1.8.9'],
    ['0.1.40', '0.1.40'],
  ])('when it is %s', async (version, seen) => {
    await expect(checkSkopeo(program(`echo 'skopeo version ${version}'`), env)).rejects.toMatchObject(
      refusal('skopeo/too-old', seen),
    );
  });

  test.each([
    ['says nothing', ':', ''],
    ['is another program', 'echo "ls (GNU coreutils) 9.1"', 'ls (GNU coreutils) 9.1'],
    ['fails', 'echo "skopeo version 1.9.3"; exit 1', 'skopeo version 1.9.3'],
    ['says very much', 'head -c 100000 /dev/zero | tr "\\0" x', 'x'.repeat(100)],
  ])('when it %s', async (_, line, seen) => {
    await expect(checkSkopeo(program(line), env)).rejects.toMatchObject(refusal('skopeo/broken', seen));
  });

  test('when it is killed', async () => {
    await expect(checkSkopeo(program('kill -9 $$'), env)).rejects.toMatchObject(
      refusal('skopeo/missing', expect.any(String)),
    );
  });
});

import { execa } from 'execa';
import semver from 'semver';
import type { Environment } from '../../core/environment.ts';
import { ExitCode } from '../../core/exit-code.ts';
import { UserError } from '../../core/problem.ts';

/** The oldest skopeo whose behaviour is known here: `--keep-going`, and digests kept with `--preserve-digests`. */
const oldest = '1.9.0';
const longestWait = 10_000;
const install =
  'Install it: `apt-get install skopeo` (Debian, Ubuntu), `dnf install skopeo` (Fedora), `brew install skopeo` (macOS). Or leave `engine: skopeo` out: the direct engine does not need it.';

/**
 * Checks that skopeo can be run and is new enough; gives its version.
 *
 * @throws UserError `skopeo/missing`, `skopeo/too-old`, `skopeo/broken` (exit code `failed`)
 */
export async function checkSkopeo(program: string, env: Environment): Promise<string> {
  const { exitCode, stdout, originalMessage, cause } = await execa(program, ['--version'], {
    env,
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
    timeout: longestWait,
  });
  if (exitCode === undefined) {
    const seen = originalMessage === undefined ? program : `${program} (${originalMessage})`;
    throw failure('missing', 'The skopeo engine cannot run skopeo.', seen, cause);
  }
  const [, version] = /^skopeo version (\d+\.\d+\.\d+)/.exec(stdout) ?? [];
  if (version === undefined || exitCode !== 0) {
    throw failure('broken', `\`${program} --version\` does not give a version of skopeo.`, stdout.slice(0, 100));
  }
  if (semver.lt(version, oldest)) throw failure('too-old', `skopeo ${oldest} or newer is needed.`, version);
  return version;
}

function failure(what: string, message: string, value: string, cause?: unknown): UserError {
  const problem = { code: `skopeo/${what}`, severity: 'error' as const, message, value, hint: install };
  return new UserError([problem], { exitCode: ExitCode.failed, cause });
}

import { execa } from 'execa';
import semver from 'semver';
import { ExitCode } from '../../core/exit-code.ts';
import { problemError, UserError } from '../../core/problem.ts';

/** The oldest skopeo whose behaviour is known here: `--registries-conf` with digest-only mirrors, `--keep-going`. */
const oldest = '1.9.0';
const install =
  'Install it: `apt-get install skopeo` (Debian, Ubuntu), `dnf install skopeo` (Fedora), `brew install skopeo` (macOS).';

/**
 * Checks that skopeo can be run and is new enough; gives its version.
 *
 * @throws UserError `skopeo/missing`, `skopeo/too-old`, `skopeo/broken`
 */
export async function checkSkopeo(program: string, env: Readonly<Record<string, string | undefined>>): Promise<string> {
  const result = await execa(program, ['--version'], {
    env,
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
    timeout: 10_000,
  });
  if (result.failed && result.exitCode === undefined) {
    throw new UserError(
      [
        {
          code: 'skopeo/missing',
          severity: 'error',
          message: 'skopeo, which copies the images, cannot be run.',
          value: program,
          hint: install,
        },
      ],
      { exitCode: ExitCode.failed, cause: result.cause },
    );
  }
  const version = semver.coerce(result.stdout)?.version;
  if (version === undefined)
    throw problemError(
      'skopeo/broken',
      '`skopeo --version` does not tell a version.',
      result.stdout.slice(0, 100),
      install,
    );
  if (semver.lt(version, oldest))
    throw problemError('skopeo/too-old', `skopeo ${oldest} or newer is needed.`, version, install);
  return version;
}

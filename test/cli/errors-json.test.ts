import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { runCli } from '../support/cli.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const command = fileURLToPath(new URL('../../bin/mirrorlock.js', import.meta.url));

function mirrorWith(text: string): string {
  const { path } = temporaryDirectory();
  writeFileSync(join(path, 'mirrors.yaml'), text);
  return path;
}

describe('--json where an error stops the command', () => {
  test.each([
    [['check', '--json'], 2, ['config/no-file']],
    [['lok', '--json'], 2, ['cli/usage']],
    [['apply', '--json', '--jobs', 'many'], 2, ['cli/usage']],
    [['diff', '--format', 'json', 'nobody'], 2, ['git/not-a-repository']],
    [['diff', '--format=json', 'nobody'], 2, ['git/not-a-repository']],
    [['plan', '--json', '-C', 'nowhere'], 2, ['cli/no-folder']],
  ] as const)('%j: one document with the problems', async (args, code, codes) => {
    const { path } = temporaryDirectory();
    const result = await runCli(args, { cwd: path });
    const { schema, problems } = JSON.parse(result.stdout);
    expect({ code: result.code, schema }).toEqual({ code, schema: 'mirrorlock/error/v1' });
    expect(problems.map((problem: { code: string }) => problem.code)).toEqual(codes);
    expect(result.stderr).not.toBe('');
  });

  test.each([
    [[], 'missing command'],
    [['help', 'lok'], "unknown command 'lok'"],
  ])('the help as an error, for %j, says why', async (words, message) => {
    const { code, stdout, stderr } = await runCli([...words, '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(stdout).problems).toEqual([{ code: 'cli/usage', severity: 'error', message }]);
    expect(stderr).toContain('Usage: mirrorlock');
    if (words.length > 0) expect(stderr).toMatch(/\nerror: unknown command 'lok'\n$/);
  });

  test('all problems of a configuration at once, with their places', async () => {
    const path = mirrorWith('version: 1\nimages: {include: [7]}\nimagez: {}\n');
    const { stdout } = await runCli(['check', '--json', '-C', path]);
    const { problems } = JSON.parse(stdout);
    expect(problems.length).toBeGreaterThan(1);
    expect(problems.every((problem: { place?: { line?: number } }) => (problem.place?.line ?? 0) > 0)).toBe(true);
  });

  test('without --json stdout stays empty', async () => {
    const { stdout } = await runCli(['check'], { cwd: temporaryDirectory().path });
    expect(stdout).toBe('');
  });
});

describe('a pipe that closes early', () => {
  test.each([
    [['--help'], 0],
    [['completion', 'bash'], 0],
    [['apply', '--help'], 0],
    [['check', '--json'], 2],
  ] as const)('%j ends quietly, with its own exit code', async (args, code) => {
    const { path } = temporaryDirectory();
    const line = ['set -o pipefail', `"$@" 2>errors | true`, 'echo "${PIPESTATUS[0]}"'].join('\n');
    const { stdout } = await execa('bash', ['-c', line, 'bash', process.execPath, command, ...args], { cwd: path });
    expect(stdout).toBe(String(code));
    const { stdout: errors } = await execa('cat', ['errors'], { cwd: path });
    expect(errors).not.toMatch(/EPIPE|\n\s+at /);
  });
});

describe('the log of a CI', () => {
  const broken = 'version: 1\nimages: {include: [7]}\n';

  test('GitHub shows a problem at its line of mirrors.yaml, by its path from the workspace', async () => {
    const { path } = temporaryDirectory();
    const folder = join(path, 'mirrors', 'eu');
    await execa('mkdir', ['-p', folder]);
    writeFileSync(join(folder, 'mirrors.yaml'), broken);
    const env = { GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: path };
    const { stderr } = await runCli(['check', '-C', folder], { env });
    expect(stderr).toMatch(/^::error file=mirrors\/eu\/mirrors\.yaml,line=2,col=\d+,title=config\/[a-z-]+::.+$/m);
    expect(stderr).toMatch(/^::group::mirrorlock check$[\s\S]*^::endgroup::$/m);
  });

  test('GitLab folds the progress', async () => {
    const { stderr } = await runCli(['check', '-C', mirrorWith(broken)], { env: { GITLAB_CI: 'true' } });
    expect(stderr).toMatch(
      /section_start:\d+:mirrorlock\[collapsed=true\]\r.*mirrorlock check\n[\s\S]*section_end:\d+:mirrorlock\r/,
    );
    expect(stderr).not.toContain('::error');
  });

  test('elsewhere there is neither', async () => {
    const { stderr } = await runCli(['check', '-C', mirrorWith(broken)]);
    expect(stderr).not.toMatch(/section_start|::/);
  });
});

import { describe, expect, test } from 'vitest';
import { readSkopeoLog, skopeoProblem, withoutSecrets } from '../../../src/apply/skopeo/log.ts';
import { parseDigest } from '../../../src/core/names.ts';

const [one, two] = ['a', 'b'].map((letter) => parseDigest(`sha256:${letter.repeat(64)}`)) as [never, never];
const line = (message: string, error = '') =>
  `time="2026-11-27T00:00:00Z" level=error msg=${JSON.stringify(message)}${error && ` error=${JSON.stringify(error)}`}`;
const copying = (digest: string) => `Error copying ref "docker://registry.example.com/library/alpine@${digest}"`;
const last =
  'time="2026-11-27T00:00:00Z" level=fatal msg="Sync failed due to previous reported error(s) for one or more images"';

function read(...lines: string[]) {
  const log = readSkopeoLog();
  for (const each of lines) log.read(each);
  return (digest: never, ending: string | undefined) => log.reasonFor(digest, ending)?.value;
}

describe('why an item failed', () => {
  test('is what skopeo says of it; the others did not fail', () => {
    const reason = read(line(copying(one), 'writing blob: EOF'), last);
    expect(reason(one, 'exit code 1')).toBe('writing blob: EOF');
    expect(reason(two, 'exit code 1')).toBeUndefined();
  });

  test('is what skopeo says of none, such as of a repository that it skips with exit code 0', () => {
    const reason = read(line('Error processing repo, skipping', 'invalid reference format'));
    expect(reason(one, undefined)).toBe('Error processing repo, skipping: invalid reference format');
  });

  test('is how it ended with its last words, where it logs nothing', () => {
    expect(read('panic: x', '')(one, 'skopeo was ended by SIGKILL')).toBe('skopeo was ended by SIGKILL: panic: x');
    expect(read()(one, 'exit code 1')).toBe('exit code 1');
    expect(read()(one, undefined)).toBeUndefined();
  });
});

describe('skopeo’s words', () => {
  test('are kept whole behind an address in quotes', () => {
    const words = 'Get "https://registry.example.com/v2/?a=b": x509: certificate signed by unknown authority';
    expect(read(line(copying(one), words))(one, 'x')).toBe(
      'Get "https://registry.example.com/v2/?…": x509: certificate signed by unknown authority',
    );
  });

  test('are kept whole in a line as it is logged, where the quotes are escaped', () => {
    expect(withoutSecrets(String.raw`error="Put \"http://u:p@a.example/x?_state=secret\": EOF"`)).toBe(
      String.raw`error="Put \"http://a.example/x?…\": EOF"`,
    );
  });

  test('have no users, passwords, queries, logins or tokens', () => {
    const said =
      'Patch "https://user:pass@a.example/upload?state=s3cret": said Authorization: Basic dXNlcjpwYXNz and Bearer abc.def-123_x==';
    const { value = '' } = skopeoProblem(said);
    for (const secret of ['user', 'pass', 's3cret', 'dXNlcjpwYXNz', 'abc.def']) expect(value).not.toContain(secret);
  });

  test('are kept up to 2 KB', () => {
    expect(skopeoProblem('x'.repeat(2_048)).value).toBe('x'.repeat(2_048));
    expect(skopeoProblem('x'.repeat(9_999)).value).toBe(`${'x'.repeat(2_048)}…`);
  });

  test.each([
    ['toomanyrequests: You have reached your pull rate limit', 'skopeo/rate-limited'],
    ['received unexpected HTTP status: 429 Too Many Requests', 'skopeo/rate-limited'],
    ['Error loading trust policy: open /etc/containers/policy.json: no such file or directory', 'skopeo/policy'],
    ['Source image rejected: Running image docker://a is rejected by policy.', 'skopeo/policy'],
    [
      'registry docker.io is blocked in /etc/containers/registries.conf or /etc/containers/registries.conf.d',
      'skopeo/policy',
    ],
    ['A signature was required, but no signature exists', 'skopeo/policy'],
    ['no space left on device', 'skopeo/failed'],
  ])('have a code: %s', (words, code) => {
    expect(skopeoProblem(words)).toMatchObject({ code, severity: 'error', value: words });
  });
});

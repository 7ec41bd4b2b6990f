import { describe, expect, it } from 'vitest';
import { cronFault } from '../../src/config/cron.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { UserError } from '../../src/core/problem.ts';

function configOf(ci: string, destination = 'ghcr.io') {
  const text = `version: 1
images: {include: [alpine]}
destinations: [{name: main, registry: "${destination}", namespace: acme}]
ci: ${ci}
`;
  return parseConfig(text, { file: 'mirrors.yaml', env: {} });
}

/** What is wrong with a `ci`, as code and line:column. */
function faultsOf(ci: string): string[] {
  try {
    return configOf(ci).warnings.map(({ code, place }) => `${code} ${place?.line}:${place?.column}`);
  } catch (error) {
    if (error instanceof UserError)
      return error.problems.map(({ code, place }) => `${code} ${place?.line}:${place?.column}`);
    throw error;
  }
}

describe('a schedule', () => {
  it('to apply is none unless it is said, and is for GitHub alone', () => {
    expect(configOf('{provider: github}').ci?.schedule.apply).toBeUndefined();
    const apply = 'schedule: {apply: "29 */6 * * *"}';
    expect(configOf(`{provider: github, ${apply}}`).ci?.schedule.apply).toBe('29 */6 * * *');
    expect(faultsOf(`{provider: gitlab, ${apply}}`)).toEqual(['config/ci-schedule 4:35']);
    expect(faultsOf('{provider: github, schedule: {apply: "* * * * *"}}')).toEqual(['config/ci-schedule 4:42']);
  });

  it.each(['17 */6 * * *', '0,5,55 0 1 1 0', '7,37 * * * 1-5', '*/5 * * * *', '0-50/10 23 31 12 6', '0 0 1 */2 *'])(
    '%s is taken',
    (text) => {
      expect(cronFault(text)).toBeUndefined();
    },
  );

  it.each([
    ['60 * * * *', 'minute'],
    ['0 24 * * *', 'hour'],
    ['0 0 0 * *', 'day of the month'],
    ['0 0 32 * *', 'day of the month'],
    ['0 0 * 13 *', 'month'],
    ['0 0 * 0 *', 'month'],
    ['0 0 * * 7', 'day of the week'],
    ['0 5-3 * * *', 'hour'],
    ['0 */0 * * *', 'hour'],
    ['0 1-2-3 * * *', 'hour'],
    ['0 1, * * *', 'hour'],
    ['0 * * *', 'day of the week'],
  ])('%s is refused for its %s', (text, field) => {
    expect(cronFault(text)).toMatch(new RegExp(`^The ${field} is `));
  });

  it.each(['* * * * *', '*/4 * * * *', '0,4 * * * *', '0,57 * * * *', '1-59/3 * * * *'])(
    '%s is refused as too often, over the hour as well',
    (text) => {
      expect(cronFault(text)).toBe('A job starts every 5 minutes at most.');
    },
  );
});

describe('logins', () => {
  it('of GitHub may be by the token of the workflow, which has no user', () => {
    expect(configOf('{provider: github, logins: [{registry: ghcr.io, password: GITHUB_TOKEN}]}').ci?.logins).toEqual([
      { registry: 'ghcr.io', password: 'GITHUB_TOKEN' },
    ]);
  });

  it.each([
    [
      'a user for the token of the workflow',
      'github',
      '{registry: ghcr.io, username: A, password: GITHUB_TOKEN}',
      'config/ci-logins',
    ],
    ['no user for any other secret', 'github', '{registry: ghcr.io, password: B}', 'config/ci-logins'],
    [
      'GITHUB_TOKEN at GitLab without a user',
      'gitlab',
      '{registry: ghcr.io, password: GITHUB_TOKEN}',
      'config/ci-logins',
    ],
    [
      'a registry twice',
      'github',
      '{registry: ghcr.io, username: A, password: B}, {registry: ghcr.io, username: A, password: B}',
      'config/ci-logins',
    ],
    [
      'a registry that nothing is at, as a warning',
      'github',
      '{registry: quay.io, username: A, password: B}',
      'config/ci-login-unused',
    ],
  ])('are told of %s, with the place', (_, provider, logins, code) => {
    expect(faultsOf(`{provider: ${provider}, logins: [${logins}]}`)).toEqual([
      expect.stringMatching(new RegExp(`^${code} 4:\\d+$`)),
    ]);
  });

  it('are for CI that logs in by them: Kubernetes mounts a Secret', () => {
    const kubernetes = 'kubernetes: {repository: "https://github.com/acme/mirror.git", image: "example.com/runner:1"}';
    const faults = faultsOf(
      `{provider: kubernetes, ${kubernetes}, logins: [{registry: ghcr.io, username: A, password: B}]}`,
    );
    expect(faults).toEqual([expect.stringMatching(/^config\/ci-logins /)]);
  });
});

describe('variables', () => {
  it('that the registries mention are known to the CI, sorted and once each', () => {
    const { ci } = configOf('{provider: github}', '${B_HOST:-ghcr.io}:${A_PORT:-443}');
    expect(ci?.variables).toEqual(['A_PORT', 'B_HOST']);
  });

  it('are none where none is mentioned', () => {
    expect(configOf('{provider: github}').ci?.variables).toEqual([]);
  });
});

describe('a tool in the image', () => {
  it('is for Kubernetes, whose jobs name the image', () => {
    const kubernetes = 'kubernetes: {repository: "https://a.example/b.git", image: "a.example/b:1"}';
    expect(configOf(`{provider: kubernetes, tool: image, ${kubernetes}}`).ci?.tool).toBe('image');
    expect(faultsOf('{provider: github, tool: image}')).toEqual(['config/ci-tool 4:30']);
    expect(faultsOf('{provider: gitlab, tool: image}')).toEqual(['config/ci-tool 4:30']);
  });
});

describe('a published catalogue', () => {
  it('is none unless it is said, and then has the history', () => {
    expect(configOf('{provider: github}').ci?.catalog).toBeUndefined();
    expect(configOf('{provider: github, catalog: false}').ci?.catalog).toBeUndefined();
    expect(configOf('{provider: github, catalog: true}').ci?.catalog).toEqual({ history: true });
    expect(configOf('{provider: gitlab, catalog: {}}').ci?.catalog).toEqual({ history: true });
    const written = '{provider: github, catalog: {url: "https://example.com/a/b", history: false}}';
    expect(configOf(written).ci?.catalog).toEqual({ url: 'https://example.com/a/b', history: false });
  });

  it.each([
    'ftp://example.com/',
    'https://user:secret@example.com/',
    'https://example.com/?q',
    'https://example.com/#top',
    'https://example.com:99999/',
    'https://256.256.256.256/',
    '/catalog/',
  ])('is not at an address such as %s', (url) => {
    expect(faultsOf(`{provider: github, catalog: {url: "${url}"}}`)).not.toEqual([]);
  });

  it('needs a volume in a cluster, and only there', () => {
    const kubernetes = (more: string) =>
      `{provider: kubernetes, ${more}repository: "https://example.com/a.git", image: "node:24"}}`;
    expect(faultsOf(kubernetes('catalog: true, kubernetes: {'))).toEqual(['config/ci-catalog 4:28']);
    expect(faultsOf(kubernetes('catalog: true, kubernetes: {catalogClaim: site, '))).toEqual([]);
    expect(faultsOf(kubernetes('kubernetes: {catalogClaim: site, '))).toEqual(['config/ci-catalog 4:41']);
    expect(faultsOf(kubernetes('kubernetes: {catalogImage: nginx, '))).toEqual(['config/ci-catalog 4:41']);
  });
});

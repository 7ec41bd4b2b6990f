// biome-ignore-all lint/suspicious/noTemplateCurlyInString: mirrors.yaml writes environment variables so.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatLockfile } from '../../src/lock/format.ts';
import { runCli } from '../support/cli.ts';
import { locked, lockedImage, lockfile } from '../support/lockfiles.ts';
import { startRegistry } from '../support/registry.ts';
import { scriptedServer } from '../support/scripted-server.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { briefs, parse, problemsOf, yaml } from './support.ts';

describe('C1: variables with the name of a secret', () => {
  it.each([
    'MIRROR_PASSWORD',
    'HUB_TOKEN',
    'my_secret',
    'PGPASSWD',
    'AWS_ACCESS_KEY_ID',
    'API_KEY',
    'SSH_PASSPHRASE',
    'GIT_CONFIG_VALUE_0',
    'DOCKER_AUTH_CONFIG',
    'CI_REGISTRY_PASSWORD',
  ])('are refused in each place that takes variables, set or not: %s', (name) => {
    const text = yaml(
      `source: { registry: "\${${name}}", namespace: "\${${name}:-x}", alternates: ["\${${name}}/x"] }`,
      `destinations: [{ name: a, registry: "a.\${${name}}", namespace: "\${${name}}", tokenServer: "\${${name}}" }]`,
    );
    for (const env of [{}, { [name]: 'hunter2' }]) {
      const problems = problemsOf(text, env);
      expect(problems.map(({ code }) => code)).toEqual(Array(6).fill('config/variable-secret'));
      expect(problems[0]?.value).toBe(`\${${name}}`);
      expect(JSON.stringify(problems)).not.toContain('hunter2');
    }
  });

  it.each(['MONKEY', 'KEYCLOAK_HOST', 'REGISTRY', 'GITHUB_REPOSITORY_OWNER', 'CI_PROJECT_NAMESPACE'])(
    'are not those with an innocent one: %s',
    (name) => {
      expect(parse(yaml(`source: { namespace: "\${${name}}" }`), { [name]: 'x' }).source.namespace).toBe('x');
    },
  );

  it('may be mentioned once publicVariables names them, as the hint says', () => {
    const source = 'source: { namespace: "${TOKEN_SERVER}" }';
    const [problem] = problemsOf(yaml(source), { TOKEN_SERVER: 'x' });
    const remedy = /`(publicVariables: .*?)`/.exec(problem?.hint ?? '')?.[1] ?? '';
    expect(parse(yaml(source, remedy), { TOKEN_SERVER: 'x' }).source.namespace).toBe('x');
  });

  it('are never public where they are secrets of this tool, git or the CI', () => {
    const text = yaml(
      'source: { namespace: "${GITHUB_TOKEN}" }',
      'publicVariables: [GITHUB_TOKEN, GIT_CONFIG_VALUE_0]',
    );
    expect(briefs(text, { GITHUB_TOKEN: 'x' })).toEqual([
      '3:22+17 variable-secret «${GITHUB_TOKEN}»',
      '4:19+12 variable-secret «GITHUB_TOKEN»',
      '4:33+18 variable-secret «GIT_CONFIG_VALUE_0»',
    ]);
  });

  it.each(['plan', 'verify', 'apply', 'check', 'lock'])('are neither printed nor sent by %s', async (command) => {
    const server = await scriptedServer(() => ({ status: 404 }));
    const folder = temporaryDirectory().path;
    const destination = `{name: main, registry: "${server.host}", namespace: "\${MIRROR_PASSWORD}", insecure: true}`;
    writeFileSync(join(folder, 'mirrors.yaml'), yaml(`destinations: [${destination}]`));
    const { code, stdout, stderr } = await runCli([command, '-C', folder], { env: { MIRROR_PASSWORD: 'hunter2' } });
    expect(code, stderr).toBe(2);
    expect(stderr).toContain('config/variable-secret');
    expect(stderr).toContain('${MIRROR_PASSWORD}');
    expect(stdout + stderr).not.toContain('hunter2');
    expect(server.seen).toEqual([]);
  });

  describe('as any other: errors of registries show what mirrors.yaml says', () => {
    const zebra = { TEAM: 'zebra', IMAGE_HOST: '' };

    async function world(config: (host: string) => string) {
      const server = await scriptedServer(({ path, headers }) => ({
        status: path === '/v2/' ? 200 : 403,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ errors: [{ code: 'DENIED', message: `${headers.host}${path}: ${path.slice(4)}` }] }),
      }));
      const folder = temporaryDirectory().path;
      writeFileSync(join(folder, 'mirrors.yaml'), yaml(config(server.host)));
      const text = formatLockfile(lockfile(lockedImage('alpine', locked('a', 'latest'))));
      writeFileSync(join(folder, 'mirrors.lock.yaml'), text);
      return { folder, host: server.host };
    }

    it.each([
      ['"HOST"', '"${TEAM}"', 'HOST/${TEAM}/alpine'],
      ['"HOST"', '"a/${TEAM}/b"', 'HOST/a/${TEAM}/b/alpine'],
      ['"${IMAGE_HOST}"', '"${TEAM}"', '${IMAGE_HOST}/${TEAM}/alpine'],
      ['"${IMAGE_HOST}"', 'mirror', '${IMAGE_HOST}/mirror/alpine'],
    ])('registry %s and namespace %s', async (registry, namespace, shown) => {
      const { folder, host } = await world(
        (at) =>
          `destinations: [{name: main, registry: ${registry.replace('HOST"', `${at}"`).replace(`IMAGE_${at}`, 'IMAGE_HOST')}, namespace: ${namespace}, insecure: true}]`,
      );
      const env = { ...zebra, IMAGE_HOST: host };
      for (const args of [['plan'], ['verify'], ['apply', '--unreviewed'], ['plan', '--json']]) {
        const { stdout, stderr } = await runCli([...args, '-C', folder], { env });
        expect(stdout + stderr).not.toContain('zebra');
        expect(stderr).toContain(shown.replace(/^HOST/, host));
        if (registry.includes('IMAGE_HOST')) expect(stdout + stderr).not.toContain(host);
      }
    });

    it('and a registry that cannot be reached', async () => {
      const { folder } = await world(
        () => 'destinations: [{name: main, registry: "${IMAGE_HOST}:1", namespace: "${TEAM}"}]',
      );
      const { stderr } = await runCli(['plan', '-C', folder], {
        env: { TEAM: 'zebra', IMAGE_HOST: 'nowhere.invalid' },
      });
      expect(stderr).toContain('${IMAGE_HOST}:1');
      expect(stderr).not.toMatch(/zebra|nowhere/);
    });
  });

  it('as any other: reports show what mirrors.yaml says, not the value', async () => {
    const { host } = await startRegistry();
    const folder = temporaryDirectory().path;
    const destination = `{name: main, registry: "${host}", namespace: "a/\${TEAM}", insecure: true}`;
    writeFileSync(join(folder, 'mirrors.yaml'), yaml(`destinations: [${destination}]`));
    const text = formatLockfile(lockfile(lockedImage('alpine', locked('a', 'latest'))));
    writeFileSync(join(folder, 'mirrors.lock.yaml'), text);
    const { stdout, stderr } = await runCli(['verify', '-C', folder], { env: { TEAM: 'zebra' } });
    expect(stdout, stderr).toContain(`main (${host}/a/\${TEAM})`);
    expect(stdout + stderr).not.toContain('zebra');
  });
});

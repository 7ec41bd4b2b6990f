import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, test } from 'vitest';
import { startCli } from '../support/cli.ts';
import { mirrorlock } from '../support/mirror.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { setWorld, type World } from '../support/world.ts';

let world: World;
let file: string;

beforeEach(async () => {
  world = await setWorld({ images: everything, library: tinyLibrary });
  file = join(world.mirror, 'mirrors.yaml');
});

const change = (from: string | RegExp, to: string) => writeFileSync(file, readFileSync(file, 'utf8').replace(from, to));

const codes = (stdout: string) => JSON.parse(stdout).problems.map(({ code }: { code: string }) => code);

describe('lock that selects nothing', () => {
  it('is an error and writes nothing, unless it is allowed', async () => {
    change('include: ["*"]', 'include: [nothing-of-this-name]');
    for (const args of [['lock'], ['lock', '--check']]) {
      const { code, stderr } = await mirrorlock(world, args);
      expect([code, stderr]).toEqual([2, expect.stringContaining('lock/empty')]);
    }
    expect(existsSync(join(world.mirror, 'mirrors.lock.yaml'))).toBe(false);
    expect(await mirrorlock(world, ['lock', '--allow-empty'])).toMatchObject({ code: 0 });
    expect(readFileSync(join(world.mirror, 'mirrors.lock.yaml'), 'utf8')).toContain('images: {}');
  });
});

test('budget of a source that is away says that nothing is known, with exit code 1', async () => {
  expect(await mirrorlock(world, ['lock'])).toMatchObject({ code: 0 });
  change(
    /^source: .*$/m,
    'source: {registry: "127.0.0.1:1", namespace: library, insecure: true, budget: {pulls: 100}}',
  );
  const { code, stdout, stderr } = await mirrorlock(world, ['budget']);
  expect(code).toBe(1);
  expect(stdout).toContain('it could not be asked');
  expect(stdout).not.toMatch(/100/);
  expect(stderr).toContain('error registry/network');
  const json = await mirrorlock(world, ['budget', '--json']);
  const [place] = JSON.parse(json.stdout).places;
  expect(place).toMatchObject({ reached: false, told: null });
  expect(place).not.toHaveProperty('left');
});

describe('check says what fails later', () => {
  const ci = (text: string) => appendFileSync(file, `\nci: ${text}\n`);

  it('a destination without a login, and a limit that no schedule goes on after', async () => {
    change(/^source: .*$/m, 'source: {registry: docker.io}');
    ci('{provider: github}');
    const { stdout } = await mirrorlock(world, ['check', '--json']);
    expect(codes(stdout)).toEqual(expect.arrayContaining(['check/no-login', 'check/limit-without-schedule']));
  });

  it('nothing of it where the remedies were followed', async () => {
    change(/^source: .*$/m, 'source: {registry: docker.io}');
    const login = `{registry: "${world.destination.host}", username: USER, password: SECRET}`;
    ci(`{provider: github, schedule: {apply: "29 */6 * * *"}, logins: [${login}]}`);
    const { stdout } = await mirrorlock(world, ['check', '--json']);
    expect(codes(stdout).filter((code: string) => code.startsWith('check/'))).toEqual([]);
  });

  it('a source without a limit needs no schedule, nor does GitLab have one in its file', async () => {
    ci('{provider: github}');
    expect(codes((await mirrorlock(world, ['check', '--json'])).stdout)).not.toContain('check/limit-without-schedule');
    change('provider: github', 'provider: gitlab');
    change(/^source: .*$/m, 'source: {registry: docker.io}');
    expect(codes((await mirrorlock(world, ['check', '--json'])).stdout)).not.toContain('check/limit-without-schedule');
  });

  it('commands that are not there: skopeo and a credential helper; not in a job of a CI', async () => {
    appendFileSync(file, '\napply: {engine: skopeo}\n');
    const docker = join(world.home, 'docker');
    mkdirSync(docker);
    const helpers = { credHelpers: { [world.destination.host]: 'of-nobody' } };
    writeFileSync(join(docker, 'config.json'), JSON.stringify(helpers));
    const env = { PATH: '/nowhere', DOCKER_CONFIG: docker };
    const { stdout } = await mirrorlock(world, ['check', '--json'], env);
    const { problems }: { problems: { code: string; value?: string }[] } = JSON.parse(stdout);
    const missing = problems.filter(({ code }) => code === 'check/no-command').map(({ value }) => value);
    expect(missing).toEqual(['skopeo', 'docker-credential-of-nobody']);
    expect(codes((await mirrorlock(world, ['check', '--json'], { ...env, CI: 'true' })).stdout)).not.toContain(
      'check/no-command',
    );
  });

  it('a schema of another version, which render brings up to date; somebody’s own stays', async () => {
    expect(await mirrorlock(world, ['lock'])).toMatchObject({ code: 0 });
    expect(await mirrorlock(world, ['render'])).toMatchObject({ code: 0 });
    mkdirSync(join(world.mirror, 'schema'));
    const schema = join(world.mirror, 'schema/mirrors.schema.json');
    writeFileSync(schema, '{\n  "$id": "urn:mirrorlock:schema:mirrors:v1"\n}\n');
    const old = await mirrorlock(world, ['check']);
    expect([old.code, old.stdout]).toEqual([0, expect.stringContaining('another version of mirrorlock')]);
    expect((await mirrorlock(world, ['render'])).stdout).toContain('changed schema/mirrors.schema.json');
    expect((await mirrorlock(world, ['check'])).stdout).not.toContain('another version');
    writeFileSync(schema, '{"$id": "mine"}');
    expect((await mirrorlock(world, ['render'])).stdout).toBe('The rendered files are up to date.\n');
  });
});

test('render says what is left to do at its provider', async () => {
  expect(await mirrorlock(world, ['lock'])).toMatchObject({ code: 0 });
  expect((await mirrorlock(world, ['render'])).stdout).not.toContain('Next:');
  const login = `{registry: "${world.destination.host}", username: MY_USER, password: MY_SECRET}`;
  appendFileSync(file, `\nci: {provider: github, logins: [${login}]}\n`);
  expect(await mirrorlock(world, ['lock'])).toMatchObject({ code: 0 });
  const github = await mirrorlock(world, ['render']);
  expect(github.stdout).toMatch(
    /\nNext:\n {2}1\. Commit .*\n {2}2\. Add the secrets `MY_SECRET`, `MY_USER` in the settings/,
  );
  expect(github.stdout).toContain('Allow GitHub Actions to create pull requests');
  expect((await mirrorlock(world, ['render'])).stdout).not.toContain('Next:');
  change('provider: github', 'provider: gitlab');
  expect(await mirrorlock(world, ['lock'])).toMatchObject({ code: 0 });
  const gitlab = JSON.parse((await mirrorlock(world, ['render', '--json'])).stdout).next.join('\n');
  expect(gitlab).toContain('`MIRRORLOCK_TOKEN`, `MY_SECRET`, `MY_USER`');
  expect(gitlab).toContain('MIRRORLOCK to `update` and `drift`.');
});

test('a host that does not answer is named while it is waited for', async () => {
  let answer: () => void = () => undefined;
  const held = new Promise<undefined>((resolve) => {
    answer = () => resolve(undefined);
  });
  world.source.respond(() => held);
  const running = startCli(['lock', '-C', world.mirror], { env: { MIRRORLOCK_CACHE: join(world.home, 'cache') } });
  await running.shows(`Waiting for ${world.source.host}, which does not answer …`);
  answer();
  await running.shows(`Waiting for ${world.source.host}, which does not answer: it answers`);
  expect((await running.result).code).toBe(0);
});

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mirrorlock } from '../support/mirror.ts';
import { isInstalled } from '../support/programs.ts';
import { promtool, samplesOf } from '../support/promtool.ts';
import { reportFaults } from '../support/report-schemas.ts';
import { type ScriptedServer, scriptedServer } from '../support/scripted-server.ts';
import { story } from '../support/story.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { setWorld, type World } from '../support/world.ts';

const notify = `
metrics: {push: GATEWAY, labels: [{name: mirror, value: "e/u"}]}
notify:
  - {to: generic, address: HOOK, token: HOOK_TOKEN}
  - {to: slack, address: SLACK, on: [failure, drift], template: "<!here> {{title}}: {{text}}"}
  - {to: teams, address: TEAMS}
  - {to: matrix, address: MATRIX, token: MATRIX_TOKEN, room: "!room/1:example.org"}
`;

/** Each step begins where the one before ended. */
describe('what a run leaves for those who watch the mirror', () => {
  const step = story();
  let world: World;
  let server: ScriptedServer;
  let down: ScriptedServer;
  let env: Record<string, string>;
  const file = (name: string) => join(world.home, name);
  const read = (name: string) => readFileSync(file(name), 'utf8');
  const run = async (args: readonly string[], code = 0, more: Record<string, string> = {}) => {
    const result = await mirrorlock(world, args, { ...env, ...more });
    expect(result.code, `${result.stdout}\n${result.stderr}`).toBe(code);
    return result;
  };

  beforeAll(async () => {
    world = await setWorld({ images: everything, library: tinyLibrary });
    server = await scriptedServer(() => ({ status: 200, body: '{}' }));
    down = await scriptedServer(() => ({ status: 503, body: 'the gateway \u001b[31mis down' }));
    const at = (path: string) => `http://${server.host}${path}`;
    env = {
      ...{ GATEWAY: `http://pusher:secret%20word@${server.host}/base/`, HOOK: at('/hook/generic-0123456789abcdef') },
      ...{ HOOK_TOKEN: 'hook-token-1', SLACK: at('/slack'), TEAMS: at('/teams') },
      ...{ MATRIX: at(''), MATRIX_TOKEN: 'matrix-token-1' },
    };
    const config = join(world.mirror, 'mirrors.yaml');
    writeFileSync(config, readFileSync(config, 'utf8') + notify);
    await run(['lock']);
  });
  afterAll(async () => Promise.all([server.close(), down.close()]));

  step('an apply writes its report as Markdown and JSON, and metrics that promtool takes', async () => {
    const reports = ['--report', file('apply.md'), file('apply.json'), '--metrics', file('apply.prom')];
    const { stdout } = await run(['apply', '--unreviewed', '--json', ...reports]);
    expect(JSON.parse(read('apply.json'))).toEqual(JSON.parse(stdout));
    expect(reportFaults(JSON.parse(stdout))).toEqual([]);
    expect(read('apply.md')).toMatch(/^## `mirrorlock apply`\n\nFrom .* exit code 0(.|\n)*### Applied to/);
    if (isInstalled('promtool'))
      expect(await promtool(['check', 'metrics'], read('apply.prom'))).toEqual({ code: 0, output: '' });
    const samples = samplesOf(read('apply.prom'));
    const own = 'mirror="e/u",command="apply",scope="all"';
    expect(samples.get(`mirrorlock_tags_wanted{${own},destination="main"}`)).toBe(11);
    expect(samples.get(`mirrorlock_tags_mirrored{${own},destination="main"}`)).toBe(11);
    expect(samples.get(`mirrorlock_tags_failed{${own},destination="main"}`)).toBe(0);
    expect(samples.get(`mirrorlock_run_exit_code{${own}}`)).toBe(0);
    expect(samples.get(`mirrorlock_tags_pending{${own}}`)).toBe(0);
    expect(samples.get(`mirrorlock_run_counted_pulls{${own}}`)).toBe(JSON.parse(stdout).requests.source.countedPulls);
    expect([...samples.keys()].find((name) => name.startsWith('mirrorlock_run_bytes'))).toMatch(/place="/);
    expect(samples.get(`mirrorlock_last_success_timestamp_seconds{${own}}`)).toBeGreaterThan(1_700_000_000);
    expect(server.seen).toEqual([]);
  });

  step('a verify that finds nothing pushes its metrics, and sends no notice', async () => {
    await run(['verify', '--metrics-push']);
    const [pushed] = server.seen;
    expect(server.lines()).toEqual(['POST /base/metrics/job/mirrorlock/mirror@base64/ZS91/command/verify/scope/all']);
    expect(pushed?.headers.authorization).toBe(`Basic ${Buffer.from('pusher:secret word').toString('base64')}`);
    if (isInstalled('promtool'))
      expect(await promtool(['check', 'metrics'], pushed?.body)).toEqual({ code: 0, output: '' });
    server.seen.length = 0;
  });

  step('drift is a notice to each target, in its own form, and comes once', async () => {
    const folder = 'docker/registry/v2/repositories/mirror/alpine/_manifests/tags/3.23';
    rmSync(join(world.destination.storage, folder), { recursive: true });
    const { stdout, stderr } = await run(['verify', '--json', '--deep', '--extra'], 3);
    expect(reportFaults(JSON.parse(stdout))).toEqual([]);
    expect(stderr).not.toContain('notify/');
    const bodies = new Map(server.seen.map(({ path, body }) => [path.split('/')[1], JSON.parse(body)]));
    expect(bodies.get('hook')).toMatchObject({
      ...{ schema: 'mirrorlock/notice/v1', event: 'drift', command: 'verify' },
      ...{
        title: 'The mirror differs from the lockfile',
        lines: expect.arrayContaining(['main: 1 missing, of 11 tags']),
      },
    });
    expect(reportFaults(bodies.get('hook'))).toEqual([]);
    expect(bodies.get('slack')).toEqual({
      text: '<!here> The mirror differs from the lockfile: main: 1 missing, of 11 tags',
    });
    expect(bodies.get('teams')).toMatchObject({
      type: 'message',
      attachments: [{ content: { type: 'AdaptiveCard' } }],
    });
    const matrix = server.seen.find(({ path }) => path.startsWith('/_matrix/'));
    expect(matrix).toMatchObject({ method: 'PUT', headers: { authorization: 'Bearer matrix-token-1' } });
    expect(matrix?.path).toMatch(
      /^\/_matrix\/client\/v3\/rooms\/!room%2F1%3Aexample\.org\/send\/m\.room\.message\/\w+$/,
    );
    expect(JSON.parse(matrix?.body ?? '')).toMatchObject({ msgtype: 'm.notice', 'm.mentions': {} });
    server.seen.length = 0;
    await run(['verify'], 3);
    expect(server.seen).toEqual([]);
  });

  step('metrics of a verify with drift keep the last success, and count by kind', async () => {
    const own = 'mirror="e/u",command="verify",scope="all"';
    const before = `mirrorlock_last_success_timestamp_seconds{${own}} 1700000000.5\n`;
    writeFileSync(file('verify.prom'), before);
    await run(['verify', '--metrics', file('verify.prom'), '--no-notify'], 3);
    const samples = samplesOf(read('verify.prom'));
    expect(samples.get(`mirrorlock_last_success_timestamp_seconds{${own}}`)).toBe(1700000000.5);
    expect(samples.get(`mirrorlock_tags_drifted{${own},destination="main",kind="missing"}`)).toBe(1);
    expect(samples.get(`mirrorlock_tags_mirrored{${own},destination="main"}`)).toBe(10);
    expect(samples.get(`mirrorlock_run_exit_code{${own}}`)).toBe(3);
  });

  step(
    'targets that are down, hang up, or have no address are warnings: the apply is done, and no address is shown',
    async () => {
      const hangUp = await scriptedServer(() => (response) => void response.destroy());
      const { stdout, stderr } = await run(['apply', '--unreviewed', '--metrics-push', 'OTHER_GATEWAY', '--json'], 0, {
        OTHER_GATEWAY: `http://${down.host}/0123456789abcdef0123`,
      });
      expect(JSON.parse(stdout)).toMatchObject({ counts: { tagged: 1 } });
      expect(stderr).toContain('metrics/not-sent');
      expect(stderr).toMatch(/the answer is 503: the gateway \[31mis down/);
      expect(down.lines()).toHaveLength(2);
      expect(stderr).not.toContain('0123456789abcdef0123');
      const failing = ['verify', '--config', 'dead.yaml'];
      const text = readFileSync(join(world.mirror, 'mirrors.yaml'), 'utf8');
      writeFileSync(join(world.mirror, 'dead.yaml'), text.replace(world.destination.host, '127.0.0.1:1'));
      const dead = await run(failing, 1, {
        ...{ SLACK: `http://${hangUp.host}/hook-with-a-long-secret`, TEAMS: 'not an address', HOOK_TOKEN: '' },
        MATRIX: '',
      });
      expect(dead.stderr.match(/notify\/(not-sent|no-address)/g)?.sort()).toEqual([
        ...['notify/no-address', 'notify/no-address', 'notify/not-sent', 'notify/not-sent'],
      ]);
      expect(dead.stderr).not.toMatch(/hook-with-a-long-secret|not an address/);
      await hangUp.close();
    },
  );

  step('a run that fails says why: report, metrics, notice', async () => {
    server.seen.length = 0;
    const reports = ['--report', file('failed.md'), file('failed.json'), '--metrics', file('failed.prom')];
    await run(['verify', '--config', 'dead.yaml', '--image', 'alpine', ...reports], 1);
    expect(JSON.parse(read('failed.json'))).toMatchObject({ schema: 'mirrorlock/verify/v1' });
    rmSync(join(world.mirror, 'mirrors.lock.yaml'));
    await run(['apply', '--json', '--unreviewed', ...reports], 2);
    expect(JSON.parse(read('failed.json'))).toMatchObject({
      ...{ schema: 'mirrorlock/error/v1', problems: [{ code: 'lock/missing' }] },
    });
    expect(reportFaults(JSON.parse(read('failed.json')))).toEqual([]);
    expect(read('failed.md')).toMatch(/exit code 2(.|\n)*### Failed(.|\n)*lock\/missing/);
    if (isInstalled('promtool'))
      expect(await promtool(['check', 'metrics'], read('failed.prom'))).toEqual({ code: 0, output: '' });
    const slack = server.seen.filter(({ path }) => path === '/slack').map(({ body }) => JSON.parse(body).text);
    expect(slack.at(-1)).toMatch(/^<!here> mirrorlock apply failed with exit code 2: lock\/missing/);
  });

  step('what cannot be written is refused before anything is done', async () => {
    const folder = await run(['verify', '--metrics', file('absent/x.prom')], 2);
    expect(folder.stderr).toContain('report/unwritable');
    const format = await run(['apply', '--report', file('x.txt')], 2);
    expect(format.stderr).toContain('report/format');
    expect(existsSync(file('x.txt'))).toBe(false);
    const metrics = ['--metrics', file('same.json')];
    const same = await run(['verify', ...metrics, '--report', file('x.md'), file('./same.json')], 2);
    expect(same.stderr).toContain('report/same-file');
    expect(existsSync(file('same.json'))).toBe(false);
    expect((await run(['verify', '--metrics', world.home], 2)).stderr).toContain('report/unwritable');
    const name = await run(['verify', '--metrics-push', 'https://gateway.example'], 2);
    expect(name.stderr).toContain('the name of an environment variable');
  });
});

it('the options are not for dry runs', async () => {
  const world = await setWorld({ images: everything, library: tinyLibrary });
  await mirrorlock(world, ['lock']);
  const dry = await mirrorlock(world, ['apply', '--dry-run', '--metrics', join(world.home, 'x.prom')]);
  expect(dry.code).toBe(2);
  expect(dry.stderr).toContain('cli/dry-run-watched');
});

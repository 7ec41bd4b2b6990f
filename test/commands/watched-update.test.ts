import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { botRights, type ForgeWorld, onGitHub } from '../support/forge-world.ts';
import { samplesOf } from '../support/promtool.ts';
import { reportFaults } from '../support/report-schemas.ts';
import { type ScriptedServer, scriptedServer } from '../support/scripted-server.ts';
import { story } from '../support/story.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { publish, setWorld } from '../support/world.ts';

const notify = '\nnotify: [{to: generic, address: HOOK, waits: 1s, repeat: 1s}]\n';

/** Each step begins where the one before ended. */
describe('what an update leaves for those who watch the mirror', () => {
  const step = story();
  let all: ForgeWorld;
  let server: ScriptedServer;
  const file = (name: string) => join(all.world.home, name);
  const update = (...args: string[]) =>
    all.run(
      ['update', '--report', file('update.json'), file('update.md'), '--metrics', file('update.prom'), ...args],
      0,
      {
        HOOK: `http://${server.host}/`,
      },
    );
  const report = () => JSON.parse(readFileSync(file('update.json'), 'utf8')) as Record<string, unknown>;
  const sample = (name: string) =>
    samplesOf(readFileSync(file('update.prom'), 'utf8')).get(`${name}{command="update",scope="all"}`);
  const notices = () => server.seen.splice(0).map(({ body }) => JSON.parse(body) as { event: string });

  beforeAll(async () => {
    server = await scriptedServer(() => ({ status: 204 }));
    const world = await setWorld({ images: everything, library: tinyLibrary });
    const config = join(world.mirror, 'mirrors.yaml');
    writeFileSync(config, readFileSync(config, 'utf8') + notify);
    all = await onGitHub(world, botRights);
    await all.run(['lock']);
    await all.run(['render']);
    await all.commit('Begin');
  });
  afterAll(() => server.close());

  step('nothing to propose: no pull request, and no notice', async () => {
    await update();
    expect(reportFaults(report())).toEqual([]);
    expect(sample('mirrorlock_pull_request_open')).toBe(0);
    expect(notices()).toEqual([]);
  });

  step('an image that upstream ends is a notice, in the words of the pull request', async () => {
    all.world.upstream.remove('busybox');
    await all.world.upstream.commit('busybox ends');
    publish(all.world.upstream, all.world.source);
    await update();
    expect(reportFaults(report())).toEqual([]);
    expect(report()).toMatchObject({ written: true, pullRequest: { number: 1 } });
    expect(sample('mirrorlock_pull_request_open')).toBe(1);
    expect(sample('mirrorlock_pull_request_created_timestamp_seconds')).toBeGreaterThan(0);
    expect(sample('mirrorlock_ended')).toBe(1);
    const ended = notices().filter(({ event }) => event === 'end-of-life');
    expect(ended).toMatchObject([{ url: expect.stringContaining('/1'), lines: [expect.stringContaining('Gone')] }]);
    expect(JSON.stringify(ended)).toMatch(/Gone: `busybox` has no tag left/);
    expect(reportFaults(ended[0])).toEqual([]);
  });

  step('a dry run sends nothing, and writes no metrics', async () => {
    await all.run(['update', '--dry-run'], 0, { HOOK: `http://${server.host}/` });
    expect(notices()).toEqual([]);
    expect(existsSync(file('other.prom'))).toBe(false);
  });

  step('a pull request that waits is a notice', async () => {
    for (const pull of all.repository.pulls()) Object.assign(pull, { createdAt: '2026-01-01T00:00:00Z' });
    await update();
    expect(notices()).toContainEqual(
      expect.objectContaining({
        event: 'waiting-pull-request',
        title: expect.stringMatching(/^Pull request #1 has been open for/),
      }),
    );
  });

  step('a token that the forge refuses is a failure, which is told', async () => {
    const failed = await all.run(['update', '--report', file('update.md')], 1, {
      ...{ HOOK: `http://${server.host}/`, GITHUB_TOKEN: 'ghs_ffffffffffffffffffffffffffffffffffff' },
    });
    expect(failed.stderr).toContain('forge/');
    expect(readFileSync(file('update.md'), 'utf8')).toMatch(/### Failed/);
    expect(notices().map(({ event }) => event)).toEqual(['failure']);
  });
});

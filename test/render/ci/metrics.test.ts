import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ciNeeds, ciNextSteps } from '../../../src/render/ci/needs.ts';
import { configs, configWith, metricsOf, renderCi } from '../../support/ci-configs.ts';
import { samplesOf } from '../../support/promtool.ts';
import { type ScriptedServer, scriptedServer } from '../../support/scripted-server.ts';
import { story } from '../../support/story.ts';
import { type GitHubWorld, leaksIn, startGitHubWorld } from './github-world.ts';

/** Each step begins where the one before ended. */
describe('the rendered workflows of a mirror that pushes its metrics, run step by step', { timeout: 300_000 }, () => {
  const step = story();
  let gateway: ScriptedServer;
  let world: GitHubWorld;
  const pushed: (typeof gateway.seen)[number][] = [];

  beforeAll(async () => {
    gateway = await scriptedServer(() => ({ status: 200, body: '' }));
    const edit = (text: string) => `${text}metrics: {push: GATEWAY}\n`;
    const secret = { GATEWAY: `http://pusher:the-password@${gateway.host}` };
    world = await startGitHubWorld('{provider: github, jobs: 2}', edit, '', secret);
  });
  afterAll(() => gateway?.close());

  /** The groups that were pushed since the last call. */
  const groups = () => {
    const fresh = gateway.seen.slice(pushed.length);
    pushed.push(...fresh);
    return fresh.map(({ path }) => path.replace('/metrics/job/mirrorlock/command/', '')).sort();
  };

  step('an update pushes as a run of all', async () => {
    await world.run('update', 'schedule');
    expect(groups()).toEqual(['update/scope/all']);
  });

  step('the jobs of an apply push as parts, and its verify as all', async () => {
    await world.repository.merge(1, 'alice');
    await world.run('apply', 'push');
    expect(groups()).toEqual(['apply/scope/part', 'apply/scope/part', 'verify/scope/all']);
    const samples = samplesOf(pushed.at(-1)?.body ?? '');
    expect(samples.get('mirrorlock_tags_mirrored{command="verify",scope="all",destination="main"}')).toBeGreaterThan(5);
  });

  step('an earlier state that is brought back pushes nothing: its tags are no drift', async () => {
    const [mark = ''] = (await world.repository.git.run('tag', '--list', 'mirrored/*')).split('\n');
    const outcome = await world.run('apply', 'workflow_dispatch', { at: mark });
    expect(outcome['verify']?.result).toBe('success');
    expect(groups()).toEqual([]);
  });

  step('a look at drift pushes, and fails no other way for a gateway that is down', async () => {
    await world.run('drift', 'schedule');
    expect(groups()).toEqual(['verify/scope/all']);
    await gateway.close();
    const { drift } = await world.run('drift', 'schedule');
    expect(drift?.result).toBe('success');
    expect(drift?.runs.flatMap(({ steps }) => steps.map(({ log }) => log)).join('\n')).toContain('metrics/not-sent');
  });

  step('the address was in no log', () => {
    expect(world.said.join('\n')).not.toContain('the-password');
    expect(leaksIn(world)).toEqual([]);
  });
});

it.each(['github', 'gitlab', 'kubernetes'])('%s: update, apply and verify push, and nothing else', async (provider) => {
  const name = `${provider}-metrics`;
  const text = [
    ...(await renderCi(configs[name] ?? '', '{dropped: prune}', {}, { metrics: metricsOf(name) })).values(),
  ];
  const lines = text.join('\n').split('\n');
  const commands = lines.filter((line) => line.includes('--metrics-push'));
  expect(commands.length).toBe(provider === 'kubernetes' ? 3 : 4);
  expect(commands.filter((line) => /\b(?:prune|plan|check|lock)\b/.test(line))).toEqual([]);
  const without = [...(await renderCi(configs[name] ?? '')).values()].join('\n');
  expect(without).not.toMatch(/--metrics-push|PUSHGATEWAY/);
});

it('the whole history is there where the age of what is pending is measured', async () => {
  const drift = async (metrics?: string) =>
    (await renderCi('{provider: github}', undefined, {}, { metrics })).get('.github/workflows/mirrorlock-drift.yml');
  expect(await drift('{push: GATEWAY}')).toContain('fetch-depth: 0');
  expect(await drift()).not.toContain('fetch-depth: 0');
  expect(await drift('{job: other}')).toBe(await drift());
});

it('the address is a secret that is named to whoever sets the CI up', () => {
  const settings = { ...configWith('{provider: github}', undefined, undefined, '{push: GATEWAY}') };
  const hook = { to: 'matrix', address: 'MATRIX', token: 'MATRIX_TOKEN' } as never;
  const of = (provider: 'github' | 'gitlab' | 'kubernetes') => configWith(configs[`${provider}-plain`] ?? '').ci;
  const watching = { ...settings, notify: [hook] };
  for (const provider of ['github', 'gitlab'] as const) {
    const ci = of(provider) as NonNullable<ReturnType<typeof of>>;
    expect(ciNeeds(ci, watching).secrets).toEqual(expect.arrayContaining(['GATEWAY', 'MATRIX', 'MATRIX_TOKEN']));
    expect(ciNextSteps(ci, false, watching).join()).toContain('`GATEWAY`, `MATRIX`');
  }
  const steps = ciNextSteps(of('kubernetes') as never, false, watching).join('\n');
  expect(steps).toContain('Add the keys `GATEWAY`, `MATRIX`, `MATRIX_TOKEN` to the Secret `mirrorlock-token`.');
});

it('Kubernetes: the container that clones has no address', async () => {
  const name = 'kubernetes-metrics';
  for (const text of (await renderCi(configs[name] ?? '', undefined, {}, { metrics: metricsOf(name) })).values()) {
    const [clone = '', work = ''] = text.split(/^ *- name: mirrorlock$/m);
    expect(clone).toContain('git clone');
    expect(clone).not.toContain('PUSHGATEWAY_ADDRESS');
    expect(work).toContain('PUSHGATEWAY_ADDRESS');
  }
});

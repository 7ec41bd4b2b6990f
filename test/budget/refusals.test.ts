import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { AnswerHook } from '../support/counting-proxy.ts';
import { expectJson, mirrorlock } from '../support/mirror.ts';
import { expectWholeTags } from '../support/whole-tags.ts';
import { type ApplyBudget, limitedWorld, manyImages, tellBudget } from './limited-world.ts';

const library = manyImages(6, 'amd64, arm64v8');
/** As the Hub words it (docker/docs, docker-hub/usage/pulls.md); without the headers of the limit. */
const words = 'toomanyrequests: You have reached your pull rate limit.';

/** Refuses GETs of manifests from the `first` on, `times` times; others have used up the limit meanwhile. */
function refusing(first: number, times: number, retryAfter: number): AnswerHook & { refused(): number } {
  let [seen, refused] = [0, 0];
  const hook: AnswerHook = ({ kind, method }) => {
    if (kind !== 'manifest' || method !== 'GET') return undefined;
    seen += 1;
    if (seen < first || refused >= times) return undefined;
    refused += 1;
    return { status: 429, headers: { 'retry-after': `${retryAfter}` }, body: words };
  };
  return Object.assign(hook, { refused: () => refused });
}

describe('a 429 above the pull limit, which others used as well', () => {
  test('that asks for a long wait ends the run with exit code 4; what is left waits and does not fail', async () => {
    const limited = await limitedWorld(library, { anonymous: {} });
    await expectJson(limited.world, ['lock']);
    const hook = refusing(8, Number.POSITIVE_INFINITY, 3_600);
    limited.hub.respond(hook);
    const { code, stdout, stderr } = await mirrorlock(limited.world, ['apply', '--budget', '1000', '--json']);
    expect(code, stderr).toBe(4);
    const told = JSON.parse(stdout) as { counts: Record<string, number>; budget: ApplyBudget };
    expect(told.counts).toMatchObject({ failed: 0 });
    expect(told.counts['waiting']).toBeGreaterThan(0);
    const wait = Date.parse(told.budget.resumeAt ?? '') - Date.now();
    expect(wait).toBeGreaterThan(3_500_000);
    // Those that were under way, and no group after them.
    expect(hook.refused()).toBeLessThanOrEqual(8);
    limited.hub.respond(undefined);
    expect((await mirrorlock(limited.world, ['apply', '--budget', '1000'])).code).toBe(0);
    await expectWholeTags(limited.world);
  });

  test('that asks for a short wait is waited out', async () => {
    const limited = await limitedWorld(library, { anonymous: {} });
    await expectJson(limited.world, ['lock']);
    const hook = refusing(8, 1, 1);
    limited.hub.respond(hook);
    expect((await mirrorlock(limited.world, ['apply', '--budget', '1000'])).code).toBe(0);
    expect(hook.refused()).toBe(1);
  });
});

test('a limit that comes back within --max-wait is waited for', async () => {
  const limited = await limitedWorld(library, { anonymous: { pulls: 20 }, windowSeconds: 4 });
  await expectJson(limited.world, ['lock']);
  const { code, budget } = await tellBudget<ApplyBudget>(limited, ['apply', '--max-wait', '30s']);
  expect([code, budget?.used]).toEqual([0, 30]);
  expect(limited.hub.refusals()).toEqual({ pullLimit: 0, abuse: 0 });
});

describe('mirrorlock budget', () => {
  test('tells limits, account and what is left, by HEAD alone and without a secret', async () => {
    const account = { user: 'ann', password: 'a-secret-word', pulls: 200 };
    const limited = await limitedWorld(library, { accounts: [account] });
    const { world, hub } = limited;
    await expectJson(world, ['lock']);
    const folder = join(world.home, 'docker');
    mkdirSync(folder);
    const auth = Buffer.from(`${account.user}:${account.password}`).toString('base64');
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths: { [hub.host]: { auth } } }));
    const anonymous = await mirrorlock(world, ['budget', '--json']);
    const known = await mirrorlock(world, ['budget', '--json'], { DOCKER_CONFIG: folder });
    const place = { kind: 'source', place: `${hub.host}/library` };
    expect(JSON.parse(anonymous.stdout)).toMatchObject({
      schema: 'mirrorlock/budget/v1',
      configured: { pulls: 'auto', windowSeconds: 21_600, withoutHeaders: 'unlimited' },
      places: [{ ...place, account: null, told: { limit: 100, remaining: 100 }, left: 100, limit: 100 }],
    });
    expect(JSON.parse(known.stdout)).toMatchObject({ places: [{ ...place, account: 'ann', left: 200 }] });
    const { stdout } = await mirrorlock(world, ['budget'], { DOCKER_CONFIG: folder });
    expect(stdout).toContain('(as ann): 200 of 200 pulls in 6 h are left');
    expect(known.stdout + known.stderr + stdout).not.toMatch(new RegExp(`${account.password}|${auth}`));
    expect(Object.values(hub.pulls()).reduce((sum, pulls) => sum + pulls, 0)).toBe(0);
  });

  test('where no limit is told, says so; without a lockfile, that there is nothing to ask for', async () => {
    const { world } = await limitedWorld(library, { anonymous: {} });
    const { stdout, stderr, code } = await mirrorlock(world, ['budget']);
    expect(code).toBe(0);
    expect(stdout).toContain('tells of no pull limit');
    expect(stdout).toContain('apply may pull: without limit');
    expect(stderr).toContain('budget/nothing-to-ask');
  });
});

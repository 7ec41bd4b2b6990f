import { appendFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CliResult } from '../support/cli.ts';
import { mirrorlock } from '../support/mirror.ts';
import { type Answer, type ScriptedServer, scriptedServer } from '../support/scripted-server.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { setWorld, type World } from '../support/world.ts';

let world: World;
const open: ScriptedServer[] = [];

beforeAll(async () => {
  world = await setWorld({ images: everything, library: tinyLibrary });
  const targets = ['{to: generic, address: HOOK, on: [drift]}', '{to: slack, address: SLACK, on: [drift]}'];
  appendFileSync(
    join(world.mirror, 'mirrors.yaml'),
    `\nmetrics: {push: GATEWAY}\nnotify:\n${targets.map((target) => `  - ${target}\n`).join('')}`,
  );
  expect(await mirrorlock(world, ['lock'])).toMatchObject({ code: 0 });
  expect(await mirrorlock(world, ['apply', '--unreviewed'])).toMatchObject({ code: 0 });
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function serve(script: () => Answer): Promise<ScriptedServer> {
  const server = await scriptedServer(script);
  open.push(server);
  return server;
}

/** Takes a request, and never answers. */
const silent: Answer = () => undefined;
/** Begins an answer that has no end, a byte now and then. */
const trickle: Answer = (response) => {
  response.writeHead(500, { 'content-type': 'text/plain' });
  const timer = setInterval(() => response.write('.'), 500);
  response.on('close', () => clearInterval(timer));
};

/** The address of a port that nobody listens on. */
async function nobody(): Promise<string> {
  const server = await scriptedServer(() => silent);
  await server.close();
  return `http://${server.host}/secret-of-the-gateway`;
}

/** Each work is done: the tags are right, and of the run only warnings tell. */
function expectApplied({ code, stdout, stderr }: CliResult, warning: RegExp): void {
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ schema: 'mirrorlock/apply/v2', counts: { failed: 0 } });
  expect(stderr).toMatch(warning);
  expect(stderr).toMatch(/^warning/m);
  expect(stderr).not.toContain('secret-of-the-gateway');
}

const apply = (gateway: string) =>
  mirrorlock(world, ['apply', '--unreviewed', '--json', '--metrics-push'], { GATEWAY: gateway });

describe('a push gateway never fails an apply', () => {
  it('that is down', async () => {
    expectApplied(await apply(await nobody()), /metrics\/not-sent.*\n?.*ECONNREFUSED/s);
  });

  it('that answers 500, and is asked once more', async () => {
    const server = await serve(() => ({ status: 500, body: 'no \u001b[31mdisk' }));
    expectApplied(await apply(`http://${server.host}/secret-of-the-gateway`), /the answer is 500: no \[31mdisk/);
    expect(server.seen).toHaveLength(2);
  });

  it('that redirects: nobody else gets the metrics', async () => {
    const elsewhere = await serve(() => ({ status: 200 }));
    const server = await serve(() => ({ status: 307, headers: { location: `http://${elsewhere.host}/` } }));
    expectApplied(await apply(`http://${server.host}/secret-of-the-gateway`), /the answer is 307/);
    expect([server.seen.length, elsewhere.seen.length]).toEqual([1, 0]);
  });

  it.each([
    ['never answers', silent],
    ['answers without an end', trickle],
  ])('that %s: it is asked once, and the run ends by itself', async (_, answer) => {
    const server = await serve(() => answer);
    expectApplied(await apply(`http://${server.host}/secret-of-the-gateway`), /metrics\/not-sent/);
    expect(server.seen).toHaveLength(1);
  });
});

describe('a webhook never changes what a verify says', () => {
  /** A verify that finds drift, and tells both targets. */
  const verify = async (hook: string, slack: string) => {
    const folder = 'docker/registry/v2/repositories/mirror/alpine/_manifests/tags/3.23';
    rmSync(join(world.destination.storage, folder), { recursive: true, force: true });
    // News that were sent are not sent again for a while.
    rmSync(join(world.home, 'cache'), { recursive: true, force: true });
    return mirrorlock(world, ['verify', '--json'], { HOOK: hook, SLACK: slack });
  };

  it.each([
    ['never answer', () => silent],
    ['redirect', () => ({ status: 302, headers: { location: 'http://127.0.0.1:1/' } })],
    ['answer 500', () => ({ status: 500, body: 'down' })],
  ] as const)('where both %s: each is a warning, and the drift is told', async (_, answer) => {
    const server = await serve(answer);
    const result = await verify(
      `http://${server.host}/hook-secret-of-somebody`,
      `http://${server.host}/slack-secret-of-us`,
    );
    expect(result.code, result.stderr).toBe(3);
    expect(JSON.parse(result.stdout)).toMatchObject({ drift: true });
    expect(result.stderr.match(/notify\/not-sent/g)).toHaveLength(2);
    expect(result.stderr).not.toMatch(/hook-secret|slack-secret/);
  });

  it('that hangs does not keep the others from hearing', async () => {
    const [hanging, other] = [await serve(() => silent), await serve(() => ({ status: 200, body: 'ok' }))];
    const { code, stderr } = await verify(`http://${hanging.host}/`, `http://${other.host}/`);
    expect(code, stderr).toBe(3);
    expect(stderr.match(/notify\/not-sent/g)).toHaveLength(1);
    expect(JSON.parse(other.seen[0]?.body ?? '{}').text).toContain('differs from the lockfile');
  });
});

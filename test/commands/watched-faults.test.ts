import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

async function serve(script: Parameters<typeof scriptedServer>[0]): Promise<ScriptedServer> {
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

describe('what is sent besides', () => {
  const ok: Answer = { status: 200, body: 'ok' };
  /** Writes a configuration beside the world's own, with these lines in its end. Gives what runs verify with it. */
  const watchedBy = (name: string, lines: string, change = (text: string) => text) => {
    const plain = readFileSync(join(world.mirror, 'mirrors.yaml'), 'utf8').split('\nmetrics:')[0] ?? '';
    writeFileSync(join(world.mirror, name), change(`${plain}\n${lines}\n`));
    return (env: Record<string, string>, ...args: string[]) =>
      mirrorlock(world, ['verify', '--config', name, ...args], env);
  };
  const drift = () => {
    const folder = 'docker/registry/v2/repositories/mirror/alpine/_manifests/tags/3.23';
    rmSync(join(world.destination.storage, folder), { recursive: true, force: true });
  };
  const forgetNews = () => rmSync(join(world.home, 'cache'), { recursive: true, force: true });

  it('a token ends with its last character, and one that no header takes is a warning: the drift is told', async () => {
    const server = await serve(() => ok);
    const verify = watchedBy('token.yaml', 'notify: [{to: generic, address: HOOK, token: HOOK_TOKEN, on: [drift]}]');
    drift();
    forgetNews();
    const HOOK = `http://${server.host}/`;
    const odd = await verify({ HOOK, HOOK_TOKEN: 'snow\u2603man of somebody' });
    expect(odd).toMatchObject({ code: 3, stdout: expect.stringContaining('1 of 11 tags differ') });
    expect(odd.stderr).toContain('HOOK_TOKEN holds characters that no access token has');
    expect(odd.stderr).not.toContain('somebody');
    expect(server.seen).toEqual([]);
    expect(await verify({ HOOK, HOOK_TOKEN: ' token-of-us\r\n' })).toMatchObject({ code: 3 });
    expect(server.seen[0]?.headers.authorization).toBe('Bearer token-of-us');
  });

  it('the signature in the query of an address is not shown, whatever the server says', async () => {
    const server = await serve(() => ({ status: 400, body: 'no workflow ?api-version=1&sig=abcdefSECRETghijklm' }));
    const verify = watchedBy('query.yaml', 'notify: [{to: teams, address: HOOK, on: [drift]}]');
    drift();
    forgetNews();
    const { code, stderr } = await verify({ HOOK: `http://${server.host}/w?api-version=1&sig=abcdefSECRETghijklm` });
    expect(code).toBe(3);
    expect(stderr).toContain('the answer is 400: no workflow');
    expect(stderr).not.toContain('SECRET');
  });

  it('drift that was put right is news when it comes back; that which stays is not', async () => {
    const server = await serve(() => ok);
    const verify = watchedBy('again.yaml', 'notify: [{to: generic, address: HOOK, on: [drift]}]');
    const HOOK = `http://${server.host}/`;
    forgetNews();
    const seenAfter = async (code: number, ...args: string[]) => {
      expect(await verify({ HOOK }, ...args)).toMatchObject({ code });
      return server.seen.length;
    };
    drift();
    expect(await seenAfter(3)).toBe(1);
    // A look at a part says nothing of the whole.
    expect(await seenAfter(0, '--image', 'busybox')).toBe(1);
    expect(await seenAfter(3)).toBe(1);
    expect(await mirrorlock(world, ['apply', '--unreviewed', '--no-notify'])).toMatchObject({ code: 0 });
    expect(await seenAfter(0)).toBe(1);
    drift();
    expect(await seenAfter(3)).toBe(2);
  });

  it('what one room refuses is sent there again, and not to another room of the same server', async () => {
    const server = await serve(({ path }) => (path.includes('closed') ? { status: 403, body: '{}' } : ok));
    const room = (name: string) => `{to: matrix, address: HOOK, token: HOOK_TOKEN, room: "!${name}:x", on: [drift]}`;
    const verify = watchedBy('rooms.yaml', `notify: [${room('closed')}, ${room('open')}]`);
    drift();
    forgetNews();
    const rooms = () => server.seen.map(({ path }) => (path.includes('closed') ? 'closed' : 'open')).sort();
    const env = { HOOK: `http://${server.host}`, HOOK_TOKEN: 'token-of-us' };
    await verify(env);
    expect(rooms()).toEqual(['closed', 'open']);
    await verify(env);
    expect(rooms()).toEqual(['closed', 'closed', 'open']);
  });

  it('a mirrors.yaml that is wrong elsewhere is told of, in the right group; one that is no YAML is pushed nowhere', async () => {
    const server = await serve(() => ok);
    const lines =
      'metrics: {push: GATEWAY, labels: [{name: mirror, value: eu}]}\nnotify: [{to: generic, address: HOOK, on: [failure]}]';
    forgetNews();
    const env = { HOOK: `http://${server.host}/hook`, GATEWAY: `http://${server.host}` };
    const wrong = watchedBy('wrong.yaml', lines, (text) => text.replace('images:', 'imaegs:'));
    const failed = await wrong(env, '--metrics-push');
    expect(failed, failed.stderr).toMatchObject({ code: 2 });
    expect(failed.stderr).toContain('config/unknown-key');
    expect(failed.stderr).not.toMatch(/^warning/m);
    expect(server.lines().sort()).toEqual([
      'POST /hook',
      'POST /metrics/job/mirrorlock/mirror/eu/command/verify/scope/all',
    ]);
    expect(server.seen.map(({ body }) => body).join()).toContain('config/unknown-key (wrong.yaml:');
    const unset = await wrong({ HOOK: env.HOOK, GATEWAY: '' }, '--metrics-push');
    expect(unset.stderr).toMatch(/wrong\.yaml:\d+:\d+: warning metrics\/no-address: .*environment variable is not set/);
    server.seen.length = 0;
    const broken = watchedBy('broken.yaml', `${lines}\n  - [`);
    for (const push of [['--metrics-push'], ['--metrics-push', 'GATEWAY']]) {
      const { code, stderr } = await broken(env, ...push);
      expect({ code, seen: server.lines() }).toEqual({ code: 2, seen: [] });
      expect(stderr).toMatch(/warning metrics\/not-sent: .*is not YAML/);
    }
  });
});

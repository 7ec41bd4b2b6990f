import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect } from 'vitest';
import { botRights, type ForgeWorld, onGitHub, token } from '../support/forge-world.ts';
import { lockText } from '../support/mirror.ts';
import { story } from '../support/story.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { publish, setWorld } from '../support/world.ts';

describe('B2: what update says first of digests', () => {
  const step = story();
  let all: ForgeWorld;
  let first: string;
  const branch = 'refs/heads/mirrorlock/update';
  const body = (number: number) => all.repository.thread(number).body ?? '';

  beforeAll(async () => {
    const world = await setWorld({ images: everything, library: tinyLibrary });
    all = await onGitHub(world, botRights);
    await all.run(['lock']);
    await all.run(['render']);
    await all.commit('Begin');
    first = lockText(world);
  });

  step('a new digest is nothing to look at', async () => {
    publish(all.world.upstream, all.world.source, { rebuilt: ['alpine'] });
    expect(await all.json(['update'])).toMatchObject({ pullRequest: { number: 1 } });
    expect(body(1)).not.toContain('Look at first');
    await all.repository.merge(1, 'alice');
  });

  step('one that a later merged lockfile replaced is a rollback, though the source has it', async () => {
    publish(all.world.upstream, all.world.source);
    expect(await all.json(['update'])).toMatchObject({ pullRequest: { number: 2 } });
    expect(body(2)).toMatch(
      /### Look at first\n\n- \*\*Rollback:\*\* `alpine`: `3\.24\.1-x`(.|\n)*- \*\*Rollback:\*\* `alpine`: `3\.23\.5`/,
    );
    expect(body(2)).not.toContain('Elsewhere');
    expect(await all.json(['update'])).toMatchObject({ written: false });
    await all.repository.merge(2, 'alice');
  });

  step('one that a tag of the group does not have yet is elsewhere', async () => {
    publish(all.world.upstream, all.world.source, { rebuilt: ['busybox', 'alpine'] });
    all.world.source.respond(({ reference }) =>
      reference === '1.38' ? { status: 404, body: '{"errors":[{"code":"MANIFEST_UNKNOWN"}]}' } : undefined,
    );
    await all.json(['update']);
    all.world.source.respond(undefined);
    expect(body(3)).toMatch(
      /### Look at first\n\n- \*\*Rollback(.|\n)*- \*\*Elsewhere at the source:\*\* `busybox`: `1\.38\.0`/,
    );
    expect(await all.repository.git.find(branch)).toBeDefined();
  });

  step('of a pull request of people the summary says so first', async () => {
    const config = readFileSync(join(all.world.mirror, 'mirrors.yaml'), 'utf8');
    await all.repository.merge(3, 'alice');
    const edited = config.replace(everything, '{include: ["*"], exclude: [nothing]}');
    await all.repository.commit('alice', 'back', { 'mirrors.lock.yaml': first, 'mirrors.yaml': edited });
    const response = await fetch(`${all.github.apiUrl}/repos/acme/mirror/pulls`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ title: 'Back', head: 'back', base: 'main' }),
    });
    const { number } = (await response.json()) as { number: number };
    publish(all.world.upstream, all.world.source);
    const summary = join(all.world.home, 'summary.md');
    await all.run(['update', '--pull-request', `${number}`], 0, { GITHUB_STEP_SUMMARY: summary });
    expect(readFileSync(summary, 'utf8')).toMatch(/^### Look at first\n\n- \*\*Rollback:\*\*/);
  });
});

import { beforeAll, describe, expect, test } from 'vitest';
import { addDeadDestination, expectJson, mirrorlock } from '../support/mirror.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { setWorld, type World } from '../support/world.ts';

let world: World;

beforeAll(async () => {
  world = await setWorld({ images: everything, library: tinyLibrary });
  addDeadDestination(world);
  await expectJson(world, ['lock']);
});

describe.concurrent('a destination that does not answer', () => {
  test('does not keep plan from showing what there is to do at others, and fails it', async () => {
    const { code, stdout, stderr } = await mirrorlock(world, ['plan', '--json']);
    expect(code).toBe(1);
    expect(stderr).toContain('error registry/network: down was not looked at: GET 127.0.0.1:1: ');
    expect(JSON.parse(stdout)).toMatchObject({
      destinations: [{ name: 'main', counts: { copy: 3, tag: 11 } }],
      failures: [{ name: 'down', problem: { code: 'registry/network' } }],
    });
  });

  test('does not keep the others’ work from being shared out over jobs, and is warned of', async () => {
    const { code, stdout, stderr } = await mirrorlock(world, ['plan', '--matrix']);
    expect(code).toBe(0);
    expect(stderr).toContain('warning registry/network: down was not looked at: ');
    expect(
      JSON.parse(stdout)
        .include.map(({ images }: { images: string }) => images)
        .join(' '),
    ).toMatch(/alpine/);
  });

  test('leaves nothing to tell of a budget where it is the only one', async () => {
    const { code, stdout } = await mirrorlock(world, ['plan', '--budget', '5', '--destination', 'down', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ destinations: [], failures: [{ name: 'down' }] });
    expect(JSON.parse(stdout)).not.toHaveProperty('budget');
  });

  test('fails a matrix where it is the only one', async () => {
    const { code, stderr } = await mirrorlock(world, ['plan', '--matrix', '--destination', 'down']);
    expect(code).toBe(1);
    expect(stderr).toContain('error registry/network: down was not looked at: ');
  });
});

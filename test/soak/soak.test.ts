import { expect, test } from 'vitest';
import { runSchedule } from '../support/soak/schedule.ts';
import { soakWorld } from '../support/soak/world.ts';

const seeds = ['20', '21', '29'];

test('whatever fails and whoever is killed, one more run leaves what the lockfile says, and no tag ever stood wrong', async () => {
  const world = await soakWorld();
  for (const seed of seeds) {
    const { failures, probes } = await runSchedule(world, seed);
    expect(failures, `seed ${seed}: repeat it by \`npm run bench:soak -- --seeds 1 --from ${seed}\``).toEqual([]);
    expect(probes).toBeGreaterThan(10);
  }
}, 600_000);

// The main job end to end: a first lock and apply, then upstream moves on, and the same again; with what each step cost.
import { execa } from 'execa';
import { skopeoSyncByTag } from '../bench/lib/skopeo-way.ts';
import { kib, seconds, table } from '../bench/lib/table.ts';
import { cleanUp, cleanUpOnInterrupt } from '../test/support/cleanup.ts';
import { countedRegistry, publish, setWorld, type World } from '../test/support/world.ts';
import { type Cost, merge, mirrorlock, step } from './steps.ts';

cleanUpOnInterrupt();
try {
  await execa('node', ['scripts/build.mjs'], { cwd: new URL('..', import.meta.url).pathname });
  const world = await setWorld();
  console.log('A source and a destination run, two real registries; upstream is a git repository with eight images.');
  const ours: Cost[] = [];
  const wanted = await wantedTags(world);
  await firstRun(world, ours);
  const theirs = await skopeoFirst(world, wanted);
  await upstreamMovesOn(world);
  await nextRun(world, ours);
  const theirNext = await theirs.again(await wantedTags(world));
  report(ours, [theirs.first, theirNext]);
} finally {
  await cleanUp();
}

async function firstRun(world: World, costs: Cost[]): Promise<void> {
  await mirrorlock(world, ['check'], 3);
  await step(world, 'lock', costs, () => mirrorlock(world, ['lock']));
  await mirrorlock(world, ['render']);
  await merge(world, 'Lock the first images');
  await mirrorlock(world, ['check']);
  await mirrorlock(world, ['explain', 'debian:12']);
  await step(world, 'apply, first', costs, () => mirrorlock(world, ['apply']));
  await step(world, 'apply, unchanged', costs, () => mirrorlock(world, ['apply']));
  await step(world, 'verify', costs, () => mirrorlock(world, ['verify']));
}

/** A release that is published, a rebuild that git does not know of, and a release announced but not built yet. */
async function upstreamMovesOn(world: World): Promise<void> {
  console.log('\nUpstream moves on: golang 1.27.1 is released, debian is rebuilt with no change in git,');
  console.log('and alpine announces a version that is not published yet.');
  world.upstream.release('golang', '1.27.0', '1.27.1');
  const [oldAlpine, newAlpine] = nextPatch(world.upstream.read('alpine'));
  world.upstream.release('alpine', oldAlpine, newAlpine);
  await world.upstream.commit('Update golang and alpine');
  await publish(world.upstream, world.source, {
    rebuilt: ['debian'],
    isPending: (image, tag) => image === 'alpine' && tag.startsWith(newAlpine),
  });
}

async function nextRun(world: World, costs: Cost[]): Promise<void> {
  await step(world, 'lock, after upstream moved', costs, () => mirrorlock(world, ['lock']));
  await mirrorlock(world, ['render']);
  await mirrorlock(world, ['diff']);
  await merge(world, 'Follow upstream');
  await mirrorlock(world, ['plan']);
  await step(world, 'apply, after upstream moved', costs, () => mirrorlock(world, ['apply']));
  await mirrorlock(world, ['verify']);
}

/** The tags that the rules want now, by repository, as somebody would list them for skopeo by hand. */
async function wantedTags(world: World): Promise<Map<string, string[]>> {
  const command = new URL('../bin/mirrorlock.js', import.meta.url).pathname;
  const args = [command, 'expand', '--json', '--quiet', '-C', world.mirror];
  const { stdout } = await execa(process.execPath, args, { env: { MIRRORLOCK_CACHE: `${world.home}/cache` } });
  const { images } = JSON.parse(stdout) as { images: { image: string; groups: { tags: string[] }[] }[] };
  return new Map(images.map(({ image, groups }) => [`library/${image}`, groups.flatMap(({ tags }) => tags)]));
}

/** The same job by `skopeo sync` with a list of tags, into a registry of its own. */
async function skopeoFirst(world: World, tags: Map<string, string[]>) {
  const destination = await countedRegistry();
  const run = async (title: string, list: Map<string, string[]>): Promise<Cost> => {
    const costs: Cost[] = [];
    const sync = () => skopeoSyncByTag(world.source.host, `${destination.host}/mirror`, list, world.home);
    await step({ ...world, destination }, title, costs, () =>
      sync().catch(() => console.log(`(${title}: skopeo ended with an error: a tag is announced and not there)`)),
    );
    return costs[0] as Cost;
  };
  return {
    first: await run('skopeo sync by tag, first', tags),
    again: (list: Map<string, string[]>) => run('skopeo sync by tag, after upstream moved', list),
  };
}

/** The version of the file's first tag, and the one after it. */
function nextPatch(text: string): [string, string] {
  const [, old] = /^Tags:.*?\b(\d+\.\d+\.\d+)/m.exec(text) ?? [];
  if (old === undefined) throw new Error('the file has no version');
  return [old, old.replace(/\d+$/, (patch) => String(Number(patch) + 1))];
}

function report(ours: readonly Cost[], theirs: readonly Cost[]): void {
  const rows = [...ours, ...theirs].map(({ step, ms, source, destination }) => [
    step,
    source.manifestGet,
    source.requests,
    destination.requests,
    kib(source.blobBytesSent + source.manifestBytesSent),
    seconds(ms),
  ]);
  console.log('\nWhat each step cost:\n');
  console.log(
    table(['step', 'counted pulls', 'source requests', 'destination requests', 'KiB from the source', 's'], rows),
  );
  const images = ours.find(({ step }) => step === 'apply, unchanged')?.source.manifestGet;
  console.log(`\nNothing changed: ${images} counted pulls.`);
}

// The main job end to end: a first lock and apply, then upstream moves on, and the same again; with what each step cost.
import { execa } from 'execa';
import { skopeoSyncByTag } from '../bench/lib/skopeo-way.ts';
import { kib, seconds, table } from '../bench/lib/table.ts';
import { cleanUp, cleanUpOnInterrupt } from '../test/support/cleanup.ts';
import { countedRegistry, publish, type Stage, setStage } from './stage.ts';
import { type Cost, merge, mirrorlock, step } from './steps.ts';

cleanUpOnInterrupt();
try {
  await execa('node', ['scripts/build.mjs'], { cwd: new URL('..', import.meta.url).pathname });
  const stage = await setStage();
  console.log('A source and a destination run, two real registries; upstream is a git repository with eight images.');
  const ours: Cost[] = [];
  const wanted = await wantedTags(stage);
  await firstRun(stage, ours);
  const theirs = await skopeoFirst(stage, wanted);
  await upstreamMovesOn(stage);
  await nextRun(stage, ours);
  const theirNext = await theirs.again(await wantedTags(stage));
  report(ours, [theirs.first, theirNext]);
} finally {
  await cleanUp();
}

async function firstRun(stage: Stage, costs: Cost[]): Promise<void> {
  await mirrorlock(stage, ['check'], 3);
  await step(stage, 'lock', costs, () => mirrorlock(stage, ['lock']));
  await mirrorlock(stage, ['render']);
  await merge(stage, 'Lock the first images');
  await mirrorlock(stage, ['check']);
  await mirrorlock(stage, ['explain', 'debian:12']);
  await step(stage, 'apply, first', costs, () => mirrorlock(stage, ['apply']));
  await step(stage, 'apply, unchanged', costs, () => mirrorlock(stage, ['apply']));
  await step(stage, 'verify', costs, () => mirrorlock(stage, ['verify']));
}

/** A release that is published, a rebuild that git does not know of, and a release announced but not built yet. */
async function upstreamMovesOn(stage: Stage): Promise<void> {
  console.log('\nUpstream moves on: golang 1.27.1 is released, debian is rebuilt with no change in git,');
  console.log('and alpine announces a version that is not published yet.');
  stage.upstream.release('golang', '1.27.0', '1.27.1');
  const [oldAlpine, newAlpine] = nextPatch(stage.upstream.read('alpine'));
  stage.upstream.release('alpine', oldAlpine, newAlpine);
  await stage.upstream.commit('Update golang and alpine');
  await publish(stage.upstream, stage.source, {
    rebuilt: ['debian'],
    isPending: (image, tag) => image === 'alpine' && tag.startsWith(newAlpine),
  });
}

async function nextRun(stage: Stage, costs: Cost[]): Promise<void> {
  await step(stage, 'lock, after upstream moved', costs, () => mirrorlock(stage, ['lock']));
  await mirrorlock(stage, ['render']);
  await mirrorlock(stage, ['diff']);
  await merge(stage, 'Follow upstream');
  await mirrorlock(stage, ['plan']);
  await step(stage, 'apply, after upstream moved', costs, () => mirrorlock(stage, ['apply']));
  await mirrorlock(stage, ['verify']);
}

/** The tags that the rules want now, by repository, as somebody would list them for skopeo by hand. */
async function wantedTags(stage: Stage): Promise<Map<string, string[]>> {
  const command = new URL('../bin/mirrorlock.js', import.meta.url).pathname;
  const args = [command, 'expand', '--json', '--quiet', '-C', stage.mirror];
  const { stdout } = await execa(process.execPath, args, { env: { MIRRORLOCK_CACHE: `${stage.home}/cache` } });
  const { images } = JSON.parse(stdout) as { images: { image: string; groups: { tags: string[] }[] }[] };
  return new Map(images.map(({ image, groups }) => [`library/${image}`, groups.flatMap(({ tags }) => tags)]));
}

/** The same job by `skopeo sync` with a list of tags, into a registry of its own. */
async function skopeoFirst(stage: Stage, tags: Map<string, string[]>) {
  const destination = await countedRegistry();
  const run = async (title: string, list: Map<string, string[]>): Promise<Cost> => {
    const costs: Cost[] = [];
    const sync = () => skopeoSyncByTag(stage.source.host, `${destination.host}/mirror`, list, stage.home);
    await step({ ...stage, destination }, title, costs, () =>
      sync().catch(() => console.log(`(${title}: skopeo gave up in part)`)),
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

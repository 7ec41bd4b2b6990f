import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { type CountingProxy, startCountingProxy } from '../test/support/counting-proxy.ts';
import { buildImages } from '../test/support/images/build.ts';
import { writeRegistryStorage } from '../test/support/images/storage.ts';
import type { ImageSpec } from '../test/support/images/types.ts';
import { startRegistry } from '../test/support/registry.ts';
import { temporaryDirectory } from '../test/support/temporary-directory.ts';
import type { TrafficCounts } from '../test/support/traffic.ts';
import { benchLibrary } from './lib/library.ts';
import { skopeoCopyLoop, skopeoSyncByTag, type TagsByRepository } from './lib/skopeo-way.ts';
import { kib, seconds, table, timed } from './lib/table.ts';

interface Measure {
  readonly way: string;
  readonly run: string;
  readonly ms: number;
  readonly source: TrafficCounts;
  readonly destination: TrafficCounts;
}

/** (b) First apply and apply with nothing changed, against `skopeo sync` by tag and a loop of `skopeo copy`. */
export async function benchApply(): Promise<string> {
  const library = await benchLibrary();
  const source = await filledSource(library.images);
  const measures: Measure[] = [];
  for (const way of [mirrorlockWay, syncWay, loopWay]) measures.push(...(await way(source, library)));
  return [describe(library.images), '', resultTable(measures), '', ...verdicts(measures)].join('\n');
}

type Library = Awaited<ReturnType<typeof benchLibrary>>;

async function filledSource(images: readonly ImageSpec[]): Promise<CountingProxy> {
  const registry = await startRegistry();
  writeRegistryStorage(registry.storage, buildImages(images, { baseBytes: 256 * 1024, topBytes: 16 * 1024 }));
  return startCountingProxy(registry.host);
}

async function mirrorlockWay(source: CountingProxy, { upstream }: Library): Promise<Measure[]> {
  const home = temporaryDirectory();
  const destination = await startCountingProxy((await startRegistry()).host);
  await writeFile(
    join(home.path, 'mirrors.yaml'),
    `version: 1
upstream: {repository: ${JSON.stringify(upstream)}}
source: {registry: ${JSON.stringify(source.host)}, namespace: library, insecure: true}
destinations: [{name: main, registry: ${JSON.stringify(destination.host)}, namespace: library, insecure: true}]
images: {include: ["*"]}
`,
  );
  const cli = (...args: string[]) => mirrorlock(home.path, args);
  await cli('lock');
  const first = await measure('mirrorlock apply', 'first', source, destination, () => cli('apply'));
  const again = await measure('mirrorlock apply', 'unchanged', source, destination, () => cli('apply'));
  await cli('verify');
  return [first, again];
}

async function mirrorlock(home: string, args: readonly string[]): Promise<void> {
  const program = new URL('../bin/mirrorlock.js', import.meta.url).pathname;
  const env = { MIRRORLOCK_CACHE: join(home, 'cache') };
  await execa('node', [program, ...args, '--quiet', '-C', home], { env, stdout: 'ignore' });
}

async function syncWay(source: CountingProxy, library: Library): Promise<Measure[]> {
  const home = temporaryDirectory();
  const destination = await startCountingProxy((await startRegistry()).host);
  const sync = () => skopeoSyncByTag(source.host, `${destination.host}/library`, tagsOf(library.images), home.path);
  const first = await measure('skopeo sync by tag', 'first', source, destination, sync);
  return [first, await measure('skopeo sync by tag', 'unchanged', source, destination, sync)];
}

async function loopWay(source: CountingProxy, library: Library): Promise<Measure[]> {
  const destination = await startCountingProxy((await startRegistry()).host);
  const loop = () => skopeoCopyLoop(source.host, `${destination.host}/library`, tagsOf(library.images));
  const first = await measure('a loop of skopeo copy', 'first', source, destination, loop);
  return [first, await measure('a loop of skopeo copy', 'unchanged', source, destination, loop)];
}

function tagsOf(images: readonly ImageSpec[]): TagsByRepository {
  return new Map(images.map(({ repository, groups }) => [repository, groups.flatMap(({ tags }) => tags)]));
}

async function measure(
  way: string,
  run: string,
  source: CountingProxy,
  destination: CountingProxy,
  work: () => Promise<void>,
) {
  source.reset();
  destination.reset();
  const ms = await timed(work);
  return { way, run, ms, source: source.counts(), destination: destination.counts() };
}

function describe(images: readonly ImageSpec[]): string {
  const groups = images.flatMap((image) => image.groups);
  const tags = groups.flatMap((group) => group.tags);
  const platforms = groups.reduce((sum, group) => sum + group.platforms.length, 0);
  return `(b) ${images.length} images, ${groups.length} groups, ${tags.length} tags, ${platforms} platforms with attestations`;
}

function resultTable(measures: readonly Measure[]): string {
  const baseline = (run: string) =>
    measures.find((m) => m.way === 'skopeo sync by tag' && m.run === run)?.ms ?? Number.NaN;
  return table(
    [
      'way',
      'run',
      'counted pulls',
      'distinct manifests',
      'source requests',
      'destination requests',
      'source KiB',
      'destination KiB in',
      's',
      'of skopeo sync',
    ],
    measures.map(({ way, run, ms, source, destination }) => [
      way,
      run,
      source.manifestGet,
      source.distinctManifestsGot,
      source.requests,
      destination.requests,
      kib(source.blobBytesSent + source.manifestBytesSent),
      kib(destination.blobBytesReceived + destination.manifestBytesReceived),
      seconds(ms),
      (ms / baseline(run)).toFixed(2),
    ]),
  );
}

function verdicts(measures: readonly Measure[]): string[] {
  const of = (way: string, run: string) => measures.find((m) => m.way === way && m.run === run);
  const [first, again] = [of('mirrorlock apply', 'first'), of('mirrorlock apply', 'unchanged')];
  const [syncFirst, syncAgain] = [of('skopeo sync by tag', 'first'), of('skopeo sync by tag', 'unchanged')];
  if (!first || !again || !syncFirst || !syncAgain) throw new Error('a measure is missing');
  const check = (text: string, value: number, most: number) =>
    `${value <= most ? 'holds' : 'FAILS'}: ${text}: ${value.toFixed(2)} (at most ${most})`;
  return [
    check('unchanged: counted pulls', again.source.manifestGet, 0),
    check(
      'first: manifest GETs over distinct manifests',
      first.source.manifestGet / first.source.distinctManifestsGot,
      1.05,
    ),
    check('first: wall time over skopeo sync', first.ms / syncFirst.ms, 0.4),
    check('unchanged: wall time over skopeo sync', again.ms / syncAgain.ms, 0.1),
  ];
}

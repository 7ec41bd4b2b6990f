// The whole library of the real data in miniature, a part of it by other tools, large layers, and a start of the command.
// `npm run bench:full -- --only a,start` runs these parts; names of images (`-- alpine redis`) limit part (a) to them;
// `--quick` takes little of all; `--no-before` leaves out the version before the copy engine, which takes longest.
import { execa } from 'execa';
import { cleanUp, cleanUpOnInterrupt } from '../../test/support/cleanup.ts';
import { bulkSets, compareBulk, quickSets } from './bulk.ts';
import { bulkReport } from './bulk-report.ts';
import { type RealLibrary, realLibrary } from './library.ts';
import { fullOptions, type PartName } from './options.ts';
import { wholeReport } from './report.ts';
import { compareSlice } from './slice.ts';
import { sliceReport } from './slice-report.ts';
import { measureStarts, startReport } from './start.ts';
import { wholeLibrary } from './whole.ts';

const { parts, quick, before, images } = fullOptions(process.argv.slice(2));

/** What each part needs, and its report. */
const reports: Readonly<Record<PartName, (library: RealLibrary | undefined) => Promise<string>>> = {
  start: async () => startReport(await measureStarts()),
  c: async () => bulkReport(await compareBulk(quick ? quickSets : bulkSets, quick ? 1 : 3)),
  b: async (library) => (library ? sliceReport(await compareSlice(library, quick)) : withoutLibrary('b')),
  a: async (library) => (library ? wholeReport(await wholeLibrary(library, { images, before })) : withoutLibrary('a')),
};

function withoutLibrary(part: string): string {
  return `(${part}) skipped: official-images.bundle is not there.`;
}

cleanUpOnInterrupt();
try {
  await execa('node', ['scripts/build.mjs'], { cwd: new URL('../..', import.meta.url).pathname });
  const library = parts.has('a') || parts.has('b') ? await realLibrary() : undefined;
  // A start first, and the whole library last: each is measured best while nothing large was done before it.
  for (const part of ['start', 'c', 'b', 'a'] as const) {
    if (!parts.has(part)) continue;
    const text = await reports[part](library);
    console.log(`${text}\n`);
    if (/^FAILS/m.test(text)) process.exitCode = 1;
  }
} finally {
  await cleanUp();
}

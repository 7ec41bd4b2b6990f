// The whole library of the real data in miniature: mirrored whole, again, and a day later; and a part of it by others.
// `npm run bench:full -- alpine redis` takes these images alone.
import { execa } from 'execa';
import { cleanUp, cleanUpOnInterrupt } from '../../test/support/cleanup.ts';
import { realLibrary } from './library.ts';
import { wholeReport } from './report.ts';
import { compareSlice } from './slice.ts';
import { sliceReport } from './slice-report.ts';
import { wholeLibrary } from './whole.ts';

const images = process.argv.slice(2);

cleanUpOnInterrupt();
try {
  await execa('node', ['scripts/build.mjs'], { cwd: new URL('../..', import.meta.url).pathname });
  const library = await realLibrary();
  if (library === undefined) console.log('bench:full: skipped, official-images.bundle is not there.');
  else {
    const reports = [
      async () => wholeReport(await wholeLibrary(library, images.length > 0 ? images : undefined)),
      async () => sliceReport(await compareSlice(library)),
    ];
    for (const report of reports) {
      const text = await report();
      console.log(`${text}\n`);
      if (/^FAILS/m.test(text)) process.exitCode = 1;
    }
  }
} finally {
  await cleanUp();
}

// Compares mirrorlock with what people use, all in one run on this machine, with requests counted at the servers.
import { execa } from 'execa';
import { cleanUp, cleanUpOnInterrupt } from '../test/support/cleanup.ts';
import { benchApply } from './apply.ts';
import { benchExpand } from './expand.ts';

cleanUpOnInterrupt();
try {
  await execa('node', ['scripts/build.mjs'], { cwd: new URL('..', import.meta.url).pathname });
  for (const bench of [benchExpand, benchApply]) {
    const text = await bench();
    console.log(`${text}\n`);
    if (/^FAILS/m.test(text)) process.exitCode = 1;
  }
} finally {
  await cleanUp();
}

// Makes the pictures of the README, docs/plan.png and docs/catalogue.png: what the built command prints in the world of the docs,
// and the catalogue of the whole library with a year of history, as Chromium shows them.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { execa } from 'execa';
import type { Browser } from 'playwright-core';
import { startBrowser } from '../test/support/browser.ts';
import { cleanUp, cleanUpOnInterrupt } from '../test/support/cleanup.ts';
import { runCli } from '../test/support/cli.ts';
import { docsWorld } from '../test/support/docs-world.ts';
import { temporaryDirectory } from '../test/support/temporary-directory.ts';
import { yearOfLockfiles } from '../test/support/year-of-lockfiles.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const terminal =
  'body{margin:0}pre{margin:0;background:#0d1117;color:#e6edf3;font:14px/1.45 monospace;padding:16px;width:max-content}b{color:#7ee787;font-weight:normal}';

/** A new image was merged: what `plan` says of it, on a terminal. */
async function plan(browser: Browser): Promise<void> {
  const { machine, begin, run } = await docsWorld();
  begin('with a mirror');
  const file = join(machine.home, 'my-mirror/mirrors.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('[alpine', '[alpine, busybox'));
  for (const line of ['mirrorlock lock', 'git commit --quiet --all --message "Add busybox"']) {
    const { code, output } = await run(line);
    if (code !== 0) throw new Error(`${line} ended with ${code}:\n${output}`);
  }
  const command = 'mirrorlock plan --destination main';
  const { output } = await run(command);
  const page = await browser.newPage({ deviceScaleFactor: 1 });
  await page.setContent(`<style>${terminal}</style><pre></pre>`);
  await page.locator('pre').evaluate(
    (pre, [typed = '', printed = '']) => {
      const prompt = pre.ownerDocument.createElement('b');
      prompt.textContent = `$ ${typed}`;
      pre.append(prompt, `\n${printed}`);
    },
    [command, output],
  );
  await page.locator('pre').screenshot({ path: join(root, 'docs/plan.png') });
}

/** The page of an image in the catalogue. */
async function catalogue(browser: Browser): Promise<void> {
  const { path } = temporaryDirectory();
  const mirror = join(path, 'mirror');
  await yearOfLockfiles(mirror);
  const { code, stderr } = await runCli(['catalog', '--out', '../site'], { cwd: mirror });
  if (code !== 0) throw new Error(`catalog ended with ${code}:\n${stderr}`);
  const page = await browser.newPage({ viewport: { width: 1000, height: 640 } });
  await page.goto(pathToFileURL(join(path, 'site/index.html')).href);
  await page.locator('#search').fill('python 3.13-slim');
  await page.screenshot({ path: join(root, 'docs/catalogue.png') });
}

cleanUpOnInterrupt();
try {
  await execa('node', ['scripts/build.mjs'], { cwd: root });
  const browser = await startBrowser();
  try {
    await plan(browser);
    await catalogue(browser);
  } finally {
    await browser.close();
  }
} finally {
  await cleanUp();
}

// Makes the pictures of README and docs, as Chromium shows them: what the built command prints in the world of the docs, the catalogue
// of the whole library with a year of history, the texts of pull requests that tests compare with, and the report of a simulation.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { execa } from 'execa';
import type { Browser } from 'playwright-core';
import { parseConfig } from '../src/config/parse.ts';
import { startBrowser } from '../test/support/browser.ts';
import { cleanUp, cleanUpOnInterrupt } from '../test/support/cleanup.ts';
import { runCli } from '../test/support/cli.ts';
import { docsWorld } from '../test/support/docs-world.ts';
import { pullRequestPage } from '../test/support/markdown-page.ts';
import { bundle } from '../test/support/open-upstream.ts';
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

/** The text of a pull request. @param golden a file of test/review/golden */
async function pullRequest(browser: Browser, golden: string, picture: string): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 1000, height: 800 } });
  await page.setContent(pullRequestPage(readFileSync(join(root, `test/review/golden/${golden}.md`), 'utf8')));
  await page.screenshot({ path: join(root, 'docs', picture) });
}

/** What this repository's own mirrors.yaml costs in a year. */
async function simulation(browser: Browser): Promise<void> {
  const { path } = temporaryDirectory();
  const { upstream } = parseConfig(readFileSync(join(root, 'mirrors.yaml'), 'utf8'), { file: 'mirrors.yaml', env: {} });
  const gitConfig = join(path, 'gitconfig');
  writeFileSync(gitConfig, `[url "${bundle}"]\n\tinsteadOf = ${upstream.repository}\n`);
  const args = ['simulate', '-C', root, '--since', '2025-08-21', '--html', 'report.html'];
  const { code, stderr } = await runCli(args, { cwd: path, env: { GIT_CONFIG_GLOBAL: gitConfig } });
  if (code !== 0) throw new Error(`simulate ended with ${code}:\n${stderr}`);
  const page = await browser.newPage({ viewport: { width: 920, height: 1640 } });
  await page.goto(pathToFileURL(join(path, 'report.html')).href);
  await page.screenshot({ path: join(root, 'docs/simulate.png') });
}

cleanUpOnInterrupt();
try {
  await execa('node', ['scripts/build.mjs'], { cwd: root });
  const browser = await startBrowser();
  try {
    await plan(browser);
    await catalogue(browser);
    await pullRequest(browser, 'base', 'review.png');
    await pullRequest(browser, 'week', 'review-week.png');
    await simulation(browser);
  } finally {
    await browser.close();
  }
} finally {
  await cleanUp();
}

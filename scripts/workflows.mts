// Renders the workflows of the project's own mirrors.yaml; with --check it only says whether they are current.
import { fileURLToPath } from 'node:url';
import { loadConfig } from '../src/config/load.ts';
import { changesPatch, renderChanges } from '../src/render/changes.ts';
import { renderCiFiles } from '../src/render/ci/ci-files.ts';
import { ciPaths } from '../src/render/ci/providers.ts';
import { readFiles, templatesFrom, writeChanges } from '../src/render/files.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const config = await loadConfig(`${root}/mirrors.yaml`, { env: {} });
const rendered = await renderCiFiles(config, templatesFrom(root, `${root}/templates`));
const changes = renderChanges(rendered, await readFiles(root, ciPaths));

if (!process.argv.includes('--check')) {
  await writeChanges(root, changes);
  for (const { path } of changes) console.log(`Wrote ${path}.`);
} else if (changes.length > 0) {
  console.error(`${changesPatch(changes)}The rendered workflows are out of date: npm run generate.`);
  process.exitCode = 1;
}

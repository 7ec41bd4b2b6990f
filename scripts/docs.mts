// Builds the documentation as a site into dist.docs/, and fails where one of its links leads nowhere.
// `--out FOLDER` and `--base /PATH/` (where it is served) say otherwise; `--list-elsewhere` prints the addresses outside of it,
// which nobody asks: a build needs no network.
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'vitepress';
import { siteLinks } from './docs-check.mts';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: {
    out: { type: 'string', default: fileURLToPath(new URL('../dist.docs', import.meta.url)) },
    base: { type: 'string', default: '/' },
    'list-elsewhere': { type: 'boolean', default: false },
  },
});
if (!/^\/(.*\/)?$/.test(values.base))
  throw new Error(`--base begins and ends with a slash, such as /docs/: ${values.base}`);

await build(`${root}docs`, { base: values.base, outDir: values.out });
const { pages, own, broken, elsewhere } = siteLinks(values.out, values.base);
if (values['list-elsewhere']) console.log(elsewhere.join('\n'));
console.log(`${pages} pages, ${own} links within the site, ${elsewhere.length} addresses elsewhere (not asked)`);
for (const link of broken) console.error(`leads nowhere: ${link}`);
process.exitCode = broken.length === 0 ? 0 : 1;

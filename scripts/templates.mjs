// Compiles the templates when the command is built, not each time that it starts: the compiler is most of Handlebars.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Handlebars from 'handlebars';

const fromRoot = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** Gives src/render/engine.ts the runtime of Handlebars alone, which knows each template by its text. */
export const compiledTemplates = {
  name: 'compiled-templates',
  setup(build) {
    build.onResolve({ filter: /^handlebars$/ }, ({ path }) => ({ path, namespace: 'templates' }));
    build.onLoad({ filter: /.*/, namespace: 'templates' }, async () => ({
      resolveDir: fromRoot('.'),
      contents: [
        "import runtime from 'handlebars/dist/cjs/handlebars.runtime.js';",
        `const ready = new Map([${(await readyTemplates()).join(',\n')}]);`,
        'export default { create: () => Object.assign(runtime.create(), { compile }) };',
        'function compile(text) {',
        '  const template = ready.get(text);',
        "  if (!template) throw new Error('it was changed after the command was built; build it again, or install it again');",
        '  return this.template(template());',
        '}',
      ].join('\n'),
    }));
  },
};

/** An entry of a Map for each template: its text, and a function that gives its code. */
async function readyTemplates() {
  const options = JSON.parse(await readFile(fromRoot('src/render/handlebars-options.json'), 'utf8'));
  const folder = fromRoot('templates');
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.hbs')).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return [...new Set(texts)].map(
    (text) => `[${JSON.stringify(text)}, () => (${Handlebars.precompile(text, options)})]`,
  );
}

// Writes the generated parts of README.md between their markers; with --check it only says whether they are current.
import { readFileSync, writeFileSync } from 'node:fs';
import { cliReference } from './cli-reference.mts';
import { configReference } from './config-reference.mts';

const readme = new URL('../README.md', import.meta.url);
const schema = JSON.parse(readFileSync(new URL('../schema/mirrors.schema.json', import.meta.url), 'utf8'));
const parts: Record<string, string> = { cli: cliReference(), config: configReference(schema) };

const before = readFileSync(readme, 'utf8');
const after = Object.entries(parts).reduce((text, [name, part]) => {
  const [begin, end] = [`<!-- begin generated: ${name} -->`, `<!-- end generated: ${name} -->`];
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from === -1 || to === -1) throw new Error(`README.md lacks the markers of ${name}.`);
  return `${text.slice(0, from + begin.length)}\n\n${part.trim()}\n\n${text.slice(to)}`;
}, before);

if (after === before) console.log('README.md is current.');
else if (process.argv.includes('--check')) {
  console.error('README.md is out of date: run `npm run generate`.');
  process.exitCode = 1;
} else {
  writeFileSync(readme, after);
  console.log('Wrote the reference in README.md.');
}

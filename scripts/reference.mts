// Writes the generated parts of docs/reference between their markers; with --check it only says whether they are current.
import { readFileSync, writeFileSync } from 'node:fs';
import { cliReference } from './cli-reference.mts';
import { configReference } from './config-reference.mts';

const schema = JSON.parse(readFileSync(new URL('../schema/mirrors.schema.json', import.meta.url), 'utf8'));
const parts: Readonly<Record<string, string>> = { cli: cliReference(), config: configReference(schema) };
const isCheck = process.argv.includes('--check');

for (const [name, part] of Object.entries(parts)) {
  const path = `docs/reference/${name}.md`;
  const file = new URL(`../${path}`, import.meta.url);
  const before = readFileSync(file, 'utf8');
  const after = withPart(before, part, path);
  if (after === before) console.log(`${path} is current.`);
  else if (isCheck) {
    console.error(`${path} is out of date: run \`npm run generate\`.`);
    process.exitCode = 1;
  } else {
    writeFileSync(file, after);
    console.log(`Wrote ${path}.`);
  }
}

/** `text` with `part` between its markers. Throws where it lacks one of them. */
function withPart(text: string, part: string, path: string): string {
  const [begin, end] = ['<!-- begin generated -->', '<!-- end generated -->'];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from === -1 || to === -1) throw new Error(`${path} lacks the marker \`${from === -1 ? begin : end}\`.`);
  return `${text.slice(0, from + begin.length)}\n\n${part.trim()}\n\n${text.slice(to)}`;
}

// Writes src/config/schema.gen.ts from schema/mirrors.schema.json; with --check it only says whether that is up to date.
import { readFile, writeFile } from 'node:fs/promises';
import { schemaTypes } from './schema-types.mts';

const root = new URL('..', import.meta.url);
const target = new URL('src/config/schema.gen.ts', root);

const schema = JSON.parse(await readFile(new URL('schema/mirrors.schema.json', root), 'utf8'));
const wanted = await schemaTypes(schema);

if (process.argv.includes('--check')) {
  if ((await readFile(target, 'utf8')) !== wanted) {
    console.error('src/config/schema.gen.ts is out of date: run `npm run generate`.');
    process.exitCode = 1;
  }
} else {
  await writeFile(target, wanted);
  console.log('Wrote src/config/schema.gen.ts.');
}

// Writes test/support/github/description.json: the operations that the GitHub stand-in serves, from GitHub's own
// description of its API, by their shapes alone: without prose, examples and what nothing refers to.
//
//   npm pack @octokit/openapi   # 385 MB unpacked, so never a dependency
//   tsx scripts/prune-github-description.mts package/generated/api.github.com.json
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { servedOperations } from '../test/support/github/operations.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Fields = { [key: string]: Json };

const target = fileURLToPath(new URL('../test/support/github/description.json', import.meta.url));

/** What says nothing of a shape. */
const prose = new Set([
  ...['description', 'summary', 'title', 'example', 'examples', 'externalDocs', 'tags', 'deprecated', 'default'],
  ...['x-github', 'x-github-breaking-changes', 'x-multi-segment', 'x-webhooks', 'links', 'servers'],
]);
/** Below these keys the names are chosen by the description, so that `title` is a property and no prose. */
const maps = new Set(['properties', 'patternProperties', 'responses', 'headers', 'schemas', 'parameters']);

function isFields(value: Json | undefined): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `value` without prose; `named` tells that its keys are names. */
function shapeOf(value: Json, named = false): Json {
  if (Array.isArray(value)) return value.map((item) => shapeOf(item));
  if (!isFields(value)) return value;
  const kept = Object.entries(value).filter(([key]) => named || !prose.has(key));
  const shape = Object.fromEntries(kept.map(([key, item]) => [key, shapeOf(item, !named && maps.has(key))]));
  return named ? shape : withJsonAlone(nullableByType(shape));
}

/** `nullable` counts only beside a `type` (ajv refuses it elsewhere): a choice says the same. */
function nullableByType(shape: Fields): Fields {
  if (shape['nullable'] !== true || shape['type'] !== undefined) return shape;
  const { nullable: _, ...rest } = shape;
  return { anyOf: [rest, { enum: [null] }] };
}

function withJsonAlone(shape: Fields): Fields {
  const { content } = shape;
  if (!isFields(content)) return shape;
  const json = content['application/json'];
  const { content: _, ...rest } = shape;
  return json === undefined ? rest : { ...rest, content: { 'application/json': json } };
}

function* references(value: Json): Generator<string> {
  if (Array.isArray(value)) for (const item of value) yield* references(item);
  if (!isFields(value)) return;
  if (typeof value['$ref'] === 'string') yield value['$ref'];
  for (const item of Object.values(value)) yield* references(item);
}

function lookUp(document: Json, path: readonly string[]): Json {
  let value: Json | undefined = document;
  for (const key of path) value = isFields(value) ? value[key] : undefined;
  if (value === undefined) throw new Error(`The description has no ${path.join(' ')}.`);
  return value;
}

/** Everything that `paths` refer to, directly or not, as `[kind, name, shape]`, sorted. */
function componentsFor(document: Json, paths: Json): [string, string, Json][] {
  const found = new Map<string, Json>();
  const open = [...references(paths)];
  for (let reference = open.pop(); reference !== undefined; reference = open.pop()) {
    if (found.has(reference)) continue;
    const shape = shapeOf(lookUp(document, reference.split('/').slice(1)));
    found.set(reference, shape);
    open.push(...references(shape));
  }
  return [...found].sort(byName).map(([reference, shape]) => {
    const [, , kind = '', name = ''] = reference.split('/');
    return [kind, name, shape];
  });
}

function byName([a]: [string, Json], [b]: [string, Json]): number {
  return a < b ? -1 : 1;
}

/** One line an operation and a component, so that a newer description shows as a diff. */
function format(info: Json, paths: Fields, components: readonly [string, string, Json][]): string {
  const lines = (entries: readonly [string, Json][]): string =>
    entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',\n');
  const kinds = [...new Set(components.map(([kind]) => kind))].map((kind) => {
    const ofKind = components.filter((component) => component[0] === kind);
    return `${JSON.stringify(kind)}:{\n${lines(ofKind.map(([, name, shape]) => [name, shape]))}}`;
  });
  const head = `{"openapi":"3.0.3","info":${JSON.stringify(info)}`;
  return `${head},"paths":{\n${lines(Object.entries(paths))}},"components":{${kinds.join(',')}}}\n`;
}

const [source] = process.argv.slice(2);
if (source === undefined) throw new Error('Name the file of the full description: api.github.com.json.');
const document: Json = JSON.parse(readFileSync(source, 'utf8'));
const paths: Fields = {};
for (const operation of Object.keys(servedOperations)) {
  const [method = '', path = ''] = operation.split(' ');
  const shape = shapeOf(lookUp(document, ['paths', path, method.toLowerCase()]));
  paths[path] = { ...(paths[path] as Fields | undefined), [method.toLowerCase()]: shape };
}
const version = lookUp(document, ['info', 'version']);
writeFileSync(target, format({ title: 'GitHub REST API', version }, paths, componentsFor(document, paths)));

import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse as parseYaml, stringify } from 'yaml';
import schema from '../../schema/mirrors.schema.json' with { type: 'json' };
import { configReference } from '../../scripts/config-reference.mts';
import { schemaTypes } from '../../scripts/schema-types.mts';
import { loadConfig } from '../../src/config/load.ts';
import { bashbrewPlatforms } from '../../src/core/platform.ts';
import { parse } from './support.ts';

type Json = Record<string, unknown>;

const root = new URL('../../', import.meta.url);
const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true });
ajv.addSchema(schema, 'mirrors');

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** All schemas in the schema: the file itself, its definitions, fields, items and alternatives, each by its JSON pointer. */
function schemasIn(part: unknown, pointer: string): [string, Json][] {
  if (!isObject(part)) return [];
  const children = (key: string) =>
    isObject(part[key])
      ? Object.entries(part[key]).flatMap(([name, child]) => schemasIn(child, `${pointer}/${key}/${name}`))
      : [];
  const alternatives = Array.isArray(part['anyOf']) ? part['anyOf'] : [];
  return [
    [pointer, part],
    ...children('$defs'),
    ...children('properties'),
    ...schemasIn(part['items'], `${pointer}/items`),
    ...alternatives.flatMap((child, index) => schemasIn(child, `${pointer}/anyOf/${index}`)),
  ];
}

const all = schemasIn(schema, '#');
const isReference = ([, part]: [string, Json]) => part['$ref'] !== undefined && part['description'] === undefined;

describe('schema/mirrors.schema.json', () => {
  it('is a valid schema of draft 2020-12 with an identifier', () => {
    expect(ajv.validateSchema(schema)).toBe(true);
    expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
    expect(schema.$id).toMatch(/^urn:/);
  });

  it.each(all.filter((item) => !isReference(item)))('describes %s in whole sentences', (_, part) => {
    expect(part['description']).toMatch(/^[A-Z].*[.]$/s);
  });

  it.each(all.filter(([, part]) => part['type'] === 'object'))('allows no other keys in %s', (_, part) => {
    expect(part['additionalProperties']).toBe(false);
  });

  it.each(all.filter(([pointer]) => /^#\/\$defs\/\w+$/.test(pointer)))('gives examples for %s', (_, part) => {
    expect(part['examples']).not.toHaveLength(0);
  });

  const examples = all.flatMap(([pointer, part]) =>
    (Array.isArray(part['examples']) ? part['examples'] : []).map((example): [string, string, unknown] => [
      pointer,
      JSON.stringify(example),
      example,
    ]),
  );
  it.each(examples)('has an example for %s that is valid: %s', (pointer, _, example) => {
    const validate = ajv.getSchema(`mirrors${pointer}`);
    expect(validate?.(example)).toBe(true);
  });

  it.each(all.filter(([, part]) => part['anyOf'] !== undefined))(
    'has alternatives in %s that differ in type',
    (_, part) => {
      const types = (Array.isArray(part['anyOf']) ? part['anyOf'] : []).map((alternative: Json) => {
        const target = all.find(([pointer]) => pointer === alternative['$ref'])?.[1] ?? alternative;
        return target['type'];
      });
      expect(types.every((type) => typeof type === 'string')).toBe(true);
      expect(new Set(types).size).toBe(types.length);
    },
  );

  it('says that an extra key is wrong, and where', () => {
    const validate = ajv.getSchema('mirrors');
    const data = { version: 1, images: { include: [{ image: 'alpine', tag: 'x' }] }, source: { mirror: 'x' } };
    expect(validate?.(data)).toBe(false);
    const found = validate?.errors?.map(({ instancePath, params }) => [instancePath, params['additionalProperty']]);
    expect(found).toContainEqual(['/images/include/0', 'tag']);
    expect(found).toContainEqual(['/source', 'mirror']);
  });

  it('offers the platforms of official images', () => {
    expect(schema.$defs.platform.examples).toEqual(Object.values(bashbrewPlatforms));
  });

  it('names the defaults that a file without them gets', () => {
    const { upstream, source, dropped } = parse('version: 1\nimages: { include: [alpine] }\n');
    const defs = schema.$defs;
    expect(upstream.repository).toBe(defs.upstream.properties.repository.default);
    expect(upstream.ref).toBe(defs.upstream.properties.ref.default);
    expect(source.registry.host).toBe(defs.source.properties.registry.default);
    expect(source.namespace).toBe(defs.source.properties.namespace.default);
    expect(dropped).toBe(defs.policy.properties.dropped.default);
  });

  it.each([...schema.examples, ...examplesOf('images', 'images'), ...examplesOf('source', 'source')])(
    'has examples that hold to the rules that it cannot say: %j',
    (example) => {
      expect(parse(stringify(example), { MIRROR_REGISTRY: 'registry.example.com' }).warnings).toEqual([]);
    },
  );

  it('is what the generated types were made from (else: npm run generate)', async () => {
    const current = readFileSync(new URL('src/config/schema.gen.ts', root), 'utf8');
    expect(current).toBe(await schemaTypes(JSON.parse(JSON.stringify(schema))));
  });
});

/** The examples of a definition, each as a whole file that has it under `key`. */
function examplesOf(definition: 'images' | 'source', key: string) {
  return schema.$defs[definition].examples.map((example) => ({
    version: 1,
    images: { include: ['alpine'] },
    [key]: example,
  }));
}

describe('the files that people begin from', () => {
  const files = ['mirrors.yaml', 'templates/init/mirrors.yaml'];

  it.each(files)('%s is read without an error or warning, and without an environment', async (file) => {
    const config = await loadConfig(new URL(file, root).pathname, { env: {}, shownAs: file });
    expect(config.warnings).toEqual([]);
    expect(config.destinations).toHaveLength(1);
    expect(config.include.length).toBeGreaterThan(2);
  });

  it.each(files)('%s names the schema, and holds to it', (file) => {
    const text = readFileSync(new URL(file, root), 'utf8');
    expect(text).toMatch(/^# yaml-language-server: \$schema=\.\/schema\/mirrors\.schema\.json\n/);
    expect(ajv.getSchema('mirrors')?.(parseYaml(text))).toBe(true);
  });

  it("the project's own fills the registry of the fork's owner", async () => {
    const env = { GITHUB_REPOSITORY_OWNER: 'someone' };
    const { destinations } = await loadConfig(new URL('mirrors.yaml', root).pathname, { env });
    expect(destinations[0]).toMatchObject({ registry: { host: 'ghcr.io' }, namespace: 'someone/library' });
  });
});

describe('the reference of mirrors.yaml', () => {
  const reference = configReference(schema);

  it('has a section for the file and for each definition', () => {
    const headings = [...reference.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
    expect(headings).toHaveLength(1 + Object.keys(schema.$defs).length);
    expect(headings.slice(0, 2)).toEqual(['The file', 'upstream']);
    expect(headings).toContain('image pattern');
  });

  it('has a row for each key, with its value, default and meaning', () => {
    expect(reference).toContain("| `version` | `1` | required | The version of this file's format: always `1`. |");
    expect(reference).toContain('| `ref` | text | `master` | A branch, a tag, or the full hash of a commit. |');
    expect(reference).toContain('| `tags` | [tag pattern](#tag-pattern) or list of [tag pattern](#tag-pattern) |');
    const keys = all.flatMap(([, part]) => (isObject(part['properties']) ? Object.keys(part['properties']) : []));
    const rows = [...reference.matchAll(/^\| `(\w+)` \|/gm)].map(([, key]) => key);
    expect(rows.sort()).toEqual(keys.sort());
  });

  it('has tables of four columns, whatever the text', () => {
    const rows = reference.split('\n').filter((line) => line.startsWith('|'));
    expect(rows.map((row) => row.split(/(?<!\\)\|/).length)).toEqual(rows.map(() => 6));
  });

  it('has links that lead to a section', () => {
    const anchors = [...reference.matchAll(/^## (.*)$/gm)].map(([, heading = '']) =>
      heading.toLowerCase().replaceAll(' ', '-'),
    );
    const links = [...reference.matchAll(/\]\(#([^)]*)\)/g)].map(([, target]) => target);
    expect(links.length).toBeGreaterThan(10);
    expect(links.filter((target) => !anchors.includes(target ?? ''))).toEqual([]);
  });

  it('refuses a schema that points to nothing', () => {
    expect(() => configReference({ properties: { a: { $ref: '#/$defs/none' } } })).toThrow(
      'The schema has no #/$defs/none.',
    );
  });
});

// Writes the Helm chart: its templates from those of the Kubernetes manifests, its values from the schema of mirrors.yaml.
// With --check it only says whether they are current. `_view.tpl` and `NOTES.txt` are written by hand.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { parseConfig } from '../src/config/parse.ts';
import { catalogTemplate, providers } from '../src/render/ci/providers.ts';
import { ciView } from '../src/render/ci/view.ts';
import { goTemplate } from './go-template.mts';

const rootUrl = new URL('../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, rootUrl), 'utf8');
const chart = 'charts/mirrorlock';

/** A view with all that the chart gives. */
const sample = `version: 1
images: {include: [alpine]}
destinations: [{name: main, registry: ghcr.io, namespace: acme}]
ci: {provider: kubernetes, kubernetes: {repository: "https://example.com/a/b.git", image: "example.com/a:1"}}
`;
const { ci, ...config } = parseConfig(sample, { file: 'mirrors.yaml', env: {} });
if (ci === undefined) throw new Error('The sample has no `ci`.');
const view = ciView(ci, config, 'folder/');

const { files, partials } = providers.kubernetes;
const textOf = (name: string) => read(`templates/ci/kubernetes/${name}`);
const options = { view, partials: Object.fromEntries(partials.map((name) => [name, textOf(`${name}.hbs`)])) };

/** What the name of a Job ends with: an upgrade makes a new one, since nobody can change a Job. */
const endings: Readonly<Record<string, string>> = {
  'apply.yaml.hbs': '(ternary (printf "-r%d" .Release.Revision) "" .Values.applyOnUpgrade)',
};

/** The template of one manifest. The comments at its head are for the files that `render` writes. */
function template(name: string): string {
  const body = textOf(name).replace(/^(?:(?:#|\{\{[#/]if).*\n)+/, '');
  const head = `{{- /* Generated from templates/ci/kubernetes/${name}: npm run generate. */ -}}`;
  const call = `include "mirrorlock.view" (dict "root" . "ending" ${endings[name] ?? '""'})`;
  const whole = goTemplate(body, options);
  const text = name === catalogTemplate ? `{{- if $view.catalog }}\n${whole}{{- end }}\n` : whole;
  return `${head}\n{{- $view := ${call} | fromJson -}}\n${text}`;
}

interface Schema {
  readonly description?: string;
  readonly default?: unknown;
  readonly [key: string]: unknown;
}

const { $defs: defs } = JSON.parse(read('schema/mirrors.schema.json')) as { $defs: Record<string, Schema> };

/** What the schema of mirrors.yaml says of a key, with what it refers to. */
function ofSchema(section: string, key: string): Schema {
  const found = (defs[section]?.['properties'] as Record<string, Schema> | undefined)?.[key];
  if (found === undefined) throw new Error(`The schema has no ${section}.${key}.`);
  const { $ref, examples: _, ...rest } = found;
  if (typeof $ref !== 'string') return rest;
  const { examples: __, ...referred } = defs[$ref.split('/').at(-1) ?? ''] ?? {};
  return { ...referred, ...rest };
}

/** As {@link ofSchema}, where the empty text stands for what is left out. */
function orEmpty(schema: Schema): Schema {
  const { description = '', default: _, ...rest } = schema;
  return { description: description.replace(' Left out:', ' Empty:'), anyOf: [rest, { const: '' }], default: '' };
}

/** Names of variables. */
const names = (description: string): Schema => {
  const { description: _, examples: __, ...items } = defs['settingName'] ?? {};
  return { description, type: 'array', uniqueItems: true, items, default: [] };
};

const flag = (description: string, value: boolean): Schema => ({ description, type: 'boolean', default: value });

/** The values, as a chart has them. */
const values: Readonly<Record<string, Schema>> = {
  repository: ofSchema('kubernetes', 'repository'),
  branch: ofSchema('kubernetes', 'branch'),
  folder: {
    description: 'The folder of the mirror in its git repository. Empty: the top.',
    type: 'string',
    maxLength: 200,
    pattern: '^(?:[.]?[\\w@=+-][\\w .@=+-]*(?:/[.]?[\\w@=+-][\\w .@=+-]*)*)?$',
    default: '',
  },
  image: ofSchema('kubernetes', 'image'),
  tool: {
    ...ofSchema('ci', 'tool'),
    description:
      'Where the jobs take the tool from: `image`, which has it, such as its own; `dependency`, package.json and package-lock.json of the mirror repository; or `checkout`, the mirror repository, which is a fork of mirrorlock.',
    default: 'image',
  },
  tokenSecret: ofSchema('kubernetes', 'tokenSecret'),
  authSecret: orEmpty(ofSchema('kubernetes', 'authSecret')),
  configMap: orEmpty(ofSchema('kubernetes', 'configMap')),
  variables: names('The environment variables that mirrors.yaml mentions: keys of the ConfigMap.'),
  secretVariables: names(
    'The environment variables that hold addresses and tokens of `notify` and `metrics`: keys of the Secret with the token. They may be absent there.',
  ),
  pushMetrics: flag('Whether runs push their metrics: where mirrors.yaml has `metrics.push`.', false),
  cacheClaim: orEmpty(ofSchema('kubernetes', 'cacheClaim')),
  catalog: {
    description: 'Whether the catalogue is published, by nginx from the volume of `catalogClaim`, and how.',
    type: 'object',
    additionalProperties: false,
    required: ['enabled', 'url', 'history'],
    properties: {
      enabled: flag('Whether it is published.', false),
      url: orEmpty(ofSchema('publishedCatalog', 'url')),
      history: ofSchema('publishedCatalog', 'history'),
    },
  },
  catalogClaim: orEmpty(ofSchema('kubernetes', 'catalogClaim')),
  catalogImage: ofSchema('kubernetes', 'catalogImage'),
  jobs: { ...ofSchema('ci', 'jobs'), description: 'How many pods apply at once, at most.' },
  schedule: {
    description:
      'When upstream is looked at for changes, and when the destinations are compared with the lockfile: five fields as cron has them, UTC.',
    type: 'object',
    additionalProperties: false,
    required: ['update', 'drift'],
    properties: { update: ofSchema('schedule', 'update'), drift: ofSchema('schedule', 'drift') },
  },
  prune: flag(
    'Whether the look at drift deletes what left the lockfile: where mirrors.yaml has `policy.dropped: prune`.',
    false,
  ),
  applyOnUpgrade: flag(
    'Whether each upgrade of the release applies the merged lockfile, by a Job of its own. Otherwise the Job has one name, as the rendered manifest has, and is replaced by hand.',
    true,
  ),
};

/** What a value is in values.yaml; one without a default has to be given. */
function defaultOf({ default: value, properties }: Schema): unknown {
  if (properties === undefined) return value ?? '';
  const entries = Object.entries(properties as Record<string, Schema>);
  return Object.fromEntries(entries.map(([key, schema]) => [key, schema.default]));
}

const schema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Values of the Helm chart of mirrorlock',
  type: 'object',
  required: ['repository', 'image'],
  // Helm puts `global` there.
  properties: { global: { type: 'object' }, ...values },
  additionalProperties: false,
};

function valuesText(): string {
  const parts = Object.entries(values).map(([name, schema]) => {
    const comment = `${schema.description ?? ''}`.replace(/.{1,110}(?:\s+|$)/g, (line) => `# ${line.trim()}\n`);
    return `${comment}${stringify({ [name]: defaultOf(schema) })}`;
  });
  return `# Generated from the schema of mirrors.yaml: npm run generate. \`repository\` and \`image\` have to be given.\n\n${parts.join('\n')}`;
}

const { version, description, license } = JSON.parse(read('package.json'));

const written: Readonly<Record<string, string>> = {
  'Chart.yaml': `# Generated from package.json: npm run generate.\n${stringify({
    apiVersion: 'v2',
    ...{ name: 'mirrorlock', description, type: 'application', version, appVersion: version },
    // backoffLimitPerIndex of a Job (Kubernetes, "Jobs").
    kubeVersion: '>=1.29.0-0',
    keywords: ['registry', 'mirror', 'docker-official-images'],
    annotations: { 'artifacthub.io/license': license },
  })}`,
  'values.yaml': valuesText(),
  'values.schema.json': `${JSON.stringify(schema, null, 2)}\n`,
  ...Object.fromEntries(
    Object.entries(files).map(([path, name]) => [path.replace(/^.*\/mirrorlock-/, 'templates/'), template(name)]),
  ),
};

mkdirSync(new URL(`${chart}/templates/`, rootUrl), { recursive: true });
for (const [name, text] of Object.entries(written)) {
  const file = new URL(`${chart}/${name}`, rootUrl);
  if (present(file) === text) continue;
  if (process.argv.includes('--check')) {
    console.error(`${chart}/${name} is out of date: run \`npm run generate\`.`);
    process.exitCode = 1;
  } else {
    writeFileSync(file, text);
    console.log(`Wrote ${chart}/${name}.`);
  }
}

function present(file: URL): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

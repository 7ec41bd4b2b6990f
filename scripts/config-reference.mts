import { parse } from 'node:path';
import { stringify } from 'yaml';

/** What is read here of a JSON schema. */
export interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly string[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
}

/**
 * The reference of mirrors.yaml as Markdown, from its schema: a section for the file and for each definition, with a table of
 * keys where it has some. Throws for a `$ref` to nothing.
 */
export function configReference(schema: Schema): string {
  const definitions = Object.entries(schema.$defs ?? {});
  return [section('The file', schema), ...definitions.map(([name, part]) => section(titleOf(name), part))].join('\n\n');

  function section(title: string, part: Schema): string {
    const keyed = part.properties === undefined ? part.anyOf?.find(({ properties }) => properties !== undefined) : part;
    const examples = part.examples ?? [];
    return [
      `## ${title}`,
      part.description ?? '',
      ...(keyed?.properties === undefined ? [] : [keyTable(keyed)]),
      ...(examples.length === 0 ? [] : [exampleText(examples)]),
    ].join('\n\n');
  }

  function keyTable({ properties = {}, required = [] }: Schema): string {
    const rows = Object.entries(properties).map(([key, part]) => {
      const fallback = part.default === undefined ? (required.includes(key) ? 'required' : '') : code(part.default);
      return `| \`${key}\` | ${cell(valueText(part))} | ${fallback} | ${cell(part.description ?? '')} |`;
    });
    return ['| key | value | default | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
  }

  function valueText(part: Schema): string {
    if (part.$ref !== undefined) return link(part.$ref);
    if (part.anyOf !== undefined) return part.anyOf.map(valueText).join(' or ');
    if (part.enum !== undefined) return part.enum.map(code).join(' or ');
    if (part.const !== undefined) return code(part.const);
    if (part.type === 'array') return `list of ${valueText(part.items ?? {})}`;
    return typeNames[part.type ?? ''] ?? 'anything';
  }

  function link(reference: string): string {
    const name = parse(reference).base;
    if (schema.$defs?.[name] === undefined) throw new Error(`The schema has no ${reference}.`);
    return `[${titleOf(name)}](#${anchor(titleOf(name))})`;
  }
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  boolean: '`true` or `false`',
  integer: 'whole number',
  object: 'mapping',
};

/** `imagePattern` as words. */
function titleOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** The anchor that GitHub and GitLab make of a heading. */
function anchor(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-');
}

/** Values in one line where they are simple; else YAML, a list where there are several. */
function exampleText(examples: readonly unknown[]): string {
  if (examples.every((example) => typeof example !== 'object')) return `For example ${examples.map(code).join(', ')}.`;
  const shown = examples.length === 1 ? examples[0] : examples;
  return ['```yaml', stringify(shown, { lineWidth: 0 }).trimEnd(), '```'].join('\n');
}

function code(value: unknown): string {
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

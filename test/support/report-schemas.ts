import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';

const folder = new URL('../../schema/', import.meta.url);

/** The published schemas of reports by the name of their shape. */
function reportSchemas(): Map<string, object> {
  const files = readdirSync(folder).filter((name) => /\.v\d+\.schema\.json$/.test(name));
  return new Map(
    files.map((name) => [
      name.replace(/^(.*)\.(v\d+)\.schema\.json$/, 'mirrorlock/$1/$2'),
      JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as object,
    ]),
  );
}

/** What is wrong with a report by its published schema; a field that the schema does not name is wrong too. */
export function reportFaults(report: unknown): string[] {
  const { schema: name } = report as { schema: string };
  const schema = reportSchemas().get(name);
  if (schema === undefined) return [`there is no schema of ${name}`];
  const ajv = new Ajv2020({ allErrors: true });
  ajv.validate(closed(schema), report);
  return (ajv.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

/** The schema where each object has only the fields that it names. */
function closed(part: unknown): object {
  return JSON.parse(
    JSON.stringify(part, (_, value) => (isObjectSchema(value) ? { ...value, additionalProperties: false } : value)),
  );
}

function isObjectSchema(value: unknown): value is object {
  return (
    typeof value === 'object' && value !== null && 'type' in value && value.type === 'object' && 'properties' in value
  );
}

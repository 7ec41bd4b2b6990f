import type { ErrorObject } from 'ajv/dist/2020.js';
import schema from '../../schema/mirrors.schema.json' with { type: 'json' };
import type { Fault } from './findings.ts';
import { isRecord, type Path, pathText, valueAt } from './path.ts';

type TypeName = 'object' | 'array' | 'string' | 'integer' | 'boolean' | 'number' | 'null';

const words: Readonly<Record<TypeName, string>> = {
  object: 'a mapping',
  array: 'a list',
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: '`true` or `false`',
  null: 'nothing',
};

/** What to say where a value has another type than the schema wants. `written` is how it stands in the file. */
export function typeFault({ schema: wanted, data }: ErrorObject, path: Path, written: string | undefined): Fault {
  const types = typesOf(wanted);
  const seen = typeOf(data);
  const hint = hintFor(types, seen, written);
  return {
    code: 'type',
    message: `\`${pathText(path)}\` must be ${types.map((type) => words[type]).join(' or ')}.`,
    value: seen === 'null' ? 'nothing' : isRecord(data) ? words[seen] : (written ?? String(data)),
    ...(hint === undefined ? {} : { hint }),
  };
}

function hintFor(wanted: readonly TypeName[], seen: TypeName, written: string | undefined): string | undefined {
  if (seen === 'null') return 'Give it a value, or leave the key out.';
  if (wanted.includes('string') && written !== undefined) return `Put it in quotes: \`"${written}"\`.`;
  if (wanted.includes('array')) return 'Each item of a list stands on a line of its own behind `- `, or all in `[…]`.';
  if (wanted.includes('integer') && seen === 'string' && written !== undefined && /^\d+$/.test(written))
    return 'Write it without quotes.';
  return undefined;
}

/** The types that a schema, or each alternative of an `anyOf`, allows. */
function typesOf(wanted: unknown): TypeName[] {
  if (!Array.isArray(wanted)) return isTypeName(wanted) ? [wanted] : [];
  return wanted.flatMap((alternative: unknown) => {
    if (!isRecord(alternative)) return [];
    const { $ref: reference, type } = alternative;
    const target = typeof reference === 'string' ? valueAt(schema, reference.split('/').slice(1)) : undefined;
    return typesOf(isRecord(target) ? target['type'] : type);
  });
}

function isTypeName(value: unknown): value is TypeName {
  return typeof value === 'string' && Object.hasOwn(words, value);
}

function typeOf(data: unknown): TypeName {
  if (data === null) return 'null';
  if (Array.isArray(data)) return 'array';
  if (typeof data === 'object') return 'object';
  if (typeof data === 'string' || typeof data === 'boolean') return typeof data as TypeName;
  return 'number';
}

import type { ErrorObject } from 'ajv/dist/2020.js';
import schema from '../../schema/mirrors.schema.json' with { type: 'json' };
import { defined } from '../core/defined.ts';
import { nearest, unknownNameHint } from '../core/nearest.ts';
import type { Fault } from '../yaml/findings.ts';
import { isCollection, type Locator, type Path, pathOfPointer, pathText, valueAt } from '../yaml/locate.ts';

/** What an error against the schema says, and whether it is about a key or a value, and which. */
interface ShapeFault extends Fault {
  readonly at: 'key' | 'value';
  readonly path: Path;
}

/** An error of the schema check (made with `verbose`) in the words of this project. */
export function shapeFault(error: ErrorObject, locate: Locator): ShapeFault {
  const path = pathOfPointer(error.instancePath);
  const about = (fault: Fault): ShapeFault => ({ at: 'value', path, ...fault });
  const name = pathText(path);
  const value = shown(error.data);
  const { params } = error;
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownKey(error, path);
    case 'required':
      return about({ code: 'missing-key', message: `\`${name}\` must have the key \`${params['missingProperty']}\`.` });
    case 'type':
    case 'anyOf':
      return about(typeFault(error, path, locate.written(path)));
    case 'const':
      return about(versionFault(error.data, value));
    case 'enum':
      return about(enumFault(name, value, params['allowedValues']));
    case 'minItems':
      return about({
        code: 'empty',
        message: `\`${name}\` must be a list of at least one.`,
        hint: path.at(-1) === 'include' ? 'Such as `"*"`, which is every image.' : 'Leave the key out instead.',
      });
    case 'minLength':
      return about({ code: 'empty', message: `\`${name}\` must not be empty.` });
    case 'maxLength':
      return about({
        code: 'too-long',
        message: `\`${name}\` must have at most ${params['limit']} characters.`,
        value,
      });
    case 'minimum':
    case 'maximum':
      return about({
        code: 'out-of-range',
        message: `\`${name}\` must be ${params['comparison']} ${params['limit']}.`,
        value,
      });
    case 'pattern':
      return about(patternFault(name, value, error));
    default:
      return about({ code: 'shape', message: `\`${name}\` ${error.message}.`, value });
  }
}

const { $defs } = schema;

/** What stands behind each pattern of the schema, by the words of its code. */
const patternRules: Readonly<Record<string, readonly [string, string]>> = {
  [$defs.destination.properties.name.pattern]: [
    'destination-name',
    "A destination's name is lower-case letters and digits, joined by `-`, `_` or `.`.",
  ],
  [$defs.prune.properties.after.pattern]: ['duration', 'A duration is a whole number and `s`, `m`, `h` or `d`.'],
  [$defs.forgeName.pattern]: ['forge-name', 'A name that the forge knows has no control characters.'],
  [$defs.cron.pattern]: ['cron', 'A schedule is five fields of numbers, with a space between them.'],
  [$defs.label.pattern]: ['runner-label', "A runner's label is letters, digits, `.`, `_` and `-`."],
  [$defs.settingName.pattern]: [
    'setting-name',
    'The name of a variable or secret is letters, digits and `_`, and does not begin with a digit.',
  ],
  [$defs.clusterName.pattern]: ['cluster-name', 'A name of Kubernetes is lower-case letters, digits and `-`.'],
  [$defs.review.properties.share.pattern]: ['percentage', 'A share is a percentage from 0 to 100.'],
  [$defs.noticeTarget.properties.room.pattern]: [
    'matrix-room',
    'A room of Matrix is named by its ID, which begins with `!`.',
  ],
  [$defs.metricLabel.properties.name.pattern]: [
    'metric-label',
    'A label is letters, digits and `_`, and does not begin with a digit.',
  ],
  [$defs.policy.properties.backup.pattern]: ['backup-name', 'A backup name is a tag with `{{tag}}` in it.'],
};

/** A text that is not as the schema's pattern has it: its code names what it should have been. */
function patternFault(name: string, value: string, { params, parentSchema }: ErrorObject): Fault {
  const key =
    name
      .replace(/\[\d+\]$/, '')
      .split('.')
      .at(-1) ?? name;
  const own = [
    `invalid-${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    `\`${name}\` is not valid.`,
  ] as const;
  const [code, rule] = patternRules[String(params['pattern'])] ?? own;
  return { code, message: rule, value, ...defined({ hint: exampleHint(parentSchema) }) };
}

/** The examples that the schema gives, as a hint; `undefined` where it has none. */
function exampleHint(parentSchema: ErrorObject['parentSchema']): string | undefined {
  const examples: unknown = parentSchema?.['examples'];
  const shown = Array.isArray(examples) ? examples.map((example) => `\`${String(example)}\``) : [];
  return shown.length === 0 ? undefined : `Such as ${shown.join(' or ')}.`;
}

function unknownKey({ params, parentSchema }: ErrorObject, parent: Path): ShapeFault {
  const key = String(params['additionalProperty']);
  const hint = unknownKeyHint(key, parent, Object.keys(parentSchema?.['properties'] ?? {}));
  return {
    at: 'key',
    path: [...parent, key],
    code: 'unknown-key',
    message: `\`${pathText(parent)}\` has no such key.`,
    value: key,
    ...defined({ hint }),
  };
}

function unknownKeyHint(key: string, parent: Path, known: readonly string[]): string | undefined {
  if (key === '<<') return 'Merge keys of YAML are not read: write the keys out.';
  const home = nearest(key, known, 1).length === 0 ? homeOfKey(key, parent) : undefined;
  return home ?? unknownNameHint(key, known);
}

function enumFault(name: string, value: string, allowed: readonly string[]): Fault {
  const message = `\`${name}\` must be ${allowed.map((word) => `\`${word}\``).join(' or ')}.`;
  const hint = unknownNameHint(value, allowed);
  return { code: 'unknown-value', message, value, ...defined({ hint }) };
}

function versionFault(data: unknown, value: string): Fault {
  const hint = data === '1' ? 'Write it without quotes: `version: 1`.' : 'Write `version: 1`.';
  return { code: 'version', message: 'The version of this format is the number 1.', value, hint };
}

/** A value as text, on one line. */
function shown(value: unknown): string {
  if (typeof value === 'string') return value;
  return isCollection(value) ? JSON.stringify(value, null, 1).replace(/\s+/g, ' ') : String(value);
}

/** Keys that stand below another one of mirrors.yaml, by name. Those that stand in several places are not here. */
const homes: ReadonlyMap<string, string> = homesOf(schema);

/** Where a known key belongs that stands in the wrong place, as a hint. */
function homeOfKey(key: string, seenIn: Path): string | undefined {
  if (Object.hasOwn(schema.properties, key)) return `It belongs at the top, not in \`${pathText(seenIn)}\`.`;
  const home = homes.get(key);
  return home === undefined ? undefined : `It belongs in \`${home}\`.`;
}

function homesOf({ $defs }: typeof schema): Map<string, string> {
  const named = {
    upstream: $defs.upstream,
    source: $defs.source,
    images: $defs.images,
    policy: $defs.policy,
    apply: $defs.apply,
  };
  const pairs = Object.entries(named).flatMap(([home, { properties }]) =>
    Object.keys(properties).map((key): [string, string] => [key, home]),
  );
  const elsewhere: readonly string[] = Object.keys($defs.destination.properties);
  return new Map(pairs.filter(([key]) => !elsewhere.includes(key)));
}

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
function typeFault(
  { schema: wanted, data, parentSchema }: ErrorObject,
  path: Path,
  written: string | undefined,
): Fault {
  const types = typesOf(wanted);
  const seen = typeOf(data);
  const pattern: unknown = parentSchema?.['pattern'];
  const isBadText = written !== undefined && typeof pattern === 'string' && !new RegExp(pattern, 'u').test(written);
  const hint = (isBadText ? exampleHint(parentSchema) : undefined) ?? hintFor(types, seen, written);
  return {
    code: 'type',
    message: `\`${pathText(path)}\` must be ${types.map((type) => words[type]).join(' or ')}.`,
    value: seen === 'null' ? 'nothing' : isCollection(data) ? words[seen] : (written ?? String(data)),
    ...defined({ hint }),
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
    if (!isCollection(alternative)) return [];
    const { $ref: reference, type } = alternative;
    const target = typeof reference === 'string' ? valueAt(schema, reference.split('/').slice(1)) : undefined;
    return typesOf(isCollection(target) ? target['type'] : type);
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

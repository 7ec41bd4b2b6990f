import type { ErrorObject } from 'ajv/dist/2020.js';
import { didYouMean, nearestWord } from './did-you-mean.ts';
import type { Fault } from './findings.ts';
import { homeOfKey } from './key-homes.ts';
import type { Locator } from './locate.ts';
import { isRecord, type Path, pathOfPointer, pathText } from './path.ts';
import { typeFault } from './type-words.ts';

/** What an error against the schema says, and whether it is about a key or a value, and which. */
export interface ShapeFault extends Fault {
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
      return about({ code: 'destination-name', message: nameRule, value, hint: 'Such as `main` or `eu-west.1`.' });
    default:
      return about({ code: 'shape', message: `\`${name}\` ${error.message}.`, value });
  }
}

const nameRule = "A destination's name is lower-case letters and digits, joined by `-`, `_` or `.`.";

function unknownKey({ params, parentSchema }: ErrorObject, parent: Path): ShapeFault {
  const key = String(params['additionalProperty']);
  return {
    at: 'key',
    path: [...parent, key],
    code: 'unknown-key',
    message: `\`${pathText(parent)}\` has no such key.`,
    value: key,
    hint: unknownKeyHint(key, parent, Object.keys(parentSchema?.['properties'] ?? {})),
  };
}

function unknownKeyHint(key: string, parent: Path, known: readonly string[]): string {
  if (key === '<<') return 'Merge keys of YAML are not read: write the keys out.';
  const home = nearestWord(key, known) === undefined ? homeOfKey(key, parent) : undefined;
  return home ?? didYouMean(key, known);
}

function enumFault(name: string, value: string, allowed: readonly string[]): Fault {
  const message = `\`${name}\` must be ${allowed.map((word) => `\`${word}\``).join(' or ')}.`;
  return { code: 'unknown-value', message, value, hint: didYouMean(value, allowed) };
}

function versionFault(data: unknown, value: string): Fault {
  const hint = data === '1' ? 'Write it without quotes: `version: 1`.' : 'Write `version: 1`.';
  return { code: 'version', message: 'The version of this format is the number 1.', value, hint };
}

/** A value as text, on one line. */
function shown(value: unknown): string {
  if (typeof value === 'string') return value;
  return isRecord(value) ? JSON.stringify(value, null, 1).replace(/\s+/g, ' ') : String(value);
}

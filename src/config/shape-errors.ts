import type { ErrorObject } from 'ajv/dist/2020.js';
import { groupBy } from '../core/group-by.ts';
import type { Place } from '../core/problem.ts';
import type { Fault, Findings } from '../yaml/findings.ts';
import { type Locator, type Path, pathOfPointer } from '../yaml/locate.ts';
import { shapeFault } from './schema-messages.ts';
import { validate } from './validator.ts';

/** Enough to see what is wrong; to find the place of each takes time. */
const mostErrors = 200;

/**
 * Reports to `findings` where data differs from the schema, and gives the paths of the values that are wrong. The built command
 * loads this file only for data that is not valid (scripts/validator.mjs).
 */
export function reportShapeErrors(data: unknown, locate: Locator, findings: Findings): Path[] {
  validate(data);
  const errors = withoutBranches(validate.errors ?? []);
  for (const error of errors.slice(0, mostErrors)) {
    const { at, path, ...fault } = shapeFault(error, locate);
    report(at === 'key' ? locate.key(path) : locate.value(path), path, fault, findings);
  }
  return errors.flatMap(wrongPaths);
}

/** The sections whose keys name variables for addresses: whoever writes the address itself shows no secret to a log. */
const addressed: readonly unknown[] = ['metrics', 'notify'];

function report(place: Place, path: Path, fault: Fault, findings: Findings): void {
  if (!addressed.includes(path[0])) {
    findings.error(place, fault);
    return;
  }
  const { source } = place;
  const { value, hint } = fault;
  const isAddress = value !== undefined && address.test(value);
  findings.error(
    { ...place, ...(source !== undefined && { source: withoutAddresses(source) }) },
    {
      ...fault,
      ...(value !== undefined && { value: withoutAddresses(value) }),
      ...(hint !== undefined && { hint: isAddress ? addressHint : withoutAddresses(hint) }),
    },
  );
}

const addressHint = 'Put the address into an environment variable, and write the name of the variable here.';
const address = /:\/\/[^\s"',}\]]+/;

/** As long as it was, so that the caret stays where it belongs. */
function withoutAddresses(text: string): string {
  return text.replace(new RegExp(address, 'g'), (found) => `://${'*'.repeat(found.length - 3)}`);
}

/** Where the values stand that an error makes useless. A mapping that lacks a key, or has one too many, is useful still. */
function wrongPaths({ instancePath, keyword, params }: ErrorObject): Path[] {
  const path = pathOfPointer(instancePath);
  if (keyword === 'required') return [];
  return [keyword === 'additionalProperties' ? [...path, String(params['additionalProperty'])] : path];
}

/**
 * The alternatives of an `anyOf` in the schema differ in type. Where the value has the type of one, what counts is what
 * that one says; where it has none of them, just that.
 */
function withoutBranches(errors: readonly ErrorObject[]): ErrorObject[] {
  const choices = new Map(
    errors.filter(({ keyword }) => keyword === 'anyOf').map((error) => [error.instancePath, error]),
  );
  const typesAt = groupBy(
    errors.filter(({ keyword }) => keyword === 'type'),
    ({ instancePath }) => instancePath,
  );
  return errors.filter(({ keyword, instancePath }) => {
    const choice = choices.get(instancePath);
    if (choice === undefined) return true;
    const hasTypeOfOne = (typesAt.get(instancePath)?.length ?? 0) < alternatives(choice.schema).length;
    return hasTypeOfOne ? keyword !== 'type' && keyword !== 'anyOf' : keyword === 'anyOf';
  });
}

function alternatives(anyOf: unknown): readonly unknown[] {
  return Array.isArray(anyOf) ? anyOf : [];
}

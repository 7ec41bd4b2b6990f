import { validate } from './validator.ts';

/**
 * Whether data is valid against the schema of mirrors.yaml. In the built command ready code stands in this module's place,
 * a tenth of that of `validate`, since it says only yes or no (scripts/validator.mjs).
 */
export function isValid(data: unknown): boolean {
  return validate(data);
}

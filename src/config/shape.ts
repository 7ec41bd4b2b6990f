import { isRecord } from '../core/json.ts';
import type { Findings } from '../yaml/findings.ts';
import { isCollection, type Locator, type Path, valueAt } from '../yaml/locate.ts';
import { isValid } from './is-valid.ts';
import type { MirrorsYaml } from './schema.gen.ts';
import { reportShapeErrors } from './shape-errors.ts';

/**
 * Checks data against the schema. What is wrong goes to `findings`; what is right is given, and of what is wrong, nothing:
 * so that the rest can be checked as well.
 */
export function checkShape(data: unknown, locate: Locator, findings: Findings): PartialData<MirrorsYaml> {
  if (!isValid(data)) removeInvalid(data, reportShapeErrors(data, locate, findings));
  return isSound(data) ? data : {};
}

/** What the schema finds nothing wrong with, once the rest is taken out, has its type but for what is missing. */
function isSound(data: unknown): data is PartialData<MirrorsYaml> {
  return isRecord(data);
}

/** Data of type `T` in which any part may be missing, since it was wrong and has been reported. */
export type PartialData<T> = T extends readonly (infer Item)[]
  ? readonly (PartialData<Item> | undefined)[]
  : T extends object
    ? { readonly [Key in keyof T]?: PartialData<T[Key]> | undefined }
    : T;

/** Takes the values at `paths` out of `data`, so that what is left can be checked further. A list keeps its indexes. */
export function removeInvalid(data: unknown, paths: readonly Path[]): void {
  for (const path of paths) {
    const parent = valueAt(data, path.slice(0, -1));
    const step = path.at(-1);
    if (step !== undefined && isCollection(parent)) parent[step] = undefined;
  }
}

import { isRecord, type Path, valueAt } from './path.ts';

/** Data of type `T` in which any part may be missing, since it was wrong and has been reported. */
export type Sound<T> = T extends readonly (infer Item)[]
  ? readonly (Sound<Item> | undefined)[]
  : T extends object
    ? { readonly [Key in keyof T]?: Sound<T[Key]> | undefined }
    : T;

/** Takes the values at `paths` out of `data`, so that what is left can be checked further. A list keeps its indexes. */
export function takeOut(data: unknown, paths: readonly Path[]): void {
  for (const path of paths) {
    const parent = valueAt(data, path.slice(0, -1));
    const step = path.at(-1);
    if (step !== undefined && isRecord(parent)) parent[step] = undefined;
  }
}

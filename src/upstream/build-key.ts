import type { Defaults, Entry } from './entry.ts';

/**
 * Tells entries with one build apart from others: two entries of a file have the same key exactly when bashbrew's
 * `SameBuildArtifacts` holds for them. Only what differs from the defaults is compared, and long texts by their number, so
 * that the work grows with the file and not with its defaults times its entries.
 */
export class BuildKeys {
  readonly #defaults: Defaults;
  readonly #numbers = new Map<string, number>();

  constructor(defaults: Defaults) {
    this.#defaults = defaults;
  }

  /** The key of an entry. */
  of(entry: Entry): string {
    const { gitRepo, gitFetch, gitCommit, directory, file, builder } = entry.build;
    const texts = [gitRepo, gitFetch, gitCommit, directory, file, builder, this.#constraints(entry)];
    const own = [...entry.archValues].filter(([key, value]) => value !== (this.#defaults.archValues.get(key) ?? ''));
    const archTexts = own.sort(([a], [b]) => (a < b ? -1 : 1)).flat();
    return [...entry.architectures, ...[...texts, ...archTexts].map((text) => this.#number(text))].join(',');
  }

  /** bashbrew compares the constraints joined, where one empty constraint looks like none. */
  #constraints(entry: Entry): string {
    if (entry.constraints.length === 0) return '';
    return (this.#defaults.hasConstraints ? ', ' : '') + entry.constraints.join(', ');
  }

  #number(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    this.#numbers.set(text, this.#numbers.size);
    return this.#numbers.size - 1;
  }
}

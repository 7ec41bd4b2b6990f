import { defaults } from '../config/defaults.ts';
import type { Config, EngineName } from '../config/types.ts';

/** What apply copies with: `--engine` of one run, else `apply.engine` of mirrors.yaml. */
export function engineOf({ engine }: Pick<Config, 'engine'>, options: { readonly engine?: EngineName }): EngineName {
  return options.engine ?? engine ?? defaults.engine;
}

import { defaults } from '../config/defaults.ts';
import type { Config, EngineName } from '../config/types.ts';

/** Of the options of `apply`: what to copy with, in place of what mirrors.yaml says. */
export interface EngineChoice {
  readonly engine?: EngineName;
}

/** What apply copies with: `--engine` of one run, else `apply.engine` of mirrors.yaml. */
export function engineOf({ engine }: Pick<Config, 'engine'>, choice: EngineChoice): EngineName {
  return choice.engine ?? engine ?? defaults.engine;
}

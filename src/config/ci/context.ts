import type { Findings } from '../findings.ts';
import type { Locator } from '../locate.ts';

/** What reading `ci` needs besides its data. */
export interface CiContext {
  readonly locate: Locator;
  readonly findings: Findings;
  /** The hosts of all registries that mirrors.yaml names. */
  readonly hosts: readonly string[];
}

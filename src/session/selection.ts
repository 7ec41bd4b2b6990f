import type { Config } from '../config/types.ts';
import { defined } from '../core/defined.ts';
import { repositoryPath } from '../core/names.ts';
import type { Problem } from '../core/problem.ts';
import { staleness } from '../lock/staleness.ts';
import type { LockedImage, Lockfile } from '../lock/types.ts';
import { chooseImages } from '../plan/choose.ts';
import { parseShard } from '../plan/matrix.ts';
import type { HeadDigest } from '../plan/types.ts';
import type { RegistryClient } from '../registry/types.ts';

/** Which part of the lockfile, and which destinations, plan, apply and verify work on. */
export interface Target {
  readonly images?: readonly string[];
  /** `I/N`. */
  readonly shard?: string;
  readonly destinations?: readonly string[];
  /** The git revision whose lockfile it is; absent: that of the work tree. */
  readonly at?: string;
}

/** The locked images that a target names. Throws as `chooseImages` and `parseShard` do. */
export function targetImages(lockfile: Lockfile, { images, shard }: Target): LockedImage[] {
  return chooseImages(lockfile.images, {
    ...defined({ images }),
    ...(shard === undefined ? {} : { shard: parseShard(shard) }),
  });
}

/** Asks a destination only by HEAD. */
export function headDigest(client: RegistryClient, namespace: string): HeadDigest {
  return async (image, reference) => (await client.head(repositoryPath(namespace, image), reference))?.digest;
}

/** What was merged is applied, also when the configuration has moved on; but that is said. */
export function staleWarnings(lockfile: Lockfile, config: Config): Problem[] {
  return staleness(lockfile, config).map((problem) => ({ ...problem, severity: 'warning' }));
}

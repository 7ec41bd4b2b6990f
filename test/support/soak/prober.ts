import type { BuiltRepository } from '../images/types.ts';
import { missing, readStored } from './stored.ts';

/** Watches the tags of a destination. */
export interface Prober {
  readonly probes: number;
  /** What was seen and must not be, each once. */
  readonly findings: readonly string[];
  /** Looks a last time. */
  stop(): void;
}

const every = 25;

/**
 * Watches a registry's storage: each tag stands at a digest that `allowed` builds name for it, and is wholly there.
 */
export function startProber(storage: string, allowed: readonly (readonly BuiltRepository[])[]): Prober {
  const stored = readStored(storage);
  const findings = new Set<string>();
  const whole = new Set<string>();
  let probes = 0;

  const look = (): void => {
    probes += 1;
    for (const repository of new Set(allowed.flat().map((built) => built.repository))) {
      for (const [tag, digest] of stored.tags(repository)) lookAt(repository, tag, digest);
    }
  };
  const lookAt = (repository: string, tag: string, digest: string): void => {
    const key = `${repository}:${tag}@${digest}`;
    // Nothing is ever deleted here: what was whole stays so.
    if (whole.has(key)) return;
    const builds = allowed.flat().filter((one) => one.repository === repository && one.tags.get(tag) === digest);
    const [built] = builds;
    if (built === undefined) {
      findings.add(`${key} is in no lockfile`);
      return;
    }
    const lacks = missing(stored, built, digest);
    if (lacks.length === 0) whole.add(key);
    // A registry that was killed while it wrote an index takes it again, says 201, and leaves it damaged under its tag.
    else if (stored.isDamaged(digest)) return;
    else findings.add(`${key} stands without ${lacks.join(', ')}`);
  };

  const timer = setInterval(look, every);
  return {
    get probes() {
      return probes;
    },
    get findings() {
      return [...findings];
    },
    stop() {
      clearInterval(timer);
      look();
    },
  };
}

import { defined } from '../core/defined.ts';
import { parseDuration } from '../core/duration.ts';
import { anonymousHubPulls, hubHost } from '../registry/hub.ts';
import type { Path } from '../yaml/locate.ts';
import { parsePattern } from './patterns.ts';
import type { EndpointContext } from './registries.ts';
import type { Budget as BudgetYaml } from './schema.gen.ts';
import type { PartialData } from './shape.ts';
import type { Pattern, PullCount, Source, WrittenBudget } from './types.ts';

/** What `apply` may pull at a source, with all that was left out filled in. */
export interface Budget {
  readonly pulls: PullCount | 'auto';
  /** The window of `pulls` and `withoutHeaders`; a registry that tells its limit tells its own. */
  readonly windowMs: number;
  readonly withoutHeaders: PullCount;
  readonly order: readonly Pattern[];
}

const sixHours = 21_600_000;
/** What the Docker Hub allows those without an account (docker/docs, docker-hub/usage/pulls.md). */

/**
 * The budget of a source: what the configuration says, and else what is prudent. The Docker Hub that does not tell its
 * limit has the one for those without an account; no other registry is known to count pulls unless it says so.
 */
export function budgetOf({ registry, budget = {} }: Pick<Source, 'registry' | 'budget'>): Budget {
  const { pulls = 'auto', windowMs = sixHours, order = [] } = budget;
  const unsaid = registry.host === hubHost ? anonymousHubPulls : 'unlimited';
  return { pulls, windowMs, withoutHeaders: budget.withoutHeaders ?? unsaid, order };
}

/** Reads `source.budget`, and checks what the schema cannot say. What is wrong goes to the context's findings. */
export function readBudget(
  data: PartialData<BudgetYaml> | undefined,
  path: Path,
  { locate, findings }: Pick<EndpointContext, 'locate' | 'findings'>,
): WrittenBudget | undefined {
  if (data === undefined) return undefined;
  const { pulls, window, withoutHeaders } = data;
  const windowMs = window === undefined ? undefined : parseDuration(window);
  if (withoutHeaders !== undefined && pulls !== undefined && pulls !== 'auto') {
    const message = '`withoutHeaders` only applies with `pulls: auto`.';
    findings.warning(locate.key([...path, 'withoutHeaders']), { code: 'idle-budget', message, hint: 'Leave it out.' });
  }
  const order = (data.order ?? []).flatMap((text, index): Pattern[] => {
    if (text === undefined) return [];
    const pattern = parsePattern(text, 'image', locate.value([...path, 'order', index]));
    if ('matches' in pattern) return [pattern];
    findings.error(locate.value([...path, 'order', index]), pattern);
    return [];
  });
  return {
    ...defined({ pulls, windowMs, withoutHeaders }),
    ...(order.length === 0 ? {} : { order }),
  };
}

import { scanLockfile } from '../lock/scan.ts';
import type { Context } from '../session/context.ts';
import { openLockVersions } from '../session/lock-versions.ts';
import { pendingTags } from './facts.ts';

/**
 * Since when the oldest of these tags is pending: when the first version of the lockfile was committed of those in a row
 * that have it so. Reads the history of HEAD no further than some tag is pending. A version that cannot be read, and the end
 * of a shallow clone, end it. Undefined where git tells nothing.
 */
export async function oldestPending(context: Context, pending: readonly string[]): Promise<Date | undefined> {
  if (pending.length === 0) return undefined;
  const opened = await openLockVersions(context);
  let left = new Set(pending);
  let since: number | undefined;
  for await (const [version, text] of opened?.read(opened.versions) ?? []) {
    const before = new Set(pendingTags(scanLockfile(text ?? '')?.images ?? []));
    left = new Set([...left].filter((name) => before.has(name)));
    if (left.size === 0) break;
    since = version.time;
  }
  return since === undefined ? undefined : new Date(since * 1_000);
}

import { historyInquiry } from './git/history.ts';
import type { HistoryRange } from './git/history-range.ts';
import { openAndRead, type UpstreamOptions } from './open.ts';
import type { UpstreamAddress, UpstreamHistory } from './types.ts';

/**
 * Reads a part of the history of `library/` up to a branch, tag or commit of upstream, through the same cache as
 * `openUpstream`: a whole commit whose history is there already is read without the network.
 *
 * Throws as `openUpstream`, and UserErrors `upstream/shallow-history`, `upstream/before-history`, `upstream/no-commits`.
 */
export async function openHistory(
  address: UpstreamAddress,
  range: HistoryRange,
  options: UpstreamOptions,
): Promise<UpstreamHistory> {
  const describe = ({ commits }: { commits: readonly unknown[] }) => `${commits.length} commits`;
  const { remote, reading } = await openAndRead(address, options, historyInquiry(range), describe);
  return { repository: remote.shown, ...reading.result, notes: reading.notes };
}

import { attempt } from '../core/attempt.ts';
import { defined } from '../core/defined.ts';
import type { ImageName } from '../core/names.ts';
import type { PlatformText } from '../core/platform.ts';
import type { Problem } from '../core/problem.ts';
import type { UpstreamLog } from '../upstream/types.ts';
import { commitsByImage, type ImagesAt, sourceEvidence } from './source.ts';
import type { GroupEvidence, Step } from './types.ts';

/** Upstream's git. All of it may throw UserErrors. */
export interface GitPorts {
  /** Upstream's address, for links. */
  readonly repository: string;
  /** The images of upstream at a commit, with the `sources` of their groups. */
  images(commit: string, images: ReadonlySet<ImageName>): Promise<ImagesAt>;
  log(since: string, until: string): Promise<UpstreamLog>;
}

/** The change whose steps are read. */
export interface ChangeRange {
  /** The upstream commits of the two lockfiles; `before` is absent of the first one. */
  readonly commits: { readonly before?: string; readonly after: string };
  /** The platforms of an image that are mirrored; `undefined`: all. */
  readonly platformsOf?: (image: ImageName) => readonly PlatformText[] | undefined;
}

/**
 * Reads what upstream's git alone says of steps: where their images are built from, and the commits that touched them. What
 * cannot be read is in the `problems`.
 */
export async function readGit(steps: readonly Step[], git: GitPorts, { commits, platformsOf }: ChangeRange) {
  const { before, after } = commits;
  const names = new Set(steps.map(({ image }) => image));
  const problems: Problem[] = [];
  const orSay = async <Value>(code: string, message: string, work: () => Promise<Value>) => {
    const tried = await attempt(work);
    if (tried.ok) return tried.value;
    problems.push({ ...tried.problem, code, severity: 'warning', message: `${message}: ${tried.problem.message}` });
    return undefined;
  };
  if (names.size === 0) return { groups: [], commits: new Map(), problems };
  const imagesAt = (commit: string, which: string) =>
    orSay('evidence/upstream', `Upstream could not be read at its ${which} commit`, () => git.images(commit, names));
  const now = await imagesAt(after, 'later');
  const old = before === undefined ? undefined : await imagesAt(before, 'earlier');
  const log =
    before === undefined || before === after
      ? undefined
      : await orSay('evidence/upstream', 'Upstream’s commits could not be read', () => git.log(before, after));
  if (before !== undefined && log !== undefined && log.state !== 'read') problems.push(noLog(log.state, before));
  const groups = steps.map((step): GroupEvidence => {
    const source = now && sourceEvidence(step, old, now, platformsOf?.(step.image));
    return { ...step, ...defined({ source }), notes: [] };
  });
  const found = log?.state === 'read' ? commitsByImage(log, git.repository, names) : new Map();
  return { groups, commits: found, problems };
}

function noLog(state: 'absent' | 'apart', value: string): Problem {
  const why =
    state === 'absent' ? 'upstream no longer has it' : 'it does not lead to the later one in the history that is there';
  return {
    code: 'evidence/upstream-commit',
    severity: 'warning',
    message: `Upstream’s commits since the earlier lockfile are not listed: ${why}.`,
    value,
    hint: 'Upstream is a shallow clone, or its history was rewritten. Digests and tags are not affected.',
  };
}

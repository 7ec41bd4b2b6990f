import type { Digest } from '../../src/core/names.ts';
import { stepsBetween } from '../../src/evidence/steps.ts';
import type { BuildEvidence, Evidence, GroupEvidence, SourceEvidence, Step } from '../../src/evidence/types.ts';
import type { Lockfile } from '../../src/lock/types.ts';

const platforms = ['linux/amd64'];

/** Evidence of a change, as `tell` has it of each step. */
export function evidenceOf(
  before: Lockfile,
  after: Lockfile,
  tell: (step: Step) => Partial<GroupEvidence> = () => ({}),
  more: Partial<Evidence> = {},
): Evidence {
  const groups = stepsBetween(before, after).map((step) => ({ ...step, notes: [], ...tell(step) }));
  return { groups, commits: new Map(), cost: { pulls: 0, allowed: 20 }, unread: [], problems: [], ...more };
}

/** A build whose cause is known; `base` is what it rests on, and the digest that this went to. */
export function builtFor(
  cause: BuildEvidence['cause'],
  base?: { readonly name: string; readonly to?: Digest },
  created = '2026-08-17T06:12:00Z',
): BuildEvidence {
  const bases = base === undefined ? [] : [{ ...base, platforms }];
  return { after: platforms.map((platform) => ({ platform, created })), cause, bases };
}

/** What upstream's entry says where its commit changed. */
export function sourceOf(image: string, from: string, to: string): SourceEvidence {
  const repository = `https://github.com/docker-library/${image}`;
  const place = (commit: string) => ({ repository, commit, directory: '.', file: 'Dockerfile' });
  const links = {
    ...(from === to ? {} : { compare: `${repository}/compare/${from}...${to}` }),
    dockerfile: `${repository}/blob/${to}/Dockerfile`,
  };
  return { isSame: from === to, steps: [{ platforms, from: place(from), to: place(to), ...links }] };
}

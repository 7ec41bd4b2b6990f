import { defined } from '../core/defined.ts';
import { countDiff } from '../diff/diff.ts';
import type { Evidence } from '../evidence/types.ts';
import { builtDay, sourceLinks } from './causes.ts';
import type { Changes, Merging } from './changes.ts';
import { findingWords } from './findings.ts';
import type { Inside } from './inside.ts';
import { titleOf } from './words.ts';

/** The shape that `mirrorlock changes --json` prints (docs/json.md). */
export function changesJson(changes: Changes) {
  const { diff, lookAtFirst, releases, rebuilds, stillPending: waiting, rest, words } = changes;
  return {
    schema: 'mirrorlock/changes/v1',
    title: titleOf(diff),
    counts: countDiff(diff),
    upstream: diff.upstream,
    ...(diff.config === undefined ? {} : { config: diff.config }),
    lookAtFirst: lookAtFirst.map((finding) => ({ ...finding, text: findingWords(finding, words).text })),
    ...(changes.merging && { merging: mergingJson(changes.merging) }),
    releases,
    rebuilds,
    other: rest.map(({ image, moved, added, removed, withdrawn, details }) => ({
      image,
      ...{ moved: moved.map(({ tag }) => tag), added: added.map(({ tag }) => tag) },
      ...{ removed: removed.map(({ tag }) => tag), ...defined({ withdrawn, details }) },
    })),
    stillPending: waiting,
    ...(changes.evidence === undefined ? {} : { evidence: evidenceJson(changes.evidence, changes.inside) }),
    ...(changes.notKnown.length === 0 ? {} : { notKnown: changes.notKnown }),
  };
}

function mergingJson({ lines: _, ...merging }: Merging) {
  return merging;
}

function evidenceJson({ groups, cost, unread, problems, vulnerabilities }: Evidence, inside: readonly Inside[]) {
  return {
    groups: groups.map((group) => {
      const { image, tags, from, to, source, build, notes } = group;
      return {
        ...{ image, tags, to, ...defined({ from, sameSource: source?.isSame }), ...sourceLinks([group]) },
        ...defined({ cause: build?.cause, bases: build?.bases, built: builtDay(group) }),
        ...(notes.length === 0 ? {} : { notes }),
      };
    }),
    inside,
    ...(vulnerabilities === undefined ? {} : { vulnerabilities }),
    ...{ cost, unread, problems },
  };
}

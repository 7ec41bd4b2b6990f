import { type KeepRules, platformsKept } from '../config/platforms.ts';
import type { Problem } from '../core/problem.ts';
import { select } from '../select/select.ts';
import type { Rules } from '../select/types.ts';
import { manifestsOfChild } from '../simulate/content.ts';
import type { RuleCost } from '../simulate/rule-costs.ts';
import type { Group, Library } from '../upstream/types.ts';
import type { RuleDraft } from './cover.ts';
import type { InputKind } from './types.ts';
import type { Unused, Usage, UsedReference } from './usage.ts';

/** How many of the references to official images, and of their uses, are covered. */
export interface Coverage {
  readonly references: { readonly official: number; readonly covered: number };
  readonly uses: { readonly official: number; readonly covered: number };
}

/** A rule that is proposed, and what it selects. */
export interface ProposedRule extends RuleDraft {
  /** References that it covers. */
  readonly references: number;
  readonly uses: number;
  readonly groups: number;
  readonly selectedTags: number;
  /** Counted pulls of the first run, at most: what groups share counts once there. */
  readonly firstPulls: number;
  /** What it would have cost over the range of history. */
  readonly history?: { readonly groups: number; readonly pulls: number };
}

/** The range of history that costs are told of, or why there is none. */
export type HistoryShown =
  | { readonly kind: 'range'; readonly since: string; readonly until: string; readonly firstPulls: number }
  | { readonly kind: 'none'; readonly reason: string };

export interface Suggestion {
  readonly upstream: { readonly repository: string; readonly commit: string };
  readonly files: ReadonlyMap<InputKind, number>;
  readonly rules: readonly ProposedRule[];
  /** The rules as `images` of a mirrors.yaml. */
  readonly yaml: string;
  readonly coverage: Coverage;
  /** What the rules of mirrors.yaml cover today; absent: there is no mirrors.yaml. */
  readonly today?: Coverage;
  readonly history: HistoryShown;
  readonly references: readonly (UsedReference & { readonly isCovered: boolean })[];
  readonly unused?: Unused;
  readonly warnings: readonly Problem[];
}

/** The names of all tags that rules select: `python:3.13-slim`. */
export function selectedTags(library: Library, rules: Rules): ReadonlySet<string> {
  const { images } = select(library, rules);
  return new Set(
    images.flatMap(({ image, groups }) => groups.flatMap(({ wanted }) => wanted.map((tag) => `${image}:${tag}`))),
  );
}

/** The name of the tag that a rule would have to select; `undefined` where none can cover the reference. */
export function wantedName({ status }: UsedReference): string | undefined {
  return status.kind === 'listed' ? `${status.image}:${status.tag}` : undefined;
}

export function coverageOf({ references }: Usage, selected: ReadonlySet<string>): Coverage {
  const official = references.filter(({ status }) => status.kind !== 'not-official');
  const covered = official.filter((reference) => selected.has(wantedName(reference) ?? ''));
  const uses = (list: readonly UsedReference[]) => list.reduce((sum, { count }) => sum + count, 0);
  return {
    references: { official: official.length, covered: covered.length },
    uses: { official: uses(official), covered: uses(covered) },
  };
}

/** What each rule selects by itself. `rules` are the drafts as they were read, `costs` those of {@link RuleCost}, in the same order. */
export function proposedRules(
  drafts: readonly RuleDraft[],
  rules: Rules,
  { library, usage, keep, costs }: { library: Library; usage: Usage; keep: KeepRules; costs: readonly RuleCost[] },
): ProposedRule[] {
  return rules.include.flatMap((rule, index): ProposedRule[] => {
    const draft = drafts[index];
    if (draft === undefined) return [];
    const { images } = select(library, { include: [rule], exclude: [] });
    const groups = images.flatMap((image) => image.groups.map((selected) => ({ ...selected, image: image.image })));
    const names = new Set(groups.flatMap(({ image, wanted }) => wanted.map((tag) => `${image}:${tag}`)));
    const covered = usage.references.filter((reference) => names.has(wantedName(reference) ?? ''));
    const cost = costs[index];
    return [
      {
        ...draft,
        references: covered.length,
        uses: covered.reduce((sum, { count }) => sum + count, 0),
        groups: groups.length,
        selectedTags: names.size,
        firstPulls: groups.reduce((sum, { image, group }) => sum + pullsOf(group, image, keep), 0),
        ...(cost === undefined ? {} : { history: { groups: cost.groups, pulls: cost.pulls } }),
      },
    ];
  });
}

/** An index counts 1 and each of its platforms 2, or 1 without its attestation. */
function pullsOf({ platforms }: Group, image: string, rules: KeepRules): number {
  const keep = platformsKept(rules, image);
  const kept = platforms.filter((platform) => keep?.platforms?.includes(platform) ?? true);
  return kept.length === 0 ? 0 : 1 + kept.length * (keep?.attestations === false ? 1 : manifestsOfChild);
}

/** The document of `--json`; docs/json.md describes it. */
export function suggestionJson(suggestion: Suggestion): object {
  const { files, references, coverage, today, history, unused, upstream, rules, yaml, warnings } = suggestion;
  const { kind: _, ...shown } = history;
  return {
    schema: 'mirrorlock/suggest/v1',
    upstream,
    files: Object.fromEntries(files),
    rules,
    yaml,
    coverage,
    ...(today === undefined ? {} : { today }),
    history: shown,
    references: references.map(referenceJson),
    ...(unused === undefined ? {} : { unused }),
    warnings,
  };
}

function referenceJson({ text, reference, status, uses, count, isCovered }: Suggestion['references'][number]): object {
  const { image, tag, digest, repository } = reference;
  const { kind, image: _, tag: locked, ...more } = { tag: undefined, image: undefined, ...status };
  return {
    reference: text,
    repository,
    ...(image === undefined ? {} : { image }),
    ...(tag === undefined && locked === undefined ? {} : { tag: tag ?? locked }),
    ...(digest === undefined ? {} : { digest }),
    status: kind,
    ...more,
    covered: isCovered,
    count,
    places: uses.map(({ kind: from, place, count: times }) => ({ kind: from, ...place, count: times })),
  };
}

import { platformsKept } from '../config/platforms.ts';
import type { Config, Rule } from '../config/types.ts';
import { placeText } from '../core/problem.ts';
import { ruleText } from '../select/rule-text.ts';
import { contentModel } from './content.ts';
import { ImageWalk } from './image-walk.ts';
import { Mirror } from './mirror.ts';
import { sum } from './statistics.ts';
import type { TimelineStep } from './timeline.ts';
import type { ImageTotals, Scenario } from './walk-types.ts';
import type { Windows } from './windows.ts';

/** What a rule, or the choice of platforms, costs over the range (as history proves it): the difference that its absence makes. */
export interface RuleCost {
  readonly kind: 'include' | 'exclude' | 'platforms';
  readonly rule: string;
  /** `file:line:column`; absent for platforms. */
  readonly place?: string;
  /** Below 0 is what is saved. */
  readonly groups: number;
  readonly pulls: number;
}

/** More rules than this are not looked at one by one. */
const mostRules = 64;

interface Cost {
  readonly groups: number;
  readonly pulls: number;
}

type ConfigPart = Scenario['config'];

/** The cost of each rule in the order of the file, the platforms last. `totals` is what all of them together cost, by image. */
export function ruleCosts(
  timeline: readonly TimelineStep[],
  windows: Windows,
  config: ConfigPart & Pick<Config, 'include' | 'exclude'>,
  totals: readonly ImageTotals[],
): RuleCost[] {
  const rules = [...config.include, ...config.exclude];
  if (rules.length > mostRules) return [];
  const names = new Set(timeline.flatMap(({ files }) => [...files.keys()]));
  const costWith = new Map(totals.map((image) => [image.image, image]));
  const difference = (concerned: readonly string[], changed: ConfigPart): Cost => {
    const now = concerned.map((name) => costWith.get(name) ?? { groups: 0, pulls: 0 });
    const without = concerned.map((name) => costOf(name, timeline, windows, changed));
    const by = (pick: (cost: Cost) => number) => sum(now.map(pick)) - sum(without.map(pick));
    return { groups: by(({ groups }) => groups), pulls: by(({ pulls }) => pulls) };
  };
  const costs = rules.map((rule): RuleCost => {
    const concerned = [...names].filter((name) => rule.image.matches(name));
    const { kind } = rule;
    return {
      kind,
      rule: ruleText(rule),
      place: placeText(rule.place),
      ...difference(concerned, leaveOut(config, rule)),
    };
  });
  const { platforms, attestations: _, overrides, ...all } = config;
  const concerned = [...names].filter((name) => platformsKept(config, name) !== undefined);
  if (concerned.length === 0) return costs;
  const rule = platforms?.join(', ') ?? (overrides === undefined ? 'attestations: drop' : 'overrides');
  return [...costs, { kind: 'platforms', rule, ...difference(concerned, all) }];
}

function leaveOut(config: ConfigPart, rule: Rule): ConfigPart {
  const others = (rules: readonly Rule[]) => rules.filter((other) => other !== rule);
  return { ...config, include: others(config.include), exclude: others(config.exclude) };
}

/** What one image costs by itself: no image shares a manifest with another. */
function costOf(name: string, timeline: readonly TimelineStep[], windows: Windows, config: ConfigPart): Cost {
  const image = new ImageWalk(name, { rules: config, contentOf: contentModel(config) });
  const mirror = new Mirror(undefined);
  let [groups, pulls] = [0, 0];
  for (const { run, files } of timeline) {
    if (!files.has(name)) continue;
    const step = image.step(files.get(name));
    if (step === undefined) continue;
    if (run === 0) mirror.fill([step]);
    else {
      groups += step.groups;
      pulls += mirror.run(windows.first + run * windows.every, [step]).pulled;
    }
  }
  return { groups, pulls };
}

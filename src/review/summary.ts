import { type Markdown, md } from '../core/markdown/markdown.ts';
import { fitParts, type Part } from './fit.ts';
import { leftOutLength, leftOutOfSummary } from './left-out.ts';
import { type AppliedAt, applyParts } from './summary/apply.ts';
import { type Checked, checkParts } from './summary/check.ts';
import { type DriftAt, driftParts } from './summary/drift.ts';
import { type PlannedAt, planParts } from './summary/plan.ts';

/** A GitHub step summary may have 1 MiB: so many characters stay below it, whatever they are. */
const defaultLength = 200_000;

/** What an apply would do at each destination, as Markdown for a CI summary of at most `maxLength` characters. */
export function summarizePlan(plans: readonly PlannedAt[], maxLength?: number): Markdown {
  return summary(plans.flatMap(planParts), maxLength);
}

/** What an apply did at each destination, its failures first. As {@link summarizePlan}. */
export function summarizeApply(applied: readonly AppliedAt[], maxLength?: number): Markdown {
  return summary(applied.flatMap(applyParts), maxLength);
}

/** In what each destination differs from the lockfile; fit for an issue too. As {@link summarizePlan}. */
export function summarizeDrift(found: readonly DriftAt[], maxLength?: number): Markdown {
  return summary(found.flatMap(driftParts), maxLength);
}

/** Whether configuration, lockfile and rendered files are valid and current, and each problem. As {@link summarizePlan}. */
export function summarizeCheck(checked: Checked, maxLength?: number): Markdown {
  return summary(checkParts(checked), maxLength);
}

function summary(parts: readonly Part[], maxLength = defaultLength): Markdown {
  return md`${fitParts(parts, maxLength - 1, leftOutLength, leftOutOfSummary)}\n`;
}

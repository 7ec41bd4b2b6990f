import semver from 'semver';
import type { Fault } from './findings.ts';

/** Why `text` is no range of versions as npm's semver reads it leniently (`>=22.04`), `undefined` when it is one. */
export function versionRangeFault(text: string): Fault | undefined {
  // semver leaves out, of several parts, those that it cannot read: each is tried alone.
  const parts = text.split('||').flatMap(comparators);
  const isRange = parts.every((part) => part !== '' && semver.validRange(part, { loose: true }) !== null);
  if (isRange) return undefined;
  const hint = hintFor(text);
  return { code: 'version-range', message, value: text, ...(hint === undefined ? {} : { hint }) };
}

/** The parts of an alternative of a range, each a range in itself; `1.2 - 1.4` is one. */
function comparators(alternative: string): string[] {
  const text = alternative.trim();
  return / - /.test(text) ? [text] : text.replace(/([<>=~^])\s+/g, '$1').split(/\s+/);
}

const message = 'A range of versions is written as npm does: `>=3.12`, `^1.26`, `3.12 - 3.14`, `<2 || >=4`.';

/** What is often meant; the first that fits counts. */
const hints: readonly (readonly [RegExp, string])[] = [
  [/,/, 'Between two conditions stands a space, and no comma.'],
  [/=[<>]/, 'Write `>=` or `<=`.'],
  [/^\s*\|\||\|\|\s*(?:$|\|\|)/, 'On both sides of `||` stands a range.'],
  [/[?[\]]/, 'Patterns for tags go under `tags`.'],
  [/\d[-.]?[a-z]+[-.]?\d/i, 'Before a pre-release stand three numbers: `1.27.0-rc.2`.'],
  [/[a-z]/i, 'Words for tags, such as `latest`, go under `tags`.'],
];

function hintFor(text: string): string | undefined {
  return hints.find(([pattern]) => pattern.test(text))?.[1];
}

import { prereleaseNumber as number, prereleaseText, prereleaseWords as words } from '../config/version-range.ts';

const end = '(?=[-_.]|$)';

/** `rc1`, `-rc`, `-rc.1`, `-ea-10`, `.beta`: a word, and a number in any of the ways that official images write it. */
const wordPattern = new RegExp(`^[-.]?(${words})(?:[-.]?(${number}))?${end}`, 'i');
/** `a7` and `b1` as Python writes them: never after a `-`, where `-b08` is a build of Java. */
const letterPattern = new RegExp(`^([ab])(${number})${end}`);
/** A milestone, `-M1` or `-m03`. */
const milestonePattern = new RegExp(`^-(m)(${number})${end}`, 'i');
/** Dart's `-95.2.beta`. */
const numberFirstPattern = new RegExp(`^-(${number})\\.(${words})${end}`);
/** MariaDB's `-ubi10-rc` and `-noble-rc`: the word at the tag's end, behind the name of a distribution. */
const behindDistributionPattern = new RegExp(`^-[a-z]+\\d*-(${words})()$`);

/**
 * Reads a pre-release from `rest`, what follows a tag's numbers; `undefined` where there is none. Gives it in semver's form:
 * the word in lower case, then the number, joined by `.`, so that `rc2` comes before `rc10`.
 */
export function readPrerelease(rest: string): string | undefined {
  const first = numberFirstPattern.exec(rest);
  if (first !== null) return prereleaseText(first[1], first[2]);
  for (const pattern of [wordPattern, letterPattern, milestonePattern, behindDistributionPattern]) {
    const match = pattern.exec(rest);
    if (match !== null) return prereleaseText(match[1], match[2]);
  }
  return undefined;
}

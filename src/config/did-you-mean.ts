import { distance } from 'fastest-levenshtein';

const longestWord = 64;

/** Of `candidates` the one that `word` was probably meant to be: few letters differ, or only case. */
export function nearestWord(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > longestWord) return undefined;
  const wanted = word.toLowerCase();
  const [best] = candidates
    .map((candidate) => ({ candidate, cost: distance(wanted, candidate.toLowerCase()) }))
    .filter(({ candidate, cost }) => cost <= Math.max(1, Math.floor(Math.min(word.length, candidate.length) / 3)))
    .sort((one, other) => one.cost - other.cost);
  return best?.candidate;
}

/** `Did you mean …?`, or else all candidates. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const nearest = nearestWord(word, candidates);
  return nearest === undefined ? `There ${listOf(candidates)}.` : `Did you mean \`${nearest}\`?`;
}

function listOf(words: readonly string[]): string {
  const quoted = words.map((word) => `\`${word}\``);
  if (quoted.length < 2) return `is ${quoted.join('')}`;
  return `are ${quoted.slice(0, -1).join(', ')} and ${quoted.at(-1)}`;
}

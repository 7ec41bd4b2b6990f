import type { Problem } from './problem.ts';

/** A cause, and what it stopped. `problem` is the first one's; without its value where others have other values. */
export interface Cause<Stopped> {
  readonly problem: Problem;
  readonly stopped: readonly Stopped[];
}

/** A problem, and what it is about: names such as that of an image, and tags, which do not make another cause. */
export interface About {
  readonly problem: Problem;
  readonly names: readonly string[];
  readonly tags: readonly string[];
}

/** The request at the beginning of a registry's error, such as `PUT registry.example.com/library/golang:1.27: `. */
const request = /^(?:[A-Z]+|Token for) \S+(?: \(at [^)]*\))?: /;
const digest = /\bsha256:[0-9a-f]{6,64}/g;
/** Sizes differ from blob to blob, where a quota is used up. */
const size = /\b\d+(?:\.\d+)?(?=\s?(?:[kKMGT]i?)?(?:B|bytes)\b)/g;

/**
 * Sorts what failed by its cause, in the order of the first of each: the same code, hint and message, but for the digest,
 * repository, tag and sizes that it is about. Pure.
 */
export function byCause<Stopped>(failed: readonly Stopped[], about: (one: Stopped) => About): Cause<Stopped>[] {
  const causes = new Map<string, { problem: Problem; stopped: Stopped[] }>();
  for (const one of failed) {
    const view = about(one);
    const { problem } = view;
    const cause = causes.get(keyOf(view));
    if (cause === undefined) {
      causes.set(keyOf(view), { problem, stopped: [one] });
      continue;
    }
    cause.stopped.push(one);
    if (cause.problem.value !== problem.value) {
      const { value: _, ...rest } = cause.problem;
      cause.problem = rest;
    }
  }
  return [...causes.values()];
}

function keyOf({ problem, names, tags }: About): string {
  const { code, severity, message, place, value = '', hint } = problem;
  const general = (text: string) => generalized(text, names, tags);
  return JSON.stringify([code, severity, general(message.replace(request, '')), general(value), place, hint]);
}

function generalized(text: string, names: readonly string[], tags: readonly string[]): string {
  let general = text.replace(digest, 'DIGEST').replace(size, 'SIZE');
  // A tag such as `3` is one only behind a colon or between quotes.
  for (const tag of tags) general = general.replaceAll(new RegExp(`([:'"\`])${escaped(tag)}(?![\\w.-])`, 'g'), '$1TAG');
  for (const name of names)
    general = general.replaceAll(new RegExp(`(?<![\\w.-])${escaped(name)}(?![\\w-])`, 'g'), 'NAME');
  return general;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

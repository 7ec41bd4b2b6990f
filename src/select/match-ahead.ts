import { on } from 'node:events';
import { Worker } from 'node:worker_threads';
import { type Regex, regexLimitMs, regexOf } from '../config/regex.ts';
import type { Config, Pattern } from '../config/types.ts';
import type { Progress, ProgressTask } from '../core/progress.ts';

/** Names that one regular expression is tried on. */
interface RegexJob {
  readonly expression: RegExp;
  readonly names: readonly string[];
}

/** What the thread is given. */
export interface RegexWork {
  readonly jobs: readonly RegexJob[];
  /** One number: which name of the job is tried. */
  readonly current: Int32Array;
}

/** What is matched: images, and their tags. */
export interface Names {
  readonly name: string;
  readonly tags: readonly string[];
}

export interface MatchOptions {
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** A regular expression that takes longer (ms) is shown as work under way. */
const shownAfterMs = 500;

/**
 * Tries the regular expressions of a configuration on the names that they are for, in a thread, so that a signal and the limit of
 * time end them whatever they do. From then on the patterns know their answers. Starts no thread where there are none.
 *
 * @throws UserError `config/slow-regex`; the signal's reason
 */
export async function matchAhead(
  config: Pick<Config, 'include' | 'exclude'> & Partial<Pick<Config, 'overrides' | 'source'>>,
  images: readonly Names[],
  options: MatchOptions,
): Promise<void> {
  const rules = [...config.include, ...config.exclude];
  const forImages = [...rules, ...(config.overrides ?? [])].map(({ image }) => image);
  const names = images.map(({ name }) => name);
  await answer(
    [...forImages, ...(config.source?.budget?.order ?? [])].flatMap((pattern) => jobOf(pattern, names)),
    options,
  );
  const forTags = rules.flatMap(({ image, tags = [] }) => {
    if (tags.every(({ kind }) => kind === 'glob')) return [];
    const own = new Set(images.flatMap((one) => (image.matches(one.name) ? one.tags : [])));
    return tags.flatMap((pattern) => jobOf(pattern, [...own]));
  });
  await answer(forTags, options);
}

interface Job {
  readonly pattern: Pattern;
  readonly regex: Regex;
  readonly names: readonly string[];
}

function jobOf(pattern: Pattern, names: readonly string[]): readonly Job[] {
  const regex = regexOf(pattern);
  const unknown = names.filter((name) => !regex?.answers.has(name));
  return regex === undefined || unknown.length === 0 ? [] : [{ pattern, regex, names: unknown }];
}

async function answer(jobs: readonly Job[], { signal, progress }: MatchOptions): Promise<void> {
  if (jobs.length === 0) return;
  const current = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const work: RegexWork = { jobs: jobs.map(({ regex, names }) => ({ expression: regex.expression, names })), current };
  // Where scripts/build.mjs puts the thread: beside the chunk that this file is in.
  const thread = new Worker(new URL('./regex-thread.js', import.meta.url), { workerData: work });
  const limit = new AbortController();
  const answers = on(thread, 'message', { signal: AbortSignal.any([signal, limit.signal]) });
  try {
    for (const job of jobs) {
      const { done } = watch(job, current, limit, progress);
      try {
        const { value } = (await answers.next()) as { value: [readonly boolean[]] };
        value[0].forEach((matches, index) => {
          const name = job.names[index];
          if (name !== undefined) job.regex.answers.set(name, matches);
        });
      } finally {
        done();
      }
    }
  } catch (error) {
    signal.throwIfAborted();
    limit.signal.throwIfAborted();
    throw error;
  } finally {
    await thread.terminate();
  }
}

/** Bounds the time of one job, and shows it where it takes long. */
function watch({ pattern, regex, names }: Job, current: Int32Array, limit: AbortController, progress: Progress) {
  let task: ProgressTask | undefined;
  const show = setTimeout(() => {
    task = progress.start(`Matching ${pattern.text}`);
  }, shownAfterMs);
  const end = setTimeout(() => {
    limit.abort(regex.tooSlow(names[Atomics.load(current, 0)] ?? ''));
  }, regexLimitMs);
  return {
    done() {
      clearTimeout(show);
      clearTimeout(end);
      task?.end();
    },
  };
}

import type { Problem } from '../../core/problem.ts';

/** How long a copy may be silent (ms): a registry may take minutes to put a large layer in its place. */
export const mostSilenceMs = 15 * 60_000;

/** Ends work of which nothing is heard for too long. */
export interface SilenceWatch {
  heard(): void;
  /** Does work with a signal that aborts on silence too; gives `silent` then. Throws what the work throws. */
  over<Result>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<Result>): Promise<Result | 'silent'>;
}

export function watchSilence(mostMs: number): SilenceWatch {
  let timer: NodeJS.Timeout | undefined;
  return {
    heard: () => void timer?.refresh(),
    async over(signal, work) {
      const silence = new AbortController();
      timer = setTimeout(() => silence.abort(), mostMs);
      try {
        return await work(AbortSignal.any([signal, silence.signal]));
      } catch (error) {
        if (error !== silence.signal.reason) throw error;
        return 'silent';
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

/** Neither skopeo nor containers/image ends a request to a registry that accepts it and then says nothing. */
export function silentProblem(mostMs: number): Problem {
  const message = `A copy read and said nothing for ${Math.ceil(mostMs / 60_000)} minutes, and was ended.`;
  const hint = 'The destination may hang. Run again; what was copied stays.';
  return { code: 'skopeo/silent', severity: 'error', message, hint };
}

import { ForgeError } from './errors.ts';
import { interrupted } from './transport.ts';

export interface Asking<Answer, Result> {
  /** What is asked for, such as `POST /repos/acme/mirror/pulls`. */
  readonly request: string;
  /** The name of the forge. */
  readonly forge: string;
  readonly signal: AbortSignal | undefined;
  readonly work: () => Promise<Answer>;
  readonly read: (answer: Answer) => Result;
  /** What becomes of an error of the client. */
  readonly failure: (error: unknown) => unknown;
}

/**
 * Sends a request and reads its answer. Throws `forge/interrupted` once the signal aborts, `forge/bad-answer` for an answer
 * of another form, and what `failure` makes of any other error.
 */
export async function answerOf<Answer, Result>(asking: Asking<Answer, Result>): Promise<Result> {
  const { request, signal, work, read } = asking;
  if (signal?.aborted) throw interrupted(request);
  try {
    return read(await unlessAborted(work(), signal));
  } catch (error) {
    if (signal?.aborted) throw interrupted(request);
    throw asking.failure(error instanceof TypeError ? badAnswer(error, asking) : error);
  }
}

/** An answer of another form shows as this: a field of nothing is read, or a text where a list should be. */
function badAnswer(
  error: TypeError,
  { request, forge }: Pick<Asking<unknown, unknown>, 'request' | 'forge'>,
): ForgeError {
  const details = { kind: 'bad-answer' as const, request, summary: `not an answer of ${forge}.` };
  return new ForgeError({ ...details, value: error.message }, error);
}

/** octokit waits for limits without a look at signals. */
async function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  if (signal === undefined) return work;
  let end = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    end = () => reject(signal.reason);
  });
  signal.addEventListener('abort', end, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', end);
  }
}

import { verifyOutcome } from '../report/verify.ts';
import { runVerify, type VerifyOptions } from '../runs/verify/verify.ts';
import type { Context, Outcome } from '../session/context.ts';

/** Compares each destination with the lockfile only by HEAD, or deep, and names each drift. */
export async function verify(context: Context, options: VerifyOptions): Promise<Outcome> {
  return verifyOutcome(await runVerify(context, options));
}

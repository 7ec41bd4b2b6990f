import { verifyFacts } from '../monitor/facts.ts';
import { scopeOf, type WatchOptions, watched } from '../monitor/watched.ts';
import { verifyOutcome } from '../report/verify.ts';
import { runVerify, type VerifyOptions } from '../runs/verify/verify.ts';
import type { Context, Outcome } from '../session/context.ts';

/** Compares each destination with the lockfile only by HEAD, or deep, and names each drift. */
export async function verify(
  context: Context,
  { watch, ...options }: VerifyOptions & { readonly watch: WatchOptions },
): Promise<Outcome> {
  return watched(context, { ...watch, command: 'verify', scope: scopeOf(options) }, async (tell) => {
    const ran = await runVerify(context, options);
    tell(verifyFacts(ran));
    return verifyOutcome(ran);
  });
}

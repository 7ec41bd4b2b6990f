import { answerError } from './answer-error.ts';
import { type Challenge, parseChallenges } from './auth/www-authenticate.ts';
import type { Clock } from './clock.ts';
import { RegistryError } from './errors.ts';
import type { Ask } from './http/connection.ts';
import { final, type Persist } from './http/retry.ts';
import { isHtml } from './server-message.ts';

const maxPingBytes = 64 * 1024;

export interface PingOptions {
  readonly host: string;
  readonly base: URL;
  readonly ask: Ask;
  readonly clock: Clock;
  readonly persist: Persist;
}

/**
 * Asks `/v2/`, the end that every registry has (OCI distribution spec, "Determining Support"), how it wants to be asked.
 *
 * @throws RegistryError that is final, `not-a-registry` where something else answers
 */
export async function ping(options: PingOptions): Promise<readonly Challenge[]> {
  try {
    return await options.persist(() => pingOnce(options));
  } catch (error) {
    throw error instanceof RegistryError ? final(error) : error;
  }
}

async function pingOnce({ host, base, ask, clock }: PingOptions): Promise<readonly Challenge[]> {
  const context = { method: 'GET', host };
  const url = new URL('/v2/', base);
  const answer = await ask({ method: 'GET', url, headers: {}, maxBytes: maxPingBytes }, context);
  const { status, headers } = answer;
  if ((status === 200 || status === 401) && !isHtml(headers['content-type'])) {
    // Another host, to which it redirects, does not say how the registry wants to be asked.
    const isOwn = answer.url.origin === url.origin;
    return status === 401 && isOwn ? parseChallenges(headers['www-authenticate']) : [];
  }
  const error = answerError(answer, context, clock.now());
  if (['denied', 'rate-limited', 'server', 'timeout'].includes(error.kind)) throw error;
  const summary = `its path /v2/ is not that of a registry (${status}).`;
  throw new RegistryError({ ...error.details, kind: 'not-a-registry', summary });
}

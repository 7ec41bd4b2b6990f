import type { Clock } from '../http/clock.ts';
import type { HttpAnswer } from '../http/exchange.ts';
import { saysTlsIsSpoken } from '../http/tls-hints.ts';
import { codeOf } from '../http/transport-error.ts';
import { answerError } from './answer-error.ts';
import { type Challenge, parseChallenges } from './auth/www-authenticate.ts';
import type { Ask } from './connection.ts';
import type { RequestContext } from './error-kinds.ts';
import { RegistryError } from './errors.ts';
import { final, type Persist } from './retry.ts';
import { isHtml } from './server-message.ts';

const maxPingBytes = 64 * 1024;

export interface PingOptions {
  readonly host: string;
  readonly base: URL;
  readonly ask: Ask;
  readonly clock: Clock;
  readonly persist: Persist;
  /** Whether a server that closed a connection of plain HTTP speaks TLS. */
  readonly speaksTls: () => Promise<boolean>;
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

async function pingOnce(options: PingOptions): Promise<readonly Challenge[]> {
  const { host, base, clock } = options;
  const context = { method: 'GET', host };
  const url = new URL('/v2/', base);
  const answer = await askOrTellTls(url, context, options);
  const { status, headers } = answer;
  if ((status === 200 || status === 401) && !isHtml(headers['content-type'])) {
    // Another host, to which it redirects, does not say how the registry wants to be asked.
    const isOwn = answer.url.origin === url.origin;
    return status === 401 && isOwn ? parseChallenges(headers['www-authenticate']) : [];
  }
  if (base.protocol === 'http:' && saysTlsIsSpoken(answer.body)) throw tlsIsSpoken(context);
  const error = answerError(answer, context, clock.now());
  if (['denied', 'rate-limited', 'server', 'timeout'].includes(error.kind)) throw error;
  const summary = `its path /v2/ is not that of a registry (${status}).`;
  throw new RegistryError({ ...error.details, kind: 'not-a-registry', summary });
}

/** A server of TLS that is asked in plain HTTP may close the connection, or answer in TLS: trying again does not help. */
async function askOrTellTls(url: URL, context: RequestContext, { ask, speaksTls }: PingOptions): Promise<HttpAnswer> {
  try {
    return await ask({ method: 'GET', url, headers: {}, maxBytes: maxPingBytes }, context);
  } catch (error) {
    const isBroken = error instanceof RegistryError && error.kind === 'network' && wasConnected(error);
    if (isBroken && url.protocol === 'http:' && (await speaksTls())) throw tlsIsSpoken(context);
    throw error;
  }
}

function wasConnected({ details: { cause } }: RegistryError): boolean {
  const code = cause instanceof Error ? codeOf(cause) : undefined;
  return code === undefined || code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code.startsWith('HPE_');
}

function tlsIsSpoken(request: RequestContext): RegistryError {
  return new RegistryError({
    kind: 'not-a-registry',
    request,
    summary: 'TLS is spoken here, and the configuration says plain HTTP.',
    hint: `Leave \`insecure: true\` of ${request.host} out, or name its port for plain HTTP.`,
  });
}

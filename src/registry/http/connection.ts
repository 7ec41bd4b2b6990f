import type { RequestContext } from '../error-kinds.ts';
import { RegistryError } from '../errors.ts';
import type { Exchange, HttpAnswer, HttpRequest } from './exchange.ts';
import { RedirectError } from './redirect-error.ts';
import { tlsHint } from './tls-hints.ts';
import { codeOf, TransportError } from './transport-error.ts';

/** Sends a request on behalf of what `context` tells. */
export type Ask = (request: HttpRequest, context: RequestContext) => Promise<HttpAnswer>;

const summaries: Record<TransportError['kind'], string> = {
  network: 'there is no connection, or it broke.',
  timeout: 'there was no answer in time.',
  tls: 'TLS does not trust this connection.',
  'too-large': 'the answer is too large.',
};

/** An exchange whose failures are {@link RegistryError}s; the reasons that Node and TLS give are values, not our words. */
export function typed(exchange: Exchange): Ask {
  return async (request, context) => {
    try {
      return await exchange(request);
    } catch (error) {
      if (error instanceof TransportError) {
        const { kind, reason } = error;
        const hint = kind === 'tls' ? tlsHint(codeOf(error), reason, context.at ?? context.host) : undefined;
        throw new RegistryError({
          kind,
          request: context,
          summary: summaries[kind],
          value: reason,
          hint,
          cause: error,
        });
      }
      if (!(error instanceof RedirectError)) throw error;
      const summary = `a redirection is not followed: ${error.message}.`;
      throw new RegistryError({ kind: 'redirect', request: context, summary, value: error.target });
    }
  };
}

import type { Exchange, HttpAnswer, HttpRequest } from '../http/exchange.ts';
import { RedirectError } from '../http/redirect-error.ts';
import { tlsHint } from '../http/tls-hints.ts';
import { codeOf, TransportError } from '../http/transport-error.ts';
import type { RequestContext } from './error-kinds.ts';
import { RegistryError } from './errors.ts';

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

/** After so many repositories of which a login was refused, and none of which it was taken, it is refused everywhere. */
const enough = 3;

/**
 * Makes ways to ask that do not repeat a login (`Basic`) which a host refuses everywhere: the 401 is given again, and no
 * request is sent. Accounts are locked for less.
 */
export function refusedLogins(): (ask: Ask) => Ask {
  const taken = new Set<string>();
  const refused = new Map<string, Set<string | undefined>>();
  const answers = new Map<string, HttpAnswer>();
  return (ask) => async (request, context) => {
    const login = request.headers['authorization'];
    if (login === undefined || !/^Basic /i.test(login)) return ask(request, context);
    const key = `${request.url.host} ${login}`;
    const known = answers.get(key);
    if (known !== undefined) return known;
    const answer = await ask(request, context);
    // Another host, to which a redirection led, has not seen the login.
    if (answer.url.host !== request.url.host) return answer;
    if (answer.status !== 401) {
      taken.add(key);
      return answer;
    }
    const repositories = (refused.get(key) ?? new Set()).add(context.repository);
    refused.set(key, repositories);
    if (repositories.size >= enough && !taken.has(key)) answers.set(key, answer);
    return answer;
  };
}

import { answerError } from '../answer-error.ts';
import type { Clock } from '../clock.ts';
import type { RequestContext } from '../error-kinds.ts';
import { RegistryError } from '../errors.ts';
import type { HttpAnswer, HttpRequest } from '../http/exchange.ts';
import { remembering } from '../remembering.ts';
import type { TokenEndpoint } from './challenge-choice.ts';
import type { Credentials } from './credential-types.ts';
import { parseToken, type Token, tokenRequest } from './token.ts';

/** A token to be had. `scopes` decide what it is good for. */
export interface TokenWish {
  readonly endpoint: TokenEndpoint;
  readonly repository: string;
  readonly scopes: readonly string[];
}

export interface TokenSourceOptions {
  readonly host: string;
  readonly clock: Clock;
  /** Credentials for a repository; `renew` looks again for those that may have expired. */
  find(repository: string, renew: boolean): Promise<Credentials | undefined>;
  /** Sends a request to the token server. */
  ask(request: HttpRequest, context: RequestContext): Promise<HttpAnswer>;
}

/** Gives tokens, each fetched once and kept until it ends or proves to be refused. */
export interface TokenSource {
  /** `refused` is a token that the registry did not take: another is fetched. */
  token(wish: TokenWish, refused?: string): Promise<string>;
}

/** What to do about a login that is kept from a token server of another site. */
export function keptHint(host: string, realm: URL): string {
  const kept = `The login for ${host} is not sent to its token server ${realm.host}`;
  return realm.protocol === 'https:'
    ? `${kept}, which is of another site: if it is yours or the registry's, say \`tokenServer: ${realm.host}\` next to \`registry\`.`
    : `${kept}, which speaks plain HTTP and is another host: let it speak HTTPS, and say \`tokenServer\` next to \`registry\`.`;
}

export function tokenSource({ host, clock, find, ask }: TokenSourceOptions): TokenSource {
  const tokens = remembering<Token>();

  const fetchToken = async ({ endpoint, repository, scopes }: TokenWish, renew: boolean): Promise<Token> => {
    const { realm, mayLogIn } = endpoint;
    const found = await find(repository, renew);
    const asked = { method: 'Token for', host, repository, at: realm.host };
    const answer = await ask(tokenRequest(endpoint, scopes, mayLogIn ? found : undefined), asked);
    const context = { ...asked, at: answer.url.host };
    if (answer.status !== 200) {
      const error = answerError(answer, context, clock.now());
      const isRefused = error.kind === 'unauthorized' || error.kind === 'denied';
      if (mayLogIn || found === undefined || !isRefused) throw error;
      throw new RegistryError({ ...error.details, hint: keptHint(host, realm) });
    }
    const token = parseToken(answer.body, clock);
    if (token !== undefined) return token;
    throw new RegistryError({ kind: 'bad-answer', request: context, status: 200, summary: 'the answer has no token.' });
  };

  return {
    async token(wish, refused) {
      const key = JSON.stringify([wish.endpoint.realm, wish.endpoint.service, wish.scopes]);
      const known = tokens.get(key, () => fetchToken(wish, false));
      const { value, expiresAt } = await known;
      if (expiresAt > clock.now() && value !== refused) return value;
      tokens.forget(key, known);
      return (await tokens.get(key, () => fetchToken(wish, true))).value;
    },
  };
}

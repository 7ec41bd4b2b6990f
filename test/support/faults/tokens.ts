import type { AnswerHook, InjectedAnswer } from '../counting-proxy.ts';
import type { RegistryRequest } from '../registry-request.ts';

/** A registry that wants tokens, which it gives to everybody; those that it gave before can be ended. */
export interface TokenFront {
  readonly hook: AnswerHook;
  expire(): void;
  /** How many tokens were given. */
  given(): number;
}

/** A hook that asks for tokens (distribution, docs/spec/auth/token.md); `next` is asked for what comes with a valid one. */
export function tokenFront(
  host: () => string,
  next: (request: RegistryRequest) => InjectedAnswer | undefined,
): TokenFront {
  let [epoch, given] = [0, 0];
  return {
    expire: () => {
      epoch += 1;
    },
    given: () => given,
    hook(request, { headers }) {
      if (request.url.startsWith('/token')) {
        given += 1;
        const body = JSON.stringify({ token: `token-${epoch}`, expires_in: 3_600 });
        return { status: 200, headers: { 'content-type': 'application/json' }, body };
      }
      if (headers.authorization === `Bearer token-${epoch}`) return next(request);
      const scope = `repository:${request.repository}:pull,push`;
      const challenge = `Bearer realm="http://${host()}/token",service="test",scope="${scope}"`;
      return { status: 401, headers: { 'www-authenticate': challenge } };
    },
  };
}

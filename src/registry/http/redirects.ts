import type { Exchange, HttpAnswer, HttpRequest } from './exchange.ts';

const redirections = [301, 302, 303, 307, 308];
const mostRedirects = 5;

/** Why a redirection is not followed; `target` is the host that it leads to, or what stands there. */
export class RedirectError extends Error {
  readonly target: string;

  constructor(rule: string, target: string) {
    super(rule);
    this.target = target;
  }
}

/**
 * An exchange that follows the redirections of HEAD and GET, at most five. Credentials go only to the host that was
 * asked, and never from TLS to plain HTTP.
 *
 * @throws RedirectError
 */
export function following(exchange: Exchange): Exchange {
  return async (request) => {
    let next = request;
    for (let redirects = 0; redirects <= mostRedirects; redirects += 1) {
      const answer = await exchange(next);
      if (!redirections.includes(answer.status)) return answer;
      if (request.method !== 'HEAD' && request.method !== 'GET') {
        throw new RedirectError('a write is not sent anywhere else', headerOf(answer));
      }
      next = redirected(next, answer);
    }
    throw new RedirectError(`more than ${mostRedirects} redirections in a row`, next.url.host);
  };
}

function redirected(request: HttpRequest, answer: HttpAnswer): HttpRequest {
  const location = headerOf(answer);
  if (!URL.canParse(location, request.url.href)) throw new RedirectError('it leads to no URL', location);
  const url = new URL(location, request.url);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new RedirectError('it leads to something else than HTTP', url.protocol);
  }
  if (request.url.protocol === 'https:' && url.protocol === 'http:') {
    throw new RedirectError('it leads from TLS to plain HTTP', url.host);
  }
  // A URL's own credentials are not used either.
  url.username = '';
  url.password = '';
  if (url.origin === request.url.origin) return { ...request, url };
  const { authorization: _, ...headers } = request.headers;
  return { ...request, url, headers };
}

function headerOf(answer: HttpAnswer): string {
  return answer.headers['location'] ?? '(no Location)';
}

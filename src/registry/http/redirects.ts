import type { Boundary } from './boundary.ts';
import type { Exchange, HttpAnswer, HttpRequest } from './exchange.ts';
import { redirection } from './onward.ts';
import { RedirectError } from './redirect-error.ts';

const redirections = [301, 302, 303, 307, 308];
const mostRedirects = 5;

/**
 * An exchange that follows the redirections of HEAD and GET, at most five. Credentials go only to the origin that was asked,
 * and nothing goes from TLS to plain HTTP, or from the internet to a private network.
 *
 * @throws RedirectError
 */
export function following(exchange: Exchange, boundary: Pick<Boundary, 'check'>): Exchange {
  return async (request) => {
    let next = request;
    for (let redirects = 0; redirects <= mostRedirects; redirects += 1) {
      const answer = await exchange(next);
      if (!redirections.includes(answer.status)) return answer;
      if (request.method !== 'HEAD' && request.method !== 'GET') {
        throw new RedirectError('a write is not sent anywhere else', answer.headers['location'] ?? '(no Location)');
      }
      next = redirected(next, answer, boundary);
    }
    throw new RedirectError(`more than ${mostRedirects} redirections in a row`, next.url.host);
  };
}

function redirected(request: HttpRequest, answer: HttpAnswer, boundary: Pick<Boundary, 'check'>): HttpRequest {
  const url = redirection(answer.headers['location'], request.url, boundary);
  if (url.origin === request.url.origin) return { ...request, url };
  const { authorization: _, ...headers } = request.headers;
  return { ...request, url, headers };
}

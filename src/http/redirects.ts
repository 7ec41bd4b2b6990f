import type { Boundary } from './boundary.ts';
import type { Exchange, HttpAnswer, HttpRequest } from './exchange.ts';
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

/** Where a request goes on that an answer leads to. */
interface Onward {
  readonly url: URL;
  /** Whether that is another origin than the registry's: no credentials go there. */
  readonly isElsewhere: boolean;
}

/** What decides where it may be gone on to. */
export interface OnwardOptions {
  /** The URL that was asked, which a relative one is relative to. */
  readonly asked: URL;
  /** Where the registry's API is. */
  readonly base: URL;
  readonly boundary: Pick<Boundary, 'check'>;
}

/**
 * Where the upload goes on that a `Location` names (OCI distribution spec, "Pushing blobs"), a URL or one relative to that
 * which was asked; its query is kept. A registry behind a proxy may not know its own scheme and port: its own host with
 * another scheme, or without a port, is the registry itself.
 *
 * @throws RedirectError where it is not a URL of HTTP, or leads from TLS to plain HTTP or from the internet to a private network
 */
export function onward(location: string | undefined, { asked, base, boundary }: OnwardOptions): Onward {
  const url = followed(location, asked);
  const isOwnHost = url.hostname === base.hostname && (url.port === '' || url.port === base.port);
  if (isOwnHost) return { url: atRegistry(url, base), isElsewhere: false };
  checkStep(asked, url, boundary);
  return { url, isElsewhere: url.origin !== base.origin };
}

/**
 * The URL that a redirection leads to: any that may be gone on to, without the credentials that stand in it.
 *
 * @throws RedirectError as {@link onward} does
 */
function redirection(location: string | undefined, asked: URL, boundary: Pick<Boundary, 'check'>): URL {
  const url = followed(location, asked);
  checkStep(asked, url, boundary);
  return url;
}

/**
 * The page that a `Link` names: whatever host and scheme stand there, its path and query at the registry itself. `undefined`
 * when it is not a URL.
 */
export function nextPage(link: string, { asked, base }: Pick<OnwardOptions, 'asked' | 'base'>): URL | undefined {
  return URL.canParse(link, asked.href) ? atRegistry(new URL(link, asked), base) : undefined;
}

function followed(location: string | undefined, asked: URL): URL {
  if (location === undefined || !URL.canParse(location, asked.href))
    throw new RedirectError('it leads to no URL', location ?? '(no Location)');
  const url = new URL(location, asked);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new RedirectError('it leads to something else than HTTP', url.protocol);
  // Credentials in a URL are not used.
  url.username = '';
  url.password = '';
  return url;
}

function atRegistry({ pathname, search }: URL, base: URL): URL {
  const url = new URL(base);
  // Set in parts: a path that begins with `//` would be taken for a host.
  url.pathname = pathname;
  url.search = search;
  return url;
}

function checkStep(from: URL, to: URL, boundary: Pick<Boundary, 'check'>): void {
  if (from.protocol === 'https:' && to.protocol === 'http:')
    throw new RedirectError('it leads from TLS to plain HTTP', to.host);
  boundary.check(to);
}

import type { InjectedAnswer } from '../counting-proxy.ts';

/** A registry's error as the Hub words it (distribution, docs/spec/api.md, "Errors"). */
function refusal(status: number, code: string, message: string, headers: Record<string, string>): InjectedAnswer {
  const body = JSON.stringify({ errors: [{ code, message, detail: null }] });
  return { status, headers: { 'content-type': 'application/json', ...headers }, body };
}

/** Above the pull limit (docker/docs, docker-hub/usage/pulls.md). */
export function pullLimitReached(headers: Record<string, string>): InjectedAnswer {
  const message =
    'You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: ' +
    'https://www.docker.com/increase-rate-limit';
  return refusal(429, 'TOOMANYREQUESTS', message, headers);
}

/** Above the abuse limit: short, and without the headers of the pull limit (docker/docs, docker-hub/usage/). */
export const abused: InjectedAnswer = {
  status: 429,
  headers: { 'content-type': 'text/plain' },
  body: 'Too Many Requests\n',
};

/** Asks for a token of this registry's own service. */
export function challenge(host: string, repository: string): InjectedAnswer {
  const scope = repository === '' ? '' : `,scope="repository:${repository}:pull"`;
  return refusal(401, 'UNAUTHORIZED', 'authentication required', {
    'www-authenticate': `Bearer realm="http://${host}/token",service="registry.docker.io"${scope}`,
    'docker-distribution-api-version': 'registry/2.0',
  });
}

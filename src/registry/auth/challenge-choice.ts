import type { Challenge } from './www-authenticate.ts';

/** The token server of a `Bearer` challenge. */
export interface TokenEndpoint {
  readonly realm: URL;
  readonly service?: string;
}

/** How a registry wants to be asked. `scopes` are what it said to be needed. */
export type Scheme =
  | { readonly kind: 'basic' }
  | { readonly kind: 'bearer'; readonly endpoint: TokenEndpoint; readonly scopes: readonly string[] }
  /** A token server that credentials must not be sent to. */
  | { readonly kind: 'unsafe'; readonly realm: string };

/**
 * Of a registry's challenges the one to answer: for a token if there is one, else for a password; `undefined` for others.
 * A registry that is asked over TLS (`secure`) has its token server there, too.
 */
export function chooseScheme(challenges: readonly Challenge[], secure: boolean): Scheme | undefined {
  const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
  if (bearer !== undefined) return bearerScheme(bearer, secure);
  return challenges.some(({ scheme }) => scheme === 'basic') ? { kind: 'basic' } : undefined;
}

function bearerScheme({ parameters }: Challenge, secure: boolean): Scheme {
  const realm = parameters.get('realm') ?? '';
  const url = URL.canParse(realm) ? new URL(realm) : undefined;
  const allowed = secure ? ['https:'] : ['https:', 'http:'];
  if (url === undefined || !allowed.includes(url.protocol) || url.username !== '' || url.password !== '') {
    return { kind: 'unsafe', realm };
  }
  const service = parameters.get('service');
  return {
    kind: 'bearer',
    endpoint: { realm: url, ...(service ? { service } : {}) },
    scopes: parameters.get('scope')?.split(/\s+/).filter(Boolean) ?? [],
  };
}

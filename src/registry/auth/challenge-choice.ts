import type { Boundary } from '../http/boundary.ts';
import { RedirectError } from '../http/redirect-error.ts';
import { isSameSite } from './same-site.ts';
import type { Challenge } from './www-authenticate.ts';

/** The token server of a `Bearer` challenge. */
export interface TokenEndpoint {
  readonly realm: URL;
  readonly service?: string;
  /** Whether credentials may be sent to it; else it is asked for a token without any. */
  readonly mayLogIn: boolean;
}

/** How a registry wants to be asked. `scopes` are what it said to be needed. */
export type Scheme =
  | { readonly kind: 'basic' }
  | { readonly kind: 'bearer'; readonly endpoint: TokenEndpoint; readonly scopes: readonly string[] }
  /** A token server that nothing must be sent to; `rule` says why. */
  | { readonly kind: 'unsafe'; readonly realm: string; readonly rule: string };

/** The registry that challenges. */
export interface Challenger {
  /** Where its API is. */
  readonly base: URL;
  /** `name[:port]` of the token server that the configuration names. */
  readonly tokenServer?: string | undefined;
  readonly boundary: Pick<Boundary, 'check'>;
}

const unsafeUrl = 'it has to be an https URL, or http where the registry itself is insecure';

/** Of a registry's challenges the one to answer: for a token if there is one, else for a password; `undefined` for others. */
export async function chooseScheme(challenges: readonly Challenge[], from: Challenger): Promise<Scheme | undefined> {
  const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
  if (bearer !== undefined) return bearerScheme(bearer, from);
  return challenges.some(({ scheme }) => scheme === 'basic') ? { kind: 'basic' } : undefined;
}

async function bearerScheme({ parameters }: Challenge, from: Challenger): Promise<Scheme> {
  const realm = parameters.get('realm') ?? '';
  const url = URL.canParse(realm) ? new URL(realm) : undefined;
  const allowed = from.base.protocol === 'https:' ? ['https:'] : ['https:', 'http:'];
  if (url === undefined || !allowed.includes(url.protocol) || url.username !== '' || url.password !== '')
    return { kind: 'unsafe', realm, rule: unsafeUrl };
  const rule = broken(url, from);
  if (rule !== undefined) return { kind: 'unsafe', realm, rule };
  const service = parameters.get('service');
  return {
    kind: 'bearer',
    endpoint: { realm: url, ...(service ? { service } : {}), mayLogIn: await mayLogIn(url, from) },
    scopes: parameters.get('scope')?.split(/\s+/).filter(Boolean) ?? [],
  };
}

function broken(url: URL, { boundary }: Challenger): string | undefined {
  try {
    boundary.check(url);
    return undefined;
  } catch (error) {
    if (error instanceof RedirectError) return error.message;
    throw error;
  }
}

/** Credentials go to the registry's own site or to what the configuration names; over plain HTTP only to its own host. */
async function mayLogIn(realm: URL, { base, tokenServer }: Challenger): Promise<boolean> {
  if (realm.protocol === 'http:') return realm.hostname === base.hostname;
  const isNamed = tokenServer !== undefined && realm.host === new URL(`https://${tokenServer}`).host;
  return isNamed || isSameSite(realm.hostname, base.hostname);
}

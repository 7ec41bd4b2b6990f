import type { Boundary } from '../../http/boundary.ts';
import { RedirectError } from '../../http/redirect-error.ts';
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

/**
 * Domains below which every name may be somebody else's, and which the public suffix list lacks: registries as a service,
 * names that stand for any address, and a cluster's own names.
 */
const shared =
  /(?:^|\.)(?:azurecr\.(?:io|cn|us)|jfrog\.io|pkg\.dev|dkr\.ecr(?:-fips)?\.[a-z0-9-]+\.(?:amazonaws\.com(?:\.cn)?|on\.aws)|nip\.io|sslip\.io|cluster\.local)$/;

/**
 * Whether two hosts of URLs are of one site: the same name or address, or names below one registrable domain (public suffix
 * list, its private part included, so that two accounts of one service are two sites).
 */
async function isSameSite(one: string, other: string): Promise<boolean> {
  if (one === other) return true;
  if (shared.test(one) || shared.test(other)) return false;
  // Loaded where it is needed: the list is large, and most registries are their own token servers.
  const { getDomain } = await import('tldts');
  const [site, otherSite] = [one, other].map((host) => getDomain(host, { allowPrivateDomains: true }));
  return site !== null && site === otherSite;
}

import { RegistryError } from '../errors.ts';
import { chooseScheme, type Scheme } from './challenge-choice.ts';
import type { CredentialStore, Credentials } from './credential-types.ts';
import type { SecretKeeper } from './secrets.ts';
import { basicAuthorization } from './token.ts';
import { type TokenSourceOptions, tokenSource } from './token-source.ts';
import type { Challenge } from './www-authenticate.ts';

/** What may be done with a repository: the scope of a token (distribution's auth/scope.md). */
export interface Scope {
  readonly repository: string;
  readonly actions: 'pull' | 'pull,push' | 'delete';
  /** Another repository, of which blobs are mounted. */
  readonly alsoPull?: string;
}

/** Gives requests their `Authorization`. */
export interface Authorizer {
  /** The header for requests of this scope; `undefined` when they go without one. */
  authorization(scope: Scope): Promise<string | undefined>;
  /**
   * Another header after the registry answered 401 to `used`, with new credentials or a new token; `undefined` when there
   * is no other.
   */
  renew(scope: Scope, challenges: readonly Challenge[], used: string | undefined): Promise<string | undefined>;
  /** What a user can do about a 401. */
  hint(repository: string): Promise<string>;
}

export interface AuthorizerOptions extends Pick<TokenSourceOptions, 'host' | 'clock' | 'ask'> {
  /** Whether the registry is asked over TLS. */
  readonly secure: boolean;
  readonly credentials: CredentialStore;
  readonly secrets: SecretKeeper;
  /** Asks the registry's `/v2/` how it wants to be asked. */
  ping(): Promise<readonly Challenge[]>;
}

/**
 * Answers a registry's challenges. The registry is asked once, before anything else, how it wants to be asked, so that no
 * request for a manifest is spent on a 401. Tokens are kept for each scope until they end.
 */
export function authorizer({ host, secure, credentials, secrets, ping, ...rest }: AuthorizerOptions): Authorizer {
  const find = async (repository: string, renew: boolean): Promise<Credentials | undefined> => {
    const found = await credentials.find(host, repository, { renew });
    if (found !== undefined) secrets.addCredentials(found);
    return found;
  };
  const tokens = tokenSource({ host, find, ...rest });
  let pinging: Promise<Scheme | undefined> | undefined;
  const pinged = (): Promise<Scheme | undefined> => {
    // Kept also when it fails: thousands of requests are not to wait, one after the other, for a registry that is away.
    pinging ??= ping().then((challenges) => chooseScheme(challenges, secure));
    return pinging;
  };
  /** What answers 401 have taught, which know better than the ping; by scope. */
  const learnt = new Map<string, Scheme>();

  const headerFor = async (scheme: Scheme | undefined, scope: Scope, used?: string): Promise<string | undefined> => {
    if (scheme?.kind === 'unsafe') throw unsafe(host, scope.repository, scheme.realm);
    if (scheme?.kind === 'bearer') {
      const scopes = [...new Set([...scopeTexts(scope), ...scheme.scopes])];
      const wish = { endpoint: scheme.endpoint, repository: scope.repository, scopes };
      const token = await tokens.token(wish, used?.replace(/^Bearer /, ''));
      secrets.add(token);
      return `Bearer ${token}`;
    }
    if (scheme?.kind !== 'basic') return undefined;
    const found = await find(scope.repository, used !== undefined);
    return found?.kind === 'password' ? basicAuthorization(found) : undefined;
  };

  return {
    async authorization(scope) {
      return headerFor(learnt.get(scopeText(scope)) ?? (await pinged()), scope);
    },
    async renew(scope, challenges, used) {
      const scheme = chooseScheme(challenges, secure) ?? (await pinged());
      const header = await headerFor(scheme, scope, used);
      if (scheme !== undefined) learnt.set(scopeText(scope), scheme);
      return header === used ? undefined : header;
    },
    async hint(repository) {
      const found = await find(repository, false);
      const login = `\`skopeo login ${host}\``;
      return found === undefined
        ? `No credentials for ${host} were found: log in with ${login}.`
        : `The credentials from ${found.from} were not enough: check what the account may do, or log in with ${login}.`;
    },
  };
}

function scopeText(scope: Scope): string {
  return scopeTexts(scope).join(' ');
}

function scopeTexts({ repository, actions, alsoPull }: Scope): string[] {
  const own = `repository:${repository}:${actions}`;
  return alsoPull === undefined ? [own] : [own, `repository:${alsoPull}:pull`];
}

function unsafe(host: string, repository: string, realm: string): RegistryError {
  return new RegistryError({
    kind: 'unsafe-auth',
    request: { method: 'Token for', host, repository },
    summary:
      'the registry names a token server that credentials are not sent to: it has to be an https URL, or http where the ' +
      'registry itself is insecure.',
    value: realm,
  });
}

import type { SecretKeeper } from '../../core/secrets.ts';
import type { Clock } from '../../http/clock.ts';
import type { HttpAnswer, HttpRequest } from '../../http/exchange.ts';
import { answerError } from '../answer-error.ts';
import type { RequestContext } from '../error-kinds.ts';
import { RegistryError } from '../errors.ts';
import { remembering } from '../remembering.ts';
import { type Challenger, chooseScheme, type Scheme, type TokenEndpoint } from './challenge-choice.ts';
import type { CredentialStore, Credentials } from './credential-types.ts';
import { addCredentials } from './secrets.ts';
import { basicAuthorization, parseToken, type Token, tokenRequest } from './token.ts';
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

interface AuthorizerOptions extends Challenger, Pick<TokenSourceOptions, 'host' | 'clock' | 'ask'> {
  /** What is asked for to read: `pull,push` where the repository is written to as well, and may not be there yet. */
  readonly actions: 'pull' | 'pull,push';
  readonly credentials: CredentialStore;
  readonly secrets: SecretKeeper;
  /** Asks the registry's `/v2/` how it wants to be asked. */
  ping(): Promise<readonly Challenge[]>;
}

/**
 * Answers a registry's challenges. The registry is asked once, before anything else, how it wants to be asked, so that no
 * request for a manifest is spent on a 401. Tokens are kept for each scope until they end.
 */
export function authorizer(options: AuthorizerOptions): Authorizer {
  const { host, actions, credentials, secrets, ping } = options;
  const find = async (repository: string, renew: boolean): Promise<Credentials | undefined> => {
    const found = await credentials.find(host, repository, { renew });
    if (found !== undefined) addCredentials(secrets, found);
    return found;
  };
  const tokens = tokenSource({ ...options, find });
  let pinging: Promise<Scheme | undefined> | undefined;
  const pinged = (): Promise<Scheme | undefined> => {
    // Kept also when it fails: thousands of requests are not to wait, one after the other, for a registry that is away.
    pinging ??= ping().then((challenges) => chooseScheme(challenges, options));
    return pinging;
  };
  /** What answers 401 have taught, which know better than the ping; by scope. */
  const learnt = new Map<string, Scheme>();

  /** The token server that a login was last kept from. */
  let kept: URL | undefined;

  const headerFor = async (scheme: Scheme | undefined, scope: Scope, used?: string): Promise<string | undefined> => {
    if (scheme?.kind === 'unsafe') throw unsafe(host, scope.repository, scheme);
    if (scheme?.kind === 'bearer') {
      if (!scheme.endpoint.mayLogIn) kept = scheme.endpoint.realm;
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
    async authorization(asked) {
      const scope = widened(asked, actions);
      return headerFor(learnt.get(scopeText(scope)) ?? (await pinged()), scope);
    },
    async renew(asked, challenges, used) {
      const scope = widened(asked, actions);
      const scheme = (await chooseScheme(challenges, options)) ?? (await pinged());
      const header = await headerFor(scheme, scope, used);
      if (scheme !== undefined) learnt.set(scopeText(scope), scheme);
      return header === used ? undefined : header;
    },
    async hint(repository) {
      const found = await find(repository, false);
      const login = `\`docker login ${host}\``;
      if (found !== undefined && kept !== undefined) return keptHint(host, kept);
      return found === undefined
        ? `No credentials for ${host} were found: log in with ${login}.`
        : `The credentials from ${found.from} were not enough: check what the account may do, or log in with ${login}.`;
    },
  };
}

function widened(scope: Scope, actions: 'pull' | 'pull,push'): Scope {
  return scope.actions === 'pull' ? { ...scope, actions } : scope;
}

function scopeText(scope: Scope): string {
  return scopeTexts(scope).join(' ');
}

function scopeTexts({ repository, actions, alsoPull }: Scope): string[] {
  const own = `repository:${repository}:${actions}`;
  return alsoPull === undefined ? [own] : [own, `repository:${alsoPull}:pull`];
}

function unsafe(host: string, repository: string, { realm, rule }: { realm: string; rule: string }): RegistryError {
  return new RegistryError({
    kind: 'unsafe-auth',
    request: { method: 'Token for', host, repository },
    summary: `the registry names a token server that credentials are not sent to: ${rule}.`,
    value: realm,
  });
}

/** A token to be had. `scopes` decide what it is good for. */
interface TokenWish {
  readonly endpoint: TokenEndpoint;
  readonly repository: string;
  readonly scopes: readonly string[];
}

interface TokenSourceOptions {
  readonly host: string;
  readonly clock: Clock;
  /** Credentials for a repository; `renew` looks again for those that may have expired. */
  find(repository: string, renew: boolean): Promise<Credentials | undefined>;
  /** Sends a request to the token server. */
  ask(request: HttpRequest, context: RequestContext): Promise<HttpAnswer>;
}

/** Gives tokens, each fetched once and kept until it ends or proves to be refused. */
interface TokenSource {
  /** `refused` is a token that the registry did not take: another is fetched. */
  token(wish: TokenWish, refused?: string): Promise<string>;
}

/** What to do about a login that is kept from a token server of another site. */
function keptHint(host: string, realm: URL): string {
  const kept = `The login for ${host} is not sent to its token server ${realm.host}`;
  return realm.protocol === 'https:'
    ? `${kept}, which is of another site: if it is yours or the registry's, say \`tokenServer: ${realm.host}\` next to \`registry\`.`
    : `${kept}, which speaks plain HTTP and is another host: let it speak HTTPS, and say \`tokenServer\` next to \`registry\`.`;
}

function tokenSource({ host, clock, find, ask }: TokenSourceOptions): TokenSource {
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

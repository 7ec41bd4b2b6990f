import { isRecord, parsedJson } from '../../core/json.ts';
import type { Clock } from '../../http/clock.ts';
import type { HttpRequest } from '../../http/exchange.ts';
import type { TokenEndpoint } from './challenge-choice.ts';
import type { Credentials } from './credential-types.ts';

/** A token; `expiresAt` is in milliseconds since the epoch. */
export interface Token {
  readonly value: string;
  readonly expiresAt: number;
}

const maxTokenBytes = 1024 * 1024;
/** The lifetime where a server names none or less (distribution's auth/token.md: at least 60 seconds). */
const shortestLifetime = 60;
/** A token is renewed so long before its end, in milliseconds, that it does not end on its way. */
const margin = 10_000;

/**
 * The request for a token: a GET with a password or anonymous (distribution's auth/token.md), or a POST with an identity
 * token (auth/oauth.md).
 */
export function tokenRequest(
  { realm, service }: TokenEndpoint,
  scopes: readonly string[],
  credentials: Credentials | undefined,
): HttpRequest {
  const parameters = new URLSearchParams(service === undefined ? [] : [['service', service]]);
  for (const scope of scopes) parameters.append('scope', scope);
  if (credentials?.kind === 'identity-token') return refreshRequest(realm, parameters, credentials.token);

  const url = new URL(realm);
  if (credentials !== undefined) parameters.set('account', credentials.username);
  for (const [name, value] of parameters) url.searchParams.append(name, value);
  const headers = credentials === undefined ? {} : { authorization: basicAuthorization(credentials) };
  return { method: 'GET', url, headers, maxBytes: maxTokenBytes };
}

function refreshRequest(url: URL, parameters: URLSearchParams, token: string): HttpRequest {
  parameters.set('grant_type', 'refresh_token');
  parameters.set('client_id', 'mirrorlock');
  parameters.set('refresh_token', token);
  return {
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: Buffer.from(parameters.toString()),
    maxBytes: maxTokenBytes,
  };
}

/** The `Authorization` header of the Basic scheme (RFC 7617), in UTF-8. */
export function basicAuthorization({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** Reads a token server's answer; `undefined` when there is no usable token in it. Never throws. */
export function parseToken(body: Uint8Array, clock: Clock): Token | undefined {
  const json = parsedJson(body);
  if (!isRecord(json)) return undefined;
  const value = json['token'] || json['access_token'];
  // What goes into a header: RFC 6750's b64token, and what else servers take for one, but no space or control character.
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value)) return undefined;
  const told = json['expires_in'];
  const seconds =
    typeof told === 'number' && Number.isFinite(told) ? Math.max(told, shortestLifetime) : shortestLifetime;
  return { value, expiresAt: clock.now() + seconds * 1_000 - margin };
}

import { cleanText } from '../../core/text.ts';
import { RegistryError } from '../errors.ts';
import type { Credentials } from './credential-types.ts';

const leftOut = '(left out, since it repeats a credential)';

/** Knows the secrets that were used, and keeps them out of what comes back from outside. */
export interface SecretKeeper {
  /** Remembers a password or token. */
  add(secret: string): void;
  addCredentials(credentials: Credentials): void;
  /** The same work; where a registry's words repeat a secret, its error comes without these words. */
  guard<A extends unknown[], R>(work: (...args: A) => Promise<R>): (...args: A) => Promise<R>;
}

export function secretKeeper(): SecretKeeper {
  const secrets = new Set<string>();

  const add = (secret: string): void => {
    if (secret === '') return;
    for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')]) {
      secrets.add(form.toLowerCase());
    }
  };
  const reveals = (text: string | undefined): boolean => {
    if (text === undefined) return false;
    // In any case, since a URL's host comes back in lower case.
    const forms = [text, cleanText(text, text.length)].map((form) => form.toLowerCase());
    return forms.some((form) => [...secrets].some((secret) => form.includes(secret)));
  };
  const safe = (text: string | undefined): string | undefined => (reveals(text) ? leftOut : text);

  const scrub = (error: unknown): unknown => {
    if (!(error instanceof RegistryError)) return error;
    const { said, value, cause, request } = error.details;
    if (![said, value, request.at, textOf(cause)].some(reveals)) return error;
    const at = request.at === undefined ? {} : { at: safe(request.at) ?? leftOut };
    return new RegistryError({
      ...error.details,
      request: { ...request, ...at },
      said: safe(said),
      value: safe(value),
      cause: undefined,
    });
  };

  return {
    add,
    addCredentials(credentials) {
      if (credentials.kind === 'identity-token') return add(credentials.token);
      add(credentials.password);
      add(`${credentials.username}:${credentials.password}`);
    },
    guard:
      (work) =>
      async (...args) => {
        try {
          return await work(...args);
        } catch (error) {
          throw scrub(error);
        }
      },
  };
}

function textOf(cause: unknown): string | undefined {
  return cause instanceof Error ? `${cause.message}\n${cause.stack ?? ''}` : undefined;
}

import { defined } from '../../core/defined.ts';
import type { SecretKeeper } from '../../core/secrets.ts';
import { placeParts, type WrittenPlace, withPlaceName } from '../../core/written-place.ts';
import { RegistryError, type RegistryErrorDetails } from '../errors.ts';
import type { Credentials } from './credential-types.ts';

/** Tells the keeper what credentials are secret. */
export function addCredentials(secrets: SecretKeeper, credentials: Credentials): void {
  if (credentials.kind === 'identity-token') {
    secrets.add(credentials.token);
    return;
  }
  secrets.add(credentials.password);
  secrets.add(`${credentials.username}:${credentials.password}`);
}

/**
 * The same work; where the words of a registry repeat a secret, its error comes without that secret, and a place that
 * mirrors.yaml writes with variables stands as it is written.
 */
export function guardedBy(
  secrets: SecretKeeper,
  place?: WrittenPlace,
): <A extends unknown[], R>(work: (...args: A) => Promise<R>) => (...args: A) => Promise<R> {
  return (work) =>
    async (...args) => {
      try {
        return await work(...args);
      } catch (error) {
        throw error instanceof RegistryError ? named(scrubbed(error, secrets), place) : error;
      }
    };
}

function scrubbed(error: RegistryError, { redact }: SecretKeeper): RegistryError {
  const { said, value, cause, request } = error.details;
  const safe = {
    ...(said === undefined ? {} : { said: redact(said) }),
    ...(value === undefined ? {} : { value: redact(value) }),
    request: request.at === undefined ? request : { ...request, at: redact(request.at) },
  } satisfies Partial<RegistryErrorDetails>;
  const told = textOf(cause);
  const isSafe = safe.said === said && safe.value === value && safe.request.at === request.at && redact(told) === told;
  return isSafe ? error : new RegistryError({ ...error.details, ...safe, cause: undefined });
}

function named(error: RegistryError, place: WrittenPlace | undefined): RegistryError {
  if (place?.written === undefined) return error;
  const { request, summary, value, said, hint } = error.details;
  const parts = placeParts(place);
  const { repository = '' } = request;
  const image = repository.startsWith(`${place.namespace}/`) ? repository.slice(place.namespace.length + 1) : undefined;
  const shown = (text: string) => withPlaceName(text, place);
  return new RegistryError({
    ...error.details,
    ...defined({
      summary: shown(summary),
      value: value && shown(value),
      said: said && shown(said),
      hint: hint && shown(hint),
    }),
    request: {
      ...request,
      host: parts.host,
      ...(image === undefined ? {} : { repository: [parts.namespace, image].filter(Boolean).join('/') }),
      ...(request.at === undefined ? {} : { at: shown(request.at) }),
    },
  });
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? `${cause.message}\n${cause.stack ?? ''}\n${textOf(cause.cause)}` : '';
}

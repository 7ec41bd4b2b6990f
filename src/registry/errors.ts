import { defined } from '../core/defined.ts';
import { ExitCode } from '../core/exit-code.ts';
import { UserError } from '../core/problem.ts';
import { cleanText } from '../core/text.ts';
import { hintFor } from './error-hints.ts';
import type { RegistryErrorKind, RequestContext } from './error-kinds.ts';

/** What a {@link RegistryError} is made of. `value` and `said` come from outside: they are cleaned here. */
export interface RegistryErrorDetails {
  readonly kind: RegistryErrorKind;
  readonly request: RequestContext;
  /** What happened, in our words. */
  readonly summary: string;
  /** The value seen. */
  readonly value?: string | undefined;
  /** The registry's own message. */
  readonly said?: string | undefined;
  readonly status?: number;
  /** How long the registry asks to wait. */
  readonly retryAfterMs?: number | undefined;
  /** Replaces the hint that the kind has. */
  readonly hint?: string | undefined;
  /** Whether it is the pull limit that was reached, and not how often one may ask. */
  readonly isPullLimit?: boolean;
  /** Whether it was tried again often enough, whatever the kind. */
  readonly final?: boolean;
  readonly cause?: unknown;
}

/** A registry did not answer as asked. The exit code is `failed`. */
export class RegistryError extends UserError {
  readonly kind: RegistryErrorKind;
  readonly details: RegistryErrorDetails;

  constructor(details: RegistryErrorDetails) {
    const hint = details.hint ?? hintFor(details.kind, details.request);
    super(
      [
        {
          code: `registry/${details.kind}`,
          severity: 'error',
          message: messageOf(details),
          ...(details.value === undefined ? {} : { value: cleanText(details.value) }),
          ...defined({ hint }),
        },
      ],
      { exitCode: ExitCode.failed, cause: details.cause },
    );
    this.name = 'RegistryError';
    this.kind = details.kind;
    this.details = details;
  }

  /** The status of the answer; absent when there was none. */
  get status(): number | undefined {
    return this.details.status;
  }

  get retryAfterMs(): number | undefined {
    return this.details.retryAfterMs;
  }
}

/** Whether no answer came: an error of the connection, of TLS, or of time. */
export function isOfConnection({ kind, status }: RegistryError): boolean {
  return status === undefined && (kind === 'network' || kind === 'timeout' || kind === 'tls');
}

/** A request in words, such as `HEAD registry.example.com/library/golang:1.27`. */
export function describeRequest({ method, host, repository, reference, at }: RequestContext): string {
  const separator = reference?.includes(':') ? '@' : ':';
  const path = repository === undefined ? '' : `/${repository}`;
  const name = reference === undefined ? '' : separator + reference;
  return `${method} ${host}${path}${name}${at === undefined ? '' : ` (at ${cleanText(at)})`}`;
}

/** How much of a registry's own words is kept, in characters. */
const longestSaid = 2_048;

function messageOf({ request, summary, said }: RegistryErrorDetails): string {
  const message = said === undefined ? '' : cleanText(said, longestSaid);
  return `${describeRequest(request)}: ${summary}${message === '' ? '' : ` The registry says: ${message}`}`;
}

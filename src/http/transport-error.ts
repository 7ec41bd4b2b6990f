import { errors } from 'undici';
import { DeadlineError } from './clock.ts';
import { RedirectError } from './redirect-error.ts';

type TransportErrorKind = 'network' | 'timeout' | 'tls' | 'too-large';

const timeoutCodes = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
]);

/** OpenSSL's names of what is wrong with a certificate (Node's tls documentation, "X509 certificate error codes"). */
const certificateCode =
  /^(?:UNABLE_TO_|CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|ERROR_IN_|INVALID_|PATH_LENGTH_|HOSTNAME_MISMATCH|ERR_TLS_|ERR_SSL_|EPROTO$)/;

/** No whole answer came. `reason` tells why, in the words of Node or of TLS. */
export class TransportError extends Error {
  readonly kind: TransportErrorKind;
  readonly reason: string;

  constructor(kind: TransportErrorKind, reason: string, cause?: unknown) {
    super(reason, { cause });
    this.kind = kind;
    this.reason = reason;
  }

  /** Any failure of undici or of the connection below it. A bug, such as a wrong argument, is thrown as it is. */
  static from(error: unknown): TransportError {
    if (error instanceof TransportError) return error;
    // A name that leads where the registry may not lead: see `boundaryOf`.
    if (error instanceof RedirectError) throw error;
    if (error instanceof DeadlineError) return new TransportError('timeout', error.message, error);
    if (error instanceof errors.InvalidArgumentError || !(error instanceof Error)) throw error;
    const code = codeOf(error);
    // undici's parser does not always give a code to what is no HTTP.
    if (error instanceof errors.HTTPParserError) return new TransportError('network', reasonOf(error), error);
    if (code === undefined) throw error;
    if (timeoutCodes.has(code)) return new TransportError('timeout', reasonOf(error), error);
    return new TransportError(certificateCode.test(code) ? 'tls' : 'network', reasonOf(error), error);
  }
}

/** The code of a failure, or of what it was caused by. */
export function codeOf(error: Error): string | undefined {
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return codeOf(error.errors[0]);
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.cause instanceof Error ? codeOf(error.cause) : undefined;
}

function reasonOf(error: Error): string {
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return reasonOf(error.errors[0]);
  return error.message === '' ? (codeOf(error) ?? 'unknown error') : error.message;
}

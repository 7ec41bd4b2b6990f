import type { TransportError } from '../http/transport-error.ts';
import { ForgeError, type ForgeErrorKind } from './errors.ts';

const readings: Readonly<Record<TransportError['kind'], readonly [ForgeErrorKind, string]>> = {
  network: ['network', 'there is no connection, or it broke.'],
  tls: ['network', 'TLS does not trust this connection.'],
  timeout: ['timeout', 'there was no answer in time.'],
  'too-large': ['bad-answer', 'the answer is too large.'],
};

/** The error for a request without a whole answer. */
export function transportFailure({ kind, reason }: TransportError, request: string): ForgeError {
  const [forgeKind, summary] = readings[kind];
  return new ForgeError({ kind: forgeKind, request, summary, value: reason });
}

/** The error for work that a signal ended. */
export function interrupted(request: string): ForgeError {
  return new ForgeError({ kind: 'interrupted', request, summary: 'interrupted.' });
}

import { ExitCode } from '../core/exit-code.ts';
import { UserError } from '../core/problem.ts';
import { cleanText } from '../core/text.ts';
import { type ForgeErrorKind, hints, interruptedKind } from './error-kinds.ts';

export interface ForgeErrorDetails {
  readonly kind: ForgeErrorKind;
  /** What was asked for, such as `POST /repos/acme/mirror/pulls`. */
  readonly request: string;
  /** What happened, in our words. */
  readonly summary: string;
  /** The forge's own words. */
  readonly said?: string | undefined;
  /** The value seen. */
  readonly value?: string | undefined;
  /** Replaces the hint of the kind. */
  readonly hint?: string | undefined;
  readonly status?: number | undefined;
  /** The rights of which one set is missing, such as `pull requests: write`. */
  readonly rights?: readonly string[];
  /** How long the forge asks to wait, in seconds. */
  readonly retryAfterSeconds?: number | undefined;
}

/**
 * A forge, or git on the way to it, did not do what was asked. The exit code is `failed`. What the clients throw is never
 * its cause, since that holds the request, and with GitLab's the token.
 */
export class ForgeError extends UserError {
  readonly kind: ForgeErrorKind;
  readonly details: ForgeErrorDetails;

  constructor(details: ForgeErrorDetails, bug?: TypeError) {
    const hint = details.hint ?? hints[details.kind];
    const problem = {
      code: `forge/${details.kind}`,
      severity: 'error' as const,
      message: messageOf(details),
      ...(details.value === undefined ? {} : { value: cleanText(details.value) }),
      ...(hint === undefined ? {} : { hint }),
    };
    const exitCode = details.kind === interruptedKind ? ExitCode.interrupted : ExitCode.failed;
    super([problem], { exitCode, cause: bug });
    this.name = 'ForgeError';
    this.kind = details.kind;
    this.details = details;
  }
}

/** Whether an error is a ForgeError of one of these kinds. */
export function isForgeError(error: unknown, ...kinds: readonly ForgeErrorKind[]): error is ForgeError {
  return error instanceof ForgeError && kinds.includes(error.kind);
}

function messageOf({ request, summary, said }: ForgeErrorDetails): string {
  const words = said === undefined ? '' : cleanText(said);
  return `${cleanText(request)}: ${summary}${words === '' ? '' : ` The forge says: ${words}`}`;
}

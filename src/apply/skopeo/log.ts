import type { Digest } from '../../core/names.ts';
import type { Problem } from '../../core/problem.ts';

const maxMessage = 500;

/** One line of skopeo's log (logrus, text format). */
export interface LogLine {
  readonly level: string;
  readonly message: string;
}

/** Reads a line such as `time="…" level=debug msg="GET https://…"`; `undefined` for any other. */
export function parseLogLine(line: string): LogLine | undefined {
  const [, level, quoted, bare] = /\blevel=(\w+) msg=(?:("(?:[^"\\]|\\.)*")|(\S*))/.exec(line) ?? [];
  if (level === undefined) return undefined;
  return { level, message: quoted === undefined ? (bare ?? '') : unquote(quoted) };
}

/** Whether a debug message tells of a GET of a manifest (containers/image, docker/docker_client.go). */
export function isManifestGet({ level, message }: LogLine, sourceHosts: ReadonlySet<string>): boolean {
  const [, host] = level === 'debug' ? (/^GET https?:\/\/([^/]+)\/v2\/\S+\/manifests\//.exec(message) ?? []) : [];
  return host !== undefined && sourceHosts.has(host);
}

/** Whether the line tells of a failure. */
export function isFailure({ level }: LogLine): boolean {
  return level === 'error' || level === 'fatal';
}

/** The causes that skopeo's messages tell apart; the first that matches counts. */
const causes: readonly { code: string; pattern: RegExp; message: string; hint?: string }[] = [
  {
    code: 'skopeo/rate-limited',
    pattern: /toomanyrequests|too many requests|\b429\b/i,
    message: 'The registry refused for its rate or pull limit (429).',
    hint: 'Run again when the limit allows; what was copied stays.',
  },
  {
    code: 'skopeo/digest-mismatch',
    pattern:
      /digest (?:mismatch|did not match|of .* does not match)|does not match (?:the )?(?:expected|manifest)? ?digest|digest .* (?:doesn't|does not) match/i,
    message: 'What the source sent does not have the digest that was asked for.',
  },
  {
    code: 'skopeo/no-space',
    pattern: /no space left|insufficient storage|\b507\b/i,
    message: 'There is no space left.',
    hint: 'Make room at the destination (or in the folder for temporary files).',
  },
  {
    code: 'skopeo/unauthorized',
    pattern: /unauthorized|authentication required|invalid username\/password|\b401\b/i,
    message: 'The registry wants other credentials (401).',
    hint: 'Log in with `skopeo login REGISTRY`.',
  },
  {
    code: 'skopeo/denied',
    pattern: /denied|forbidden|\b403\b/i,
    message: 'The registry denied access (403).',
    hint: 'Check what the credentials in use may do.',
  },
  {
    code: 'skopeo/tls',
    pattern: /x509|tls: |certificate|server gave HTTP response to HTTPS client/i,
    message: 'The TLS connection to a registry failed.',
    hint: 'For a registry without TLS say `insecure: true`.',
  },
  {
    code: 'skopeo/not-found',
    pattern: /manifest unknown|name unknown|blob unknown|not found|\b404\b/i,
    message: 'The source does not have the manifest or one of its blobs.',
  },
  {
    code: 'skopeo/policy',
    pattern: /policy\.json|no policy/i,
    message: 'skopeo has no trust policy.',
    hint: 'See containers-policy.json(5); Debian puts one at /etc/containers/policy.json.',
  },
  {
    code: 'skopeo/network',
    pattern: /connection (?:refused|reset)|EOF|timeout|no such host|broken pipe/i,
    message: 'The connection to a registry failed.',
  },
];

/** Turns a failure message of skopeo into a problem; one that is not known keeps skopeo's own words. */
export function skopeoProblem(text: string): Problem {
  const value = text.replace(/\p{Cc}+/gu, ' ').slice(0, maxMessage);
  const known = causes.find(({ pattern }) => pattern.test(text));
  if (known === undefined)
    return { code: 'skopeo/failed', severity: 'error', message: 'skopeo could not copy.', value };
  const { code, message, hint } = known;
  return { code, severity: 'error', message, value, ...(hint === undefined ? {} : { hint }) };
}

/** The digests that a message names. */
export function digestsIn(text: string): Digest[] {
  return (text.match(/sha256:[0-9a-f]{64}/g) ?? []) as Digest[];
}

function unquote(quoted: string): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    // Go quotes some characters as JSON does not (\x1b); what is between the quotes will do.
    return quoted.slice(1, -1);
  }
}

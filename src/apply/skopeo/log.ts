import { defined } from '../../core/defined.ts';
import { type Digest, isDigest } from '../../core/names.ts';
import type { Problem } from '../../core/problem.ts';

/** Reads the log of one skopeo, line by line. */
interface SkopeoLog {
  read(line: string): void;
  /**
   * Why an item failed, if it did: the words about it, else those about nothing that is known.
   *
   * @param ending how the process failed, when it did
   */
  reasonFor(digest: Digest, ending: string | undefined): Problem | undefined;
}

export function readSkopeoLog(): SkopeoLog {
  const reasons = new Map<Digest, Problem>();
  let general: Problem | undefined;
  let lastWords = '';

  const readFailure = (line: LogLine) => {
    // The last line of a run that kept going says only that something failed before.
    if (/^(?:Sync f|F)ailed due to previous reported error/.test(line.message)) return;
    const digest = failedDigest(line);
    const words = digest === undefined && line.error ? `${line.message}: ${line.error}` : (line.error ?? line.message);
    if (digest === undefined) general ??= skopeoProblem(words);
    else reasons.set(digest, skopeoProblem(words));
  };

  return {
    read(text) {
      const line = parseLogLine(text);
      if (line === undefined) lastWords = text.trim() === '' ? lastWords : text;
      else if (line.level === 'error' || line.level === 'fatal') readFailure(line);
    },
    reasonFor(digest, ending) {
      const own = reasons.get(digest) ?? general;
      if (own !== undefined || ending === undefined || reasons.size > 0) return own;
      return skopeoProblem(lastWords === '' ? ending : `${ending}: ${lastWords}`);
    },
  };
}

/** The digest of the image that a line says was not copied (skopeo, cmd/skopeo/sync.go, "Error copying ref"). */
function failedDigest({ message }: LogLine): Digest | undefined {
  const [, digest = ''] = /^Error copying (?:ref|tag) "[^"]*@(sha256:[0-9a-f]{64})"/.exec(message) ?? [];
  return isDigest(digest) ? digest : undefined;
}

/** One line of skopeo's log (logrus, text format). */
interface LogLine {
  readonly level: string;
  readonly message: string;
  /** The field in which logrus puts the error that a message is about. */
  readonly error?: string;
}

const field = /\b(\w+)=(?:"((?:[^"\\]|\\.)*)"|(\S*))/g;

/** Reads a line such as `time="…" level=debug msg="GET https://…"`; `undefined` for any other. */
function parseLogLine(line: string): LogLine | undefined {
  const fields = new Map<string, string>();
  for (const [, name = '', quoted, bare = ''] of line.matchAll(field)) {
    if (!fields.has(name)) fields.set(name, quoted === undefined ? bare : unquote(quoted));
  }
  const [level, message, error] = ['level', 'msg', 'error'].map((name) => fields.get(name));
  if (level === undefined || message === undefined) return undefined;
  return { level, message, ...defined({ error }) };
}

const simple: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v' };

/** Text that Go's strconv.Quote has quoted, without its quotes. */
function unquote(quoted: string): string {
  return quoted.replace(
    /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))/g,
    (whole, hex2?: string, hex4?: string, hex8?: string, letter?: string) => {
      if (letter !== undefined) return simple[letter] ?? letter;
      const code = Number.parseInt(hex2 ?? hex4 ?? hex8 ?? '', 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}

/** How much of skopeo's words is kept (characters). */
const longestReason = 2_048;

/** What skopeo's words tell apart; the first that matches counts, else `skopeo/failed`. */
const byWords: readonly (readonly [RegExp, Omit<Problem, 'severity' | 'value'>])[] = [
  [
    /toomanyrequests|too many requests/i,
    {
      code: 'skopeo/rate-limited',
      message: 'A registry refused skopeo for its rate or pull limit (429).',
      hint: 'Run again when the limit allows: it continues.',
    },
  ],
  [
    /trust policy|rejected by policy|image rejected|signature was required|registry \S+ is blocked/i,
    {
      code: 'skopeo/policy',
      message: 'The policy.json or registries.conf of this machine does not let skopeo copy.',
      hint: 'See containers-policy.json(5) and containers-registries.conf(5); skopeo needs a policy.json, such as /etc/containers/policy.json.',
    },
  ],
];

const failed = { code: 'skopeo/failed', message: 'skopeo could not copy.' };

/** A problem with skopeo's own words as its value. */
export function skopeoProblem(words: string): Problem {
  const [, known] = byWords.find(([pattern]) => pattern.test(words)) ?? [];
  const safe = withoutSecrets(words);
  const value = safe.length > longestReason ? `${safe.slice(0, longestReason)}…` : safe;
  return { ...(known ?? failed), severity: 'error', value };
}

/**
 * Words without what stands behind the `?` of addresses, users and passwords before their `@`, and logins and tokens of
 * headers: signatures of a registry's storage and the state of uploads are secrets for as long as they are valid. A quote
 * that is escaped (`\"`) ends an address.
 */
export function withoutSecrets(words: string): string {
  return words
    .replace(
      /\b(https?:\/\/)(?:[^\s"\\/@]*@)?([^\s"\\?]*)(\?[^\s"\\]*)?/gi,
      (_, scheme: string, address: string, query?: string) => `${scheme}${address}${query === undefined ? '' : '?…'}`,
    )
    .replace(/\b(basic|bearer)\s+[\w.~+/-]{8,}=*/gi, '$1 …');
}

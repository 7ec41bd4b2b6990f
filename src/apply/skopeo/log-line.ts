/** One line of skopeo's log (logrus, text format). */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  /** The field in which logrus puts the error that a message is about. */
  readonly error?: string;
}

const field = /\b(\w+)=(?:"((?:[^"\\]|\\.)*)"|(\S*))/g;

/** Reads a line such as `time="…" level=debug msg="GET https://…"`; `undefined` for any other. */
export function parseLogLine(line: string): LogLine | undefined {
  const fields = new Map<string, string>();
  for (const [, name = '', quoted, bare = ''] of line.matchAll(field)) {
    if (!fields.has(name)) fields.set(name, quoted === undefined ? bare : unquote(quoted));
  }
  const [level, message, error] = ['level', 'msg', 'error'].map((name) => fields.get(name));
  if (level === undefined || message === undefined) return undefined;
  return { level, message, ...(error === undefined ? {} : { error }) };
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

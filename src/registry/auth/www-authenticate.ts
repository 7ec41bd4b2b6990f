/** One challenge of a `WWW-Authenticate` header; the scheme and the names of parameters are in lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const quoted = String.raw`"(?:[^"\\]|\\.)*"`;
const parameterPattern = new RegExp(String.raw`[\s,]*(${token})\s*=\s*(${quoted}|${token})`, 'ys');
const schemePattern = new RegExp(String.raw`[\s,]*(${token})(?=\s|,|$)`, 'y');
/** A `token68`, which some schemes carry in place of parameters (RFC 9110, 11.2). */
const token68Pattern = /\s+[A-Za-z0-9._~+/-]+=*(?=\s*(?:,|$))/y;

/** More than any registry sends; what is longer is not read. */
const longestHeader = 16_384;

/**
 * Reads a `WWW-Authenticate` header (RFC 9110, section 11.6.1), which may carry several challenges. Reading stops at the
 * first thing that is not a challenge. Never throws.
 */
export function parseChallenges(text: string | undefined): Challenge[] {
  const header = (text ?? '').slice(0, longestHeader);
  const challenges: Challenge[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(header);
    if (found !== null) at = pattern.lastIndex;
    return found;
  };
  for (;;) {
    const scheme = match(schemePattern)?.[1];
    if (scheme === undefined) return challenges;
    const parameters = new Map<string, string>();
    challenges.push({ scheme: scheme.toLowerCase(), parameters });
    for (let found = match(parameterPattern); found !== null; found = match(parameterPattern)) {
      const [, name = '', value = ''] = found;
      if (!parameters.has(name.toLowerCase())) parameters.set(name.toLowerCase(), unquoted(value));
    }
    if (parameters.size === 0) match(token68Pattern);
  }
}

function unquoted(value: string): string {
  return value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/gs, '$1') : value;
}

/** How variables are written where they are expanded. */
export interface ExpandOptions {
  /** The value of a variable; `undefined` where it has none. */
  readonly lookup: (name: string) => string | undefined;
  /** What stands before a `$` that is meant as itself. */
  readonly escape: '\\' | '`' | '$';
}

/** The text, or the variable without a value that keeps it from being known. */
export type Expanded = { readonly text: string } | { readonly missing: string };

const deepest = 16;
const namePattern = /^[A-Za-z_][A-Za-z0-9_]*/;
const operatorPattern = /^(:?[-+?]|##?|%%?|\/\/?)/;

/**
 * Expands `$NAME`, `${NAME}`, `${NAME:-word}`, `${NAME:+word}`, `${NAME:?message}` and the forms without `:`, and those that cut
 * or replace (`#`, `%`, `/`), as Dockerfiles and compose files have them.
 */
export function expandVariables(text: string, options: ExpandOptions, depth = 0): Expanded {
  if (depth > deepest) return { missing: text.slice(0, 40) };
  let result = '';
  for (let at = 0; at < text.length; ) {
    const rest = text.slice(at);
    if (rest.startsWith(`${options.escape}$`)) {
      result += '$';
      at += 2;
      continue;
    }
    const found = rest.startsWith('$') ? readVariable(rest) : undefined;
    if (found === undefined) {
      result += rest[0];
      at += 1;
      continue;
    }
    const value = variableValue(found, options, depth);
    if (typeof value !== 'string') return value;
    result += value;
    at += found.length;
  }
  return { text: result };
}

interface Variable {
  readonly name: string;
  readonly operator: string;
  readonly word: string;
  /** Of all of it, in characters. */
  readonly length: number;
}

/** Reads the variable at the beginning of a text; `undefined` where none begins there. */
function readVariable(text: string): Variable | undefined {
  const plain = namePattern.exec(text.slice(1))?.[0];
  if (plain !== undefined) return { name: plain, operator: '', word: '', length: plain.length + 1 };
  const name = text.startsWith('${') ? namePattern.exec(text.slice(2))?.[0] : undefined;
  if (name === undefined) return undefined;
  const start = name.length + 2;
  const end = closingBrace(text, start);
  if (end === undefined) return undefined;
  const inner = text.slice(start, end);
  const operator = operatorPattern.exec(inner)?.[0] ?? '';
  if (operator === '' && inner !== '') return undefined;
  return { name, operator, word: inner.slice(operator.length), length: end + 1 };
}

function closingBrace(text: string, from: number): number | undefined {
  let open = 1;
  for (let at = from; at < text.length; at += 1) {
    if (text.startsWith('${', at)) open += 1;
    if (text[at] === '}') open -= 1;
    if (open === 0) return at;
  }
  return undefined;
}

function variableValue(
  variable: Variable,
  options: ExpandOptions,
  depth: number,
): string | { readonly missing: string } {
  const { name, operator, word } = variable;
  const value = options.lookup(name);
  const isSet = operator.startsWith(':') ? value !== undefined && value !== '' : value !== undefined;
  const expandedWord = () => {
    const expanded = expandVariables(word, options, depth + 1);
    return 'text' in expanded ? expanded.text : expanded;
  };
  switch (operator.replace(':', '')) {
    case '-':
      return isSet ? (value ?? '') : expandedWord();
    case '+':
      return isSet ? expandedWord() : '';
    case '':
    case '?':
      return isSet ? (value ?? '') : { missing: name };
    default:
      return value === undefined ? { missing: name } : (cut(value, operator, word) ?? { missing: name });
  }
}

const mostWildcards = 3;
const longestCut = 512;

/** `${NAME%word}` and its like: `undefined` where the pattern is more than an image's name needs. */
function cut(value: string, operator: string, word: string): string | undefined {
  const [pattern = '', replacement = ''] = operator.startsWith('/') ? splitAtSlash(word) : [word];
  if (pattern.split('*').length - 1 > mostWildcards || value.length > longestCut) return undefined;
  const isGreedy = operator === '##' || operator === '%%' || operator.startsWith('/');
  const source = [...pattern]
    .map((character) => {
      if (character === '*') return isGreedy ? '.*' : '.*?';
      return character === '?' ? '.' : character.replace(/[\\^$.|+()[\]{}/]/g, '\\$&');
    })
    .join('');
  switch (operator) {
    case '#':
    case '##':
      return value.replace(new RegExp(`^${source}`, 's'), '');
    case '%':
    case '%%':
      return cutEnd(value, new RegExp(`^${source}$`, 's'), operator === '%%');
    case '/':
      return value.replace(new RegExp(source, 's'), () => replacement);
    default:
      return value.replace(new RegExp(source, 'gs'), () => replacement);
  }
}

/** Takes the shortest, or the longest, end that fits. */
function cutEnd(value: string, pattern: RegExp, isLongest: boolean): string {
  const starts = [...value].map((_, index) => index);
  for (const start of isLongest ? starts : starts.reverse()) {
    if (pattern.test(value.slice(start))) return value.slice(0, start);
  }
  return value;
}

function splitAtSlash(word: string): [string, string] {
  const slash = word.indexOf('/');
  return slash === -1 ? [word, ''] : [word.slice(0, slash), word.slice(slash + 1)];
}

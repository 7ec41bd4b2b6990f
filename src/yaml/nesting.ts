import { CST, Lexer } from 'yaml';
import type { Fault, Findings } from './findings.ts';
import type { SourceText } from './source-text.ts';
import { unclosedBracket, unclosedQuote } from './words.ts';

/** mirrors.yaml needs four. */
const deepestFlow = 16;
/** A block collection begins right of the one that it lies in, so that a column bounds how deep it lies. */
const rightmostBlock = 100;

/**
 * Refuses what the YAML parser must not be given: collections that lie so deep in one another, or keys so odd
 * (`? [a, b]`), that it takes minutes or all of the stack. (Measured with yaml 2.9: `? ` 2,000 times takes four minutes,
 * `- ` 200,000 times ends the process.) And what the parser tells too late, at the end of the file: brackets and quotes
 * without an end are told where they begin.
 */
export function checkNesting(source: SourceText, findings: Findings): void {
  const refused = firstRefused(source);
  if (refused !== undefined) findings.error(source.place(refused.offset), refused.fault);
}

interface Refusal {
  readonly offset: number;
  readonly fault: Fault;
}

function firstRefused(source: SourceText): Refusal | undefined {
  /** Where the brackets begin that are open. */
  const open: number[] = [];
  let key: number | undefined;
  for (const token of tokens(source.text)) {
    const { type, offset } = token;
    if (type === 'flow-error-end') break;
    if (type === 'flow-map-start' || type === 'flow-seq-start') open.push(offset);
    if (type === 'flow-map-end' || type === 'flow-seq-end') open.pop();
    const refused = refusedToken(token, open.length, type === 'map-value-ind' ? key : undefined, source);
    if (refused !== undefined) return refused;
    key = nextKey(token, key);
  }
  const unclosed = open.at(-1);
  return unclosed === undefined ? undefined : { offset: unclosed, fault: unclosedBracket };
}

/** Why a token is refused. `depth` counts the brackets around it, and `key` is where the key before a `:` begins. */
function refusedToken(
  { type, text, offset }: Token,
  depth: number,
  key: number | undefined,
  source: SourceText,
): Refusal | undefined {
  const start = key ?? offset;
  const isBlock = depth === 0 && (type === 'map-value-ind' || type === 'seq-item-ind');
  const isTooFarRight = isBlock && (source.place(start).column ?? 1) > rightmostBlock;
  if (type === 'explicit-key-ind') return { offset, fault: explicitKey };
  if (depth > deepestFlow || isTooFarRight) return { offset: start, fault: tooDeep };
  const isQuoted = type === 'double-quoted-scalar' || type === 'single-quoted-scalar';
  return isQuoted && (text.length === 1 || text.at(-1) !== text[0]) ? { offset, fault: unclosedQuote } : undefined;
}

/** Where the key begins that the next `:` may end. */
function nextKey({ type, offset }: Token, key: number | undefined): number | undefined {
  if (type === 'newline' || type === 'map-value-ind') return undefined;
  return type?.endsWith('scalar') || type === 'alias' ? offset : key;
}

const explicitKey: Fault = {
  code: 'yaml-key',
  message: 'A key is plain text before a `:`; the `?` of YAML for other keys is not read.',
  hint: 'Put text that begins with `?` in quotes.',
};

const tooDeep: Fault = {
  code: 'yaml-nesting',
  message: `Lists and mappings may be nested at most ${deepestFlow} deep, and must begin before column ${rightmostBlock}.`,
};

/** A token of YAML: what it is, how it is written, and at which offset it begins. */
interface Token {
  readonly type: ReturnType<typeof CST.tokenType>;
  readonly text: string;
  readonly offset: number;
}

/** Marks of the lexer that are no text of the file. */
const zeroWidth: readonly string[] = [CST.DOCUMENT, CST.FLOW_END];

/** The tokens of a text, in linear time. A plain or block scalar is one, of type `scalar`. */
function* tokens(text: string): Generator<Token> {
  let offset = 0;
  let isScalarText = false;
  for (const token of new Lexer().lex(text)) {
    if (token === CST.SCALAR && !isScalarText) {
      isScalarText = true;
      continue;
    }
    yield { type: isScalarText ? 'scalar' : CST.tokenType(token), text: token, offset };
    if (isScalarText || !zeroWidth.includes(token)) offset += token.length;
    isScalarText = false;
  }
}

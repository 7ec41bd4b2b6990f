import { CST, Lexer } from 'yaml';
import type { Fault, Findings } from './findings.ts';
import type { SourceText } from './source-text.ts';

/** mirrors.yaml needs four. */
const deepestFlow = 16;
/** A block collection begins right of the one that it lies in, so that a column bounds how deep it lies. */
const rightmostBlock = 100;

/**
 * Refuses what the YAML parser must not be given: collections that lie so deep in one another, or keys so odd
 * (`? [a, b]`), that it takes minutes or all of the stack. (Measured with yaml 2.9: `? ` 2,000 times takes four minutes,
 * `- ` 200,000 times ends the process.) Reads lexical tokens alone, in linear time.
 */
export function checkNesting(source: SourceText, findings: Findings): void {
  const refused = firstRefused(source);
  if (refused !== undefined) findings.error(source.place(refused.offset), refused.fault);
}

function firstRefused(source: SourceText): { offset: number; fault: Fault } | undefined {
  let flow = 0;
  let key: number | undefined;
  const isTooFarRight = (offset: number) => flow === 0 && (source.place(offset).column ?? 1) > rightmostBlock;

  for (const { type, offset } of tokens(source.text)) {
    if (type === 'explicit-key-ind') return { offset, fault: explicitKey };
    if (type === 'flow-map-start' || type === 'flow-seq-start') flow += 1;
    if (type === 'flow-map-end' || type === 'flow-seq-end') flow = Math.max(0, flow - 1);
    const start = type === 'map-value-ind' ? (key ?? offset) : offset;
    const isBlock = type === 'map-value-ind' || type === 'seq-item-ind';
    if (flow > deepestFlow || (isBlock && isTooFarRight(start))) return { offset: start, fault: tooDeep };
    key = nextKey(type, offset, key);
  }
  return undefined;
}

/** Where the key begins that the next `:` may end. */
function nextKey(type: TokenType, offset: number, key: number | undefined): number | undefined {
  if (type === 'newline' || type === 'map-value-ind') return undefined;
  return type?.endsWith('scalar') || type === 'alias' ? offset : key;
}

type TokenType = ReturnType<typeof CST.tokenType>;

/** These mark something, and are no text of the file. */
const zeroWidth: readonly string[] = [CST.DOCUMENT, CST.FLOW_END];

/** The tokens of a text and where each begins. A plain or block scalar is one token, behind a mark that it is one. */
function* tokens(text: string): Generator<{ type: TokenType; offset: number }> {
  let offset = 0;
  let isScalarText = false;
  for (const token of new Lexer().lex(text)) {
    if (isScalarText) {
      yield { type: 'scalar', offset };
      offset += token.length;
      isScalarText = false;
    } else if (token === CST.SCALAR) {
      isScalarText = true;
    } else if (!zeroWidth.includes(token)) {
      yield { type: CST.tokenType(token), offset };
      offset += token.length;
    }
  }
}

const explicitKey: Fault = {
  code: 'yaml-key',
  message: 'A key is plain text before a `:`; the `?` of YAML for other keys is not read.',
  hint: 'Put text that begins with `?` in quotes.',
};

const tooDeep: Fault = {
  code: 'yaml-nesting',
  message: `Lists and mappings lie at most ${deepestFlow} deep in one another, and begin before column ${rightmostBlock}.`,
};

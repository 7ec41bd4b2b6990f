import { CST, Lexer } from 'yaml';

/** A token of YAML: what it is, how it is written, and at which offset it begins. */
export interface Token {
  readonly type: ReturnType<typeof CST.tokenType>;
  readonly text: string;
  readonly offset: number;
}

/** Marks of the lexer that are no text of the file. */
const zeroWidth: readonly string[] = [CST.DOCUMENT, CST.FLOW_END];

/** The tokens of a text, in linear time. A plain or block scalar is one, of type `scalar`. */
export function* tokens(text: string): Generator<Token> {
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

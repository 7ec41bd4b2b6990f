import type { ErrorCode, YAMLError } from 'yaml';
import { defined } from '../core/defined.ts';
import type { Fault } from './findings.ts';

const syntax = (message: string, hint?: string): Fault => ({
  code: 'yaml-syntax',
  message,
  ...defined({ hint }),
});

const anchor: Fault = {
  code: 'yaml-alias',
  message: 'A value has at most one anchor (`&name`), and an alias cannot have one.',
};
const compact = syntax(
  'Write one `key: value` on a line, and begin a list on the line after its key.',
  'Put text that holds `: ` in quotes.',
);
const key: Fault = { code: 'yaml-key', message: 'A key is plain text on one line, with `: ` behind it.' };
const tag: Fault = {
  code: 'yaml-tag',
  message: "Tags of YAML, such as `!name`, are not read, but for those of YAML's own simple types.",
  hint: 'Put text that begins with `!` in quotes.',
};

/** A directive, such as `%YAML 1.1`, which would change what the rest means. */
export const directive: Fault = {
  code: 'yaml-directive',
  message: 'mirrors.yaml is YAML 1.2 without directives (`%…`).',
  hint: 'Leave the line out.',
};

/** Nesting that the parser gave up on. */
const tooDeep: Fault = { code: 'yaml-nesting', message: 'Lists and mappings are nested too deep.' };

/** What each error of the YAML parser says to someone who writes mirrors.yaml. */
const wordsByCode: Readonly<Partial<Record<ErrorCode, Fault>>> = {
  ALIAS_PROPS: anchor,
  BAD_ALIAS: {
    code: 'yaml-alias',
    message: 'Outside of quotes, `*` begins an alias and `&` an anchor; a name must follow.',
    hint: 'Put a pattern in quotes: `"*"`.',
  },
  BAD_COLLECTION_TYPE: tag,
  BAD_DIRECTIVE: directive,
  BAD_DQ_ESCAPE: syntax(
    'In double quotes `\\` begins an escape; this one is not valid.',
    'In single quotes `\\` is nothing special.',
  ),
  BAD_PROP_ORDER: anchor,
  BAD_SCALAR_START: syntax('Text that begins with `@`, `%`, `,` or a backquote must be in quotes.'),
  BLOCK_AS_IMPLICIT_KEY: compact,
  BLOCK_IN_FLOW: compact,
  KEY_OVER_1024_CHARS: key,
  MULTILINE_IMPLICIT_KEY: key,
  MULTIPLE_ANCHORS: anchor,
  MULTIPLE_DOCS: {
    code: 'yaml-documents',
    message: 'mirrors.yaml is one YAML document; `---` begins another.',
    hint: 'Keep one of them.',
  },
  MULTIPLE_TAGS: tag,
  NON_STRING_KEY: { ...key, hint: 'Put text that begins with `{` or `[` in quotes.' },
  RESOURCE_EXHAUSTION: tooDeep,
  TAB_AS_INDENT: syntax('Lines are indented by spaces, never by tabs.'),
  TAG_RESOLVE_FAILED: tag,
};

/** A quote without its end. */
export const unclosedQuote = syntax('The closing quote is missing.');

/** A bracket without its end. */
export const unclosedBracket = syntax(
  'A `[` or `{` is not closed, or its lines are not indented.',
  'Put text that begins with `[` or `{` in quotes.',
);

/** What the parser gives one code, and people tell apart. The first that fits counts. */
const wordsByMessage: readonly (readonly [RegExp, Fault])[] = [
  [/^Missing closing/, unclosedQuote],
  [/end with a [\]}]/, unclosedBracket],
  [/followed by map values/, syntax('A key must be followed by `: ` and a value.')],
  [/^Missing ,/, syntax('A `,` is missing between two values in brackets.')],
  [/at the same column/, syntax('Items of one list or mapping must begin in the same column.')],
];

/** An error of the YAML parser in the words of this project. */
export function yamlFault({ code, message }: YAMLError): Fault {
  const [, fault] = wordsByMessage.find(([pattern]) => pattern.test(message)) ?? [];
  return fault ?? wordsByCode[code] ?? syntax('Not valid YAML.');
}

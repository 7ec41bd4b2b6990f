// Handlebars templates of this project → templates of Helm, so that both make the same of the same values.
import Handlebars from 'handlebars';

type Node = hbs.AST.Node;

/** A piece of a template of Go. */
type Token =
  | { readonly kind: 'text'; readonly text: string }
  /** An action that writes a value. */
  | { readonly kind: 'value'; readonly text: string }
  /** An action that writes nothing: `if`, `range`, `else`, `end`. */
  | { readonly kind: 'control'; readonly text: string; readonly opens: boolean; readonly closes: boolean };

/** What a name stands for: a part of the view, or a value that is known when the chart is made. */
type Bound = { readonly path: string } | { readonly value: string | boolean };

export interface GoTemplateOptions {
  /** The text of each partial by its name. */
  readonly partials: Readonly<Record<string, string>>;
  /** A view with every name that the chart gives; what is a list there is a list in the chart. */
  readonly view: object;
}

/** Where a statement stands: what partials were given, and how many loops are around it. */
interface Scope {
  readonly given: ReadonlyMap<string, Bound>;
  readonly loops: number;
}

/**
 * What a template of Handlebars is as a template of Go, whose variable `$view` is the view.
 *
 * @throws Error for what it does not translate
 */
export function goTemplate(source: string, options: GoTemplateOptions): string {
  const tokens = translated(source, options, { given: new Map(), loops: 0 });
  return written(tokens);
}

function translated(source: string, options: GoTemplateOptions, scope: Scope): Token[] {
  return block(Handlebars.parse(source), options, scope);
}

function block(program: hbs.AST.Program | undefined, options: GoTemplateOptions, scope: Scope): Token[] {
  return (program?.body ?? []).flatMap((statement) => tokensOf(statement, options, scope));
}

function tokensOf(statement: Node, options: GoTemplateOptions, scope: Scope): Token[] {
  switch (statement.type) {
    case 'ContentStatement': {
      const { value: text } = statement as hbs.AST.ContentStatement;
      if (text.includes('{{')) throw new Error(`This would be an action in Go: ${text}`);
      return text === '' ? [] : [{ kind: 'text', text }];
    }
    case 'MustacheStatement':
      return [value(statement as hbs.AST.MustacheStatement, options, scope)];
    case 'BlockStatement':
      return blockTokens(statement as hbs.AST.BlockStatement, options, scope);
    case 'PartialStatement':
      return partialTokens(statement as hbs.AST.PartialStatement, options, scope);
    default:
      throw new Error(`${statement.type} is not translated.`);
  }
}

function value({ path, params }: hbs.AST.MustacheStatement, { view }: GoTemplateOptions, scope: Scope): Token {
  const [param] = params;
  const helper = param === undefined ? undefined : nameOf(path as hbs.AST.Expression);
  const bound = boundOf(param ?? (path as hbs.AST.Expression), scope, view);
  if ('value' in bound) return { kind: 'text', text: String(bound.value) };
  if (helper === 'yaml') return { kind: 'value', text: `{{ ${bound.path} | toRawJson }}` };
  const isList = Array.isArray(sampleAt(view, bound.path));
  if (helper === 'words' && isList) return { kind: 'value', text: `{{ ${bound.path} | join " " }}` };
  if (helper !== undefined && helper !== 'words' && helper !== 'comment')
    throw new Error(`${helper} is not translated.`);
  return { kind: 'value', text: `{{ ${bound.path} }}` };
}

function blockTokens(
  { path, params, program, inverse }: hbs.AST.BlockStatement,
  options: GoTemplateOptions,
  scope: Scope,
): Token[] {
  const [param] = params;
  const helper = nameOf(path as hbs.AST.Expression);
  if (param === undefined) throw new Error(`${helper} has no value.`);
  const bound = boundOf(param, scope, options.view);
  const open = (text: string): Token => ({ kind: 'control', text, opens: true, closes: false });
  const end: Token = { kind: 'control', text: 'end', opens: false, closes: true };
  if (helper === 'each') {
    if (!('path' in bound) || inverse !== undefined) throw new Error('Such a loop is not translated.');
    return [open(`range ${bound.path}`), ...block(program, options, { ...scope, loops: scope.loops + 1 }), end];
  }
  if (helper !== 'if' && helper !== 'unless') throw new Error(`${helper} is not translated.`);
  const [yes, no] = helper === 'if' ? [program, inverse] : [inverse, program];
  if ('value' in bound) return block(bound.value ? yes : no, options, scope);
  const whole = block(program, options, scope);
  const otherwise: Token[] =
    inverse === undefined
      ? []
      : [{ kind: 'control', text: 'else', opens: true, closes: true }, ...block(inverse, options, scope)];
  return [open(`if ${helper === 'if' ? '' : 'not '}${bound.path}`), ...whole, ...otherwise, end];
}

function partialTokens(statement: hbs.AST.PartialStatement, options: GoTemplateOptions, scope: Scope): Token[] {
  const name = nameOf(statement.name as hbs.AST.Expression);
  const source = options.partials[name];
  if (source === undefined) throw new Error(`The partial ${name} is not there.`);
  const pairs = statement.hash?.pairs ?? [];
  const own = pairs.map(({ key, value }) => [key, boundOf(value, scope, options.view)] as const);
  const inside = translated(source, options, { ...scope, given: new Map([...scope.given, ...own]) });
  const { indent = '' } = statement as { indent?: string };
  return indented(inside, indent);
}

/** Puts an indent before each line that holds something. */
function indented(tokens: readonly Token[], indent: string): Token[] {
  let isLineStart = true;
  const atLineStart: boolean[] = [];
  return tokens.map((token) => {
    if (token.kind === 'control') {
      // Whichever way is taken, the next line begins where it does.
      if (token.closes && atLineStart.pop() !== isLineStart) throw new Error(`A line is cut by ${token.text}.`);
      if (token.opens) atLineStart.push(isLineStart);
      return token;
    }
    const before = isLineStart;
    isLineStart = token.text.endsWith('\n');
    const text = token.text.replace(/(?<=\n)(?=[^\n])/g, indent);
    return { ...token, text: before && !text.startsWith('\n') ? `${indent}${text}` : text };
  });
}

/** The text of a template. What controls a whole line has a line of its own, as people write it. */
function written(tokens: readonly Token[]): string {
  let text = '';
  for (const token of tokens) {
    if (token.kind !== 'control') text += token.text;
    else if (text === '' || text.endsWith('\n')) text += `{{- ${token.text} }}\n`;
    else text += `{{ ${token.text} }}`;
  }
  return text;
}

function boundOf(expression: hbs.AST.Expression, { given, loops }: Scope, view: object): Bound {
  if (expression.type === 'StringLiteral') return { value: (expression as hbs.AST.StringLiteral).value };
  if (expression.type === 'BooleanLiteral') return { value: (expression as hbs.AST.BooleanLiteral).value };
  if (expression.type !== 'PathExpression') throw new Error(`${expression.type} is not translated.`);
  const { parts, depth, original } = expression as hbs.AST.PathExpression;
  if (original === 'this' && loops > 0) return { path: '.' };
  if (depth !== loops) throw new Error(`${original} is not of the view.`);
  const known = given.get(original);
  if (known !== undefined) return known;
  // What a partial was not given.
  if (!Object.hasOwn(view, String(parts[0]))) return { value: false };
  return { path: `$view.${parts.join('.')}` };
}

function nameOf(expression: hbs.AST.Expression): string {
  return (expression as hbs.AST.PathExpression).original;
}

function sampleAt(view: object, path: string): unknown {
  const names = path.split('.').slice(1);
  return names.reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], view);
}

import { data, Evaluator, Lexer, Parser } from '@actions/expressions';

/** What expressions see, by the name of the context. What is not named cannot be used there, as in Actions. */
export type Contexts = Readonly<Record<string, unknown>>;

/** How things stand, for the functions that tell of it. */
export interface Status {
  /** Whether a job or step before failed. */
  readonly failed: boolean;
  /** Whether a job that is needed did not run; false for a step. */
  readonly skipped: boolean;
}

const statusFunctions = ['success', 'failure', 'always', 'cancelled'] as const;
const asksForStatus = new RegExp(`\\b(?:${statusFunctions.join('|')})\\s*\\(`);
/** An expression, whose quoted texts may hold `}}`. */
const embedded = /\$\{\{((?:'[^']*'|[^'}]|\}(?!\}))*)\}\}/g;

/** A text with its expressions replaced by what they give, as text. Throws for a context or function that is not known. */
export function interpolate(text: string, contexts: Contexts): string {
  return text.replace(embedded, (_, expression: string) => result(expression, contexts).coerceString());
}

/** What the one expression gives that a text is, with its type; the text itself where it is none. */
export function evaluated(text: string, contexts: Contexts): unknown {
  const expression = bare(text);
  if (expression === undefined) return interpolate(text, contexts);
  return JSON.parse(JSON.stringify(result(expression, contexts), data.replacer));
}

/** Whether an `if` holds. Without a function that asks for the status, all before must have succeeded. */
export function holds(condition: string | undefined, contexts: Contexts, status: Status): boolean {
  const expression = condition === undefined ? 'success()' : (bare(condition) ?? condition);
  const whole = asksForStatus.test(expression) ? expression : `success() && (${expression})`;
  return result(`!!(${whole})`, contexts, status).coerceString() === 'true';
}

function bare(text: string): string | undefined {
  const [whole, expression] = text.trim().match(new RegExp(`^${embedded.source}$`)) ?? [];
  return whole === undefined ? undefined : expression;
}

function result(expression: string, contexts: Contexts, status?: Status): data.ExpressionData {
  const functions = status === undefined ? [] : statusCalls(status);
  const { tokens } = new Lexer(expression.trim()).lex();
  const tree = new Parser(tokens, Object.keys(contexts), functions).parse();
  const known = new Map(functions.map((one) => [one.name, one]));
  return new Evaluator(tree, dictionary(contexts), known).evaluate();
}

function statusCalls({ failed, skipped }: Status) {
  const answers = { success: !failed && !skipped, failure: failed, always: true, cancelled: false };
  return statusFunctions.map((name) => ({
    name,
    minArgs: 0,
    maxArgs: 0,
    call: () => new data.BooleanData(answers[name]),
  }));
}

function dictionary(contexts: Contexts): data.Dictionary {
  const made: unknown = JSON.parse(JSON.stringify(contexts), data.reviver);
  if (!(made instanceof data.Dictionary)) throw new Error('Contexts are a mapping.');
  return made;
}

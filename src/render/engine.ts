import Handlebars from 'handlebars';
import { problemError } from '../core/problem.ts';
import options from './handlebars-options.json' with { type: 'json' };

/** A template that has been read, and is filled with `render(view)`. */
export interface Template {
  render(view: object): string;
}

/**
 * Compiles a Handlebars template for YAML. Values get into the text through helpers: `yaml` writes a string in double
 * quotes, `comment` joins words on one line, `words` joins words of a shell that need no quotes, `expression`, `secret`
 * and `variable` write expressions of GitHub Actions. A name that the view does not hold, or an unknown helper, is an
 * error. `partials` are parts of templates by name, for `{{> name}}`. The built command has the templates of this project
 * ready, and no compiler (scripts/templates.mjs). Its options name the helpers, and leave `log` out, which writes to stdout.
 *
 * @throws UserError `render/template` with the template's name and what Handlebars says
 */
export function compileTemplate(
  name: string,
  source: string,
  partials: Readonly<Record<string, string>> = {},
): Template {
  const handlebars = Handlebars.create();
  for (const [helper, write] of Object.entries(helpers)) {
    handlebars.registerHelper(helper, (...given: unknown[]) => write(onlyValue(helper, given)));
  }
  for (const [partial, text] of Object.entries(partials)) {
    guarded(partial, () => handlebars.registerPartial(partial, handlebars.compile(text, options)));
  }
  const render = guarded(name, () => handlebars.compile(source, options));
  return { render: (view) => guarded(name, () => render(knownNamesOnly(view))) };
}

type Helper = Exclude<keyof typeof options.knownHelpers, 'log'>;

/** How values get into a text. */
const helpers: Readonly<Record<Helper, (value: unknown) => string>> = {
  yaml: (value) => yamlString(String(value)),
  comment: (value) => oneLine(Array.isArray(value) ? value.join(', ') : value),
  words: (value) => (Array.isArray(value) ? value : [value]).map((word) => matching(plainWord, word)).join(' '),
  expression: (value) => `$\{{ ${matching(plainExpression, value)} }}`,
  secret: (value) => `$\{{ secrets.${matching(plainName, value)} }}`,
  variable: (value) => `$\{{ vars.${matching(plainName, value)} }}`,
};

/** No character of these means anything to a shell. */
const plainWord = /^[A-Za-z0-9@._/:=-]+$/;
const plainName = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Expressions are of one line, and end where the template ends them. */
const plainExpression = /^[^{}\p{Cc}\u2028\u2029]+$/u;

function matching(pattern: RegExp, value: unknown): string {
  const text = String(value);
  if (!pattern.test(text)) throw new Error(`${JSON.stringify(text.slice(0, 100))} does not match ${pattern.source}`);
  return text;
}

/** The one value that a helper is given; Handlebars adds its options as a last argument. */
function onlyValue(helper: string, given: readonly unknown[]): unknown {
  const [value, ...rest] = given.slice(0, -1);
  if (given.length !== 2 || rest.length > 0) throw new Error(`the helper ${helper} takes one value`);
  if (value === undefined || value === null) throw new Error(`the helper ${helper} was given a name that is not known`);
  return value;
}

/** A view that throws where a template asks for a name that it does not hold, also in conditions and loops. */
function knownNamesOnly<View extends object>(view: View): View {
  return new Proxy(view, {
    get(target, name, receiver) {
      if (typeof name === 'string' && !isHeld(target, name)) {
        throw new Error(`"${name}" is not known here; known are ${Object.keys(target).join(', ')}`);
      }
      const value: unknown = Reflect.get(target, name, receiver);
      return typeof value === 'object' && value !== null ? knownNamesOnly(value) : value;
    },
  });
}

/** Handlebars turns what it complains about into text. */
const textMethods = ['toString', 'valueOf'];

function isHeld(target: object, name: string): boolean {
  return Array.isArray(target) || textMethods.includes(name) || Object.hasOwn(target, name);
}

function oneLine(value: unknown): string {
  return String(value).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\uFFFE\uFFFF]+/gu, ' ');
}

function guarded<Result>(name: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw problemError('render/template', `The template ${name} cannot be filled: ${message}`);
  }
}

/** What YAML does not let stand in a text as it is, or what some reader takes for a line break. */
const escaped = /[\u007F-\u009F\u2028\u2029\uFEFF\uFFFE\uFFFF]/g;

/** A string in YAML's double quotes: a JSON string is one, once these characters are escaped too (YAML 1.2, 5.1, 5.4). */
function yamlString(text: string): string {
  return JSON.stringify(text).replace(
    escaped,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

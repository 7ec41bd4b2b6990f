import Handlebars from 'handlebars';
import { problemError } from '../core/problem.ts';

/** A template that has been read, and is filled with `render(view)`. */
export interface Template {
  render(view: object): string;
}

/**
 * Compiles a Handlebars template for YAML. Values get into the text through helpers alone: `yaml` writes a string in
 * double quotes (a JSON string is YAML), `comment` joins words on one line. A name that the view does not hold, or an
 * unknown helper, is an error.
 *
 * @throws UserError `render/template` with the template's name and what Handlebars says
 */
export function compileTemplate(name: string, source: string): Template {
  const handlebars = Handlebars.create();
  handlebars.registerHelper('yaml', (value: unknown) => JSON.stringify(String(value)));
  handlebars.registerHelper('comment', (value: unknown) => oneLine(Array.isArray(value) ? value.join(', ') : value));
  const options = { noEscape: true, strict: true, knownHelpersOnly: true, knownHelpers: { yaml: true, comment: true } };
  const render = guarded(name, () => handlebars.compile(source, options));
  return { render: (view) => guarded(name, () => render(view)) };
}

function oneLine(value: unknown): string {
  return String(value).replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
}

function guarded<Result>(name: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw problemError('render/template', `The template ${name} cannot be filled: ${message}`);
  }
}

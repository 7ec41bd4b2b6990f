/** Text that is HTML already. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Value = string | number | Markup | readonly Markup[];

/** HTML of a template: strings that are put in are escaped, as names of files, images and rules come from others. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return new Markup(parts.reduce((text, part, index) => text + show(values[index - 1] ?? '') + part));
}

function show(value: Value): string {
  if (value instanceof Markup) return value.text;
  if (typeof value === 'object') return value.map(({ text }) => text).join('');
  return String(value).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A table with a caption; the first column of each row is its heading. */
export function tableMarkup(caption: string, head: readonly string[], rows: readonly (readonly string[])[]): Markup {
  const headings = head.map((cell) => html`<th scope="col">${cell}</th>`);
  const lines = rows.map(
    ([first = '', ...rest]) =>
      html`<tr><th scope="row">${first}</th>${rest.map((cell) => html`<td>${cell}</td>`)}</tr>\n`,
  );
  return html`<div class="wide"><table><caption>${caption}</caption><thead><tr>${headings}</tr></thead><tbody>\n${lines}</tbody></table></div>`;
}

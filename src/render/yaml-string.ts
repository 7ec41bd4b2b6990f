/** What YAML does not let stand in a text as it is, or what some reader takes for a line break. */
const escaped = /[\u007F-\u009F\u2028\u2029\uFEFF\uFFFE\uFFFF]/g;

/** A string in YAML's double quotes: a JSON string is one, once these characters are escaped too (YAML 1.2, 5.1, 5.4). */
export function yamlString(text: string): string {
  return JSON.stringify(text).replace(
    escaped,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Whether a value parsed from JSON is an object. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The value of a JSON text, or of its bytes in UTF-8; undefined where it is not JSON. `JSON.parse` says why, but quotes the
 * text, which may hold a secret: the caller says what it expected.
 */
export function parsedJson(text: string | Uint8Array): unknown {
  try {
    return JSON.parse(typeof text === 'string' ? text : new TextDecoder().decode(text));
  } catch {
    return undefined;
  }
}

/** A value parsed from JSON as text to be shown: `JSON.stringify` fails where the value nests deeper than the stack is. */
export function shownJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return 'a value that is nested too deeply';
  }
}

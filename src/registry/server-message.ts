import * as v from 'valibot';
import { shownJson } from '../core/json.ts';
import { lenient, objectOf, shapeOf } from '../core/shape.ts';

/** A registry's words about an error: its text, and its codes such as `MANIFEST_INVALID`. */
export interface ServerMessage {
  readonly text?: string;
  readonly codes: readonly string[];
}

/** Servers write anything here: what is not text, or empty, says nothing. */
const someText = lenient(v.pipe(v.string(), v.nonEmpty()));
const errorShape = objectOf({ code: someText, message: someText, detail: v.unknown() });
type ErrorEntry = v.InferOutput<typeof errorShape>;
const bodyShape = objectOf({
  errors: lenient(v.array(lenient(errorShape))),
  details: someText,
  error_description: someText,
  message: someText,
  error: someText,
});

/**
 * Reads the body of an error answer: the JSON of the OCI distribution spec ("Error Codes"), what token servers say
 * (`details`, or OAuth's `error_description`), or plain text. A page of HTML says nothing. Never throws.
 */
export function serverMessage(body: Uint8Array, contentType: string | undefined): ServerMessage {
  if (body.byteLength === 0 || isHtml(contentType)) return { codes: [] };
  const text = new TextDecoder().decode(body);
  const json = parsedJson(text);
  if (json === undefined) return text.trimStart().startsWith('<') ? { codes: [] } : { text, codes: [] };
  const { errors, details, error_description, message, error } = shapeOf(bodyShape, json) ?? {};
  if (errors !== undefined) return ofErrors(errors);
  const said = details ?? error_description ?? message ?? error;
  return said === undefined ? { codes: [] } : { text: said, codes: [] };
}

/** Whether a content type is that of a web page. */
export function isHtml(contentType: string | undefined): boolean {
  return /^\s*(?:text\/html|application\/xhtml\+xml)/i.test(contentType ?? '');
}

function ofErrors(errors: readonly (ErrorEntry | undefined)[]): ServerMessage {
  const known = errors.filter((error) => error !== undefined);
  const codes = known.flatMap(({ code }) => code ?? []);
  const texts = known.map(textOfError).filter((text) => text !== '');
  return texts.length === 0 ? { codes } : { text: texts.join('; '), codes };
}

/** One error: its code, its message, and its detail, which may be anything. */
function textOfError({ code, message, detail }: ErrorEntry): string {
  const text = [code, message].filter((one) => one !== undefined).join(': ');
  const more = typeof detail === 'string' ? detail : isEmpty(detail) ? '' : shownJson(detail);
  return more === '' || more === message ? text : `${text} (${more})`.trimStart();
}

function isEmpty(detail: unknown): boolean {
  return typeof detail !== 'object' || detail === null || Object.keys(detail).length === 0;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not an error: many servers say what is wrong in plain text.
    return undefined;
  }
}

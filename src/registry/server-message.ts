import { isRecord, parsedJson } from '../core/json.ts';

/** A registry's words about an error: its text, and its codes such as `MANIFEST_INVALID`. */
export interface ServerMessage {
  readonly text?: string;
  readonly codes: readonly string[];
}

/**
 * Reads the body of an error answer: the JSON of the OCI distribution spec ("Error Codes"), what token servers say
 * (`details`, or OAuth's `error_description`), or plain text. A page of HTML says nothing. Never throws.
 */
export function serverMessage(body: Uint8Array, contentType: string | undefined): ServerMessage {
  if (body.byteLength === 0 || isHtml(contentType)) return { codes: [] };
  const text = new TextDecoder().decode(body);
  const json = parsedJson(text);
  if (json === undefined) return text.trimStart().startsWith('<') ? { codes: [] } : { text, codes: [] };
  if (!isRecord(json)) return { codes: [] };
  if (Array.isArray(json['errors'])) return ofErrors(json['errors']);
  const said = [json['details'], json['error_description'], json['message'], json['error']].find(isText);
  return said === undefined ? { codes: [] } : { text: said, codes: [] };
}

/** Whether a content type is that of a web page. */
export function isHtml(contentType: string | undefined): boolean {
  return /^\s*(?:text\/html|application\/xhtml\+xml)/i.test(contentType ?? '');
}

function ofErrors(errors: readonly unknown[]): ServerMessage {
  const records = errors.filter(isRecord);
  const codes = records.map((record) => record['code']).filter(isText);
  const texts = records.map(textOfError).filter(isText);
  return texts.length === 0 ? { codes } : { text: texts.join('; '), codes };
}

/** One error: its code, its message, and its detail, which may be anything. */
function textOfError({ code, message, detail }: Readonly<Record<string, unknown>>): string {
  const text = [code, message].filter(isText).join(': ');
  const more = isText(detail) ? detail : isEmpty(detail) ? '' : JSON.stringify(detail);
  return more === '' || more === message ? text : `${text} (${more})`.trimStart();
}

function isEmpty(detail: unknown): boolean {
  return typeof detail !== 'object' || detail === null || Object.keys(detail).length === 0;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

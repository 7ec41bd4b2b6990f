/** An answer of GitLab that is none of what was asked for. It holds the words and headers of the answer alone. */
export class GitLabRefusal extends Error {
  readonly status: number;
  /** GitLab's words; undefined where the answer is no JSON of GitLab's. */
  readonly said: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(status: number, said: string | undefined, retryAfterSeconds?: number) {
    super(said ?? `an answer ${status}`);
    this.status = status;
    this.said = said;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/**
 * The words of an error answer: `message`, which is a text, a list, or lists of texts by field, or `error` with
 * `error_description` (GitLab's documentation, "REST API troubleshooting"). Undefined where there are none.
 */
export function wordsOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const {
    message,
    error,
    error_description: description,
  } = { message: undefined, error: undefined, error_description: undefined, ...body };
  const words = [...textsOf(message), ...textsOf(error), ...textsOf(description)];
  return words.length === 0 ? undefined : words.slice(0, 6).join('; ');
}

function textsOf(value: unknown, field = ''): string[] {
  if (typeof value === 'string') return [field === '' ? value : `${field} ${value}`];
  if (Array.isArray(value)) return value.flatMap((item) => textsOf(item, field));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) => textsOf(item, name === 'base' ? '' : name));
}

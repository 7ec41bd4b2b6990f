import { readFileSync } from 'node:fs';
import { type Context, type Document, OpenAPIBackend } from 'openapi-backend';
import type { Answer, PlainRequest } from '../forge/exchange.ts';
import { refusal } from './exchange.ts';
import type { ServedOperation } from './operations.ts';

type Shape = Record<string, unknown>;

/** A request that the description has, with its values in the types of the description. */
export interface DescribedRequest {
  readonly operation: ServedOperation;
  readonly params: Readonly<Record<string, string | number>>;
  readonly query: Readonly<Record<string, string | number | undefined>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Serves requests as GitHub's description has them. What does not fit it is told to `violated`. */
export interface DescribedApi {
  handle(request: PlainRequest, serve: (request: DescribedRequest) => Promise<Answer>): Promise<Answer>;
}

/** Answers that GitHub gives to any request, and describes with few. */
const general = new Set([401, 403, 404, 429, 500, 502, 503]);

let loaded: Promise<OpenAPIBackend> | undefined;

/** GitHub's description, made strict: what it does not name is not allowed. Loaded once, since that takes a second. */
function description(): Promise<OpenAPIBackend> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<OpenAPIBackend> {
  const definition: Document = JSON.parse(readFileSync(new URL('description.json', import.meta.url), 'utf8'));
  const api = new OpenAPIBackend({
    definition: closed(definition) as Document,
    strict: true,
    quick: true,
    coerceTypes: true,
    ajvOpts: { formats: { 'date-time': isDateTime, uri: URL.canParse, email: /@/ }, logger: false },
  });
  return api.init();
}

/** Serves what GitHub's description has. */
export async function describedApi(violated: (violation: string) => void): Promise<DescribedApi> {
  const api = await description();

  const refuse = (request: PlainRequest, why: string): Answer => {
    violated(`${request.method} ${request.path}${request.query} ${request.body}: ${why}`);
    return refusal(400, `The stand-in refuses a request that GitHub's description does not allow: ${why}`);
  };
  const check = (operationId: string, answer: Answer): void => {
    const { responses } = api.getOperation(operationId) ?? {};
    const isDescribed = Object.keys(responses ?? {}).includes(String(answer.status));
    if (!isDescribed && !general.has(answer.status)) violated(`${operationId}: no answer ${answer.status} is described`);
    if (!isDescribed) return;
    const { errors } = api.validateResponse(answer.body ?? null, operationId, answer.status);
    for (const { instancePath, message, params } of errors ?? []) {
      violated(`${operationId}: answer ${answer.status}${instancePath} ${message} ${JSON.stringify(params)}`);
    }
  };

  return {
    async handle(request, serve) {
      const described = { ...request, headers: { ...request.headers } };
      const operation = api.matchOperation(described);
      if (operation?.operationId === undefined) return refuse(request, 'no such operation');
      const { operationId } = operation;
      const { errors, coerced } = api.validateRequest(described, operation);
      if (errors && errors.length > 0) {
        return refuse(request, errors.map((error) => `${error.instancePath} ${error.message}`).join('; '));
      }
      const parsed: Context['request'] = api.router.parseRequest(coerced ?? described, operation);
      const { params, query, requestBody } = parsed;
      const answer = await serve({
        operation: `${operation.method.toUpperCase()} ${operation.path}` as ServedOperation,
        params: mapValues(params, (value) => (typeof value === 'string' ? decodeURIComponent(value) : Number(value))),
        query: mapValues(query, (value) => (typeof value === 'number' ? value : String(value))),
        body: isShape(requestBody) ? requestBody : {},
      });
      check(operationId, answer);
      return answer;
    },
  };
}

function isShape(value: unknown): value is Shape {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Every object that names its properties has those alone. Parts of an `allOf` are left open, since others add to them. */
function closed(value: unknown, isPart = false): unknown {
  if (Array.isArray(value)) return value.map((item) => closed(item, isPart));
  if (!isShape(value)) return value;
  const inner = Object.entries(value).map(([key, item]) => [key, closed(item, key === 'allOf')]);
  const isOpen = value['type'] !== 'object' || !isShape(value['properties']) || 'additionalProperties' in value;
  const isCombined = isPart || 'allOf' in value || 'anyOf' in value || 'oneOf' in value;
  return { ...Object.fromEntries(inner), ...(isOpen || isCombined ? {} : { additionalProperties: false }) };
}

function mapValues<Value, Result>(
  record: Readonly<Record<string, Value>>,
  change: (value: Value) => Result,
): Record<string, Result> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

function isDateTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(text);
}

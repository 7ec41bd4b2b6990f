import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { digestOf } from '../../src/core/digest-of.ts';
import { closeAfterTest } from './support.ts';

/** A request as the server saw its head; `nth` counts those of its method from 1. */
export interface UploadRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly nth: number;
}

/** What is answered in place of what a registry would. */
export interface UploadAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Answers before the body has come, and closes the connection. */
  readonly early?: boolean;
  /** Breaks the connection after so many bytes of the body. */
  readonly breaksAt?: number;
  /** Does what it was asked for all the same. */
  readonly passes?: boolean;
}

/** `'never'` answers nothing, and reads all; a function does with the request what it likes. */
export type UploadScript = (
  request: UploadRequest,
) => UploadAnswer | 'never' | ((incoming: IncomingMessage, response: ServerResponse) => void) | undefined;

export interface UploadServer {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly seen: UploadRequest[];
  /** The methods seen, such as `POST PUT`. */
  methods(): string;
  /** The sizes of the blobs that it has, whose bytes are those of their digests. */
  readonly blobs: Map<string, number>;
  /** The parts that have come whole. */
  readonly parts: { readonly range: string; readonly digest: string }[];
  /** The uploads that are neither ended nor taken back. */
  open(): number;
}

/** An empty registry that takes blobs (OCI distribution spec, "Pushing blobs"), but for what the script says. */
export async function uploadServer(
  script: UploadScript = () => undefined,
  location: (host: string, upload: number) => string = (_, upload) => `/v2/a/blobs/uploads/${upload}`,
): Promise<UploadServer> {
  const seen: UploadRequest[] = [];
  const blobs = new Map<string, number>();
  const uploads = new Map<string, Buffer>();
  const parts: UploadServer['parts'] = [];
  let begun = 0;
  let host = '';

  const answers: Record<string, (path: string, body: Buffer) => UploadAnswer> = {
    HEAD: (path) => {
      const blob = blobs.get(path.split('/').at(-1) ?? '');
      return blob === undefined ? { status: 404 } : { status: 200, headers: { 'content-length': `${blob}` } };
    },
    POST: () => {
      begun += 1;
      uploads.set(`${begun}`, Buffer.alloc(0));
      return { status: 202, headers: { location: location(host, begun) } };
    },
    PATCH: (path, body) => {
      const upload = uploads.get(idOf(path));
      if (upload === undefined) return { status: 404 };
      uploads.set(idOf(path), Buffer.concat([upload, body]));
      return { status: 202, headers: { location: path } };
    },
    PUT: (path, body) => {
      const upload = uploads.get(idOf(path));
      if (upload === undefined) return { status: 404 };
      uploads.delete(idOf(path));
      const blob = Buffer.concat([upload, body]);
      const digest = new URL(path, 'http://x').searchParams.get('digest') ?? '';
      if (digestOf(blob) !== digest) return { status: 400, body: '{"errors":[{"code":"DIGEST_INVALID"}]}' };
      blobs.set(digest, blob.byteLength);
      return { status: 201 };
    },
    DELETE: (path) => ({ status: uploads.delete(idOf(path)) ? 204 : 404 }),
  };

  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url: path = '', headers } = incoming;
    const request = { method, path, headers, nth: seen.filter((one) => one.method === method).length + 1 };
    if (path !== '/v2/') seen.push(request);
    const answer = path === '/v2/' ? { status: 200 } : script(request);
    if (typeof answer === 'function') return answer(incoming, response);
    if (answer !== undefined && answer !== 'never' && answer.early) return send(response, answer, true);
    const body = await read(incoming, (answer !== 'never' && answer?.breaksAt) || Number.POSITIVE_INFINITY);
    if (body === undefined || answer === 'never') return;
    if (method === 'PATCH') parts.push({ range: headers['content-range'] ?? '', digest: digestOf(body) });
    const own = answer === undefined || answer.passes ? answers[method]?.(path, body) : undefined;
    send(response, { ...(own ?? { status: 405 }), ...answer });
  };

  const server = createServer((incoming, response) => void handle(incoming, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  closeAfterTest({
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
  return {
    ...{ host, seen, blobs, parts },
    methods: () => seen.map(({ method }) => method).join(' '),
    open: () => uploads.size,
  };
}

function idOf(path: string): string {
  return new URL(path, 'http://x').pathname.split('/').at(-1) ?? '';
}

/** The whole body; nothing where the connection broke, or was broken. */
async function read(incoming: IncomingMessage, breaksAt: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of incoming) {
      chunks.push(chunk);
      size += chunk.byteLength;
      if (size >= breaksAt) {
        incoming.socket.resetAndDestroy();
        return undefined;
      }
    }
  } catch {
    return undefined;
  }
  if (breaksAt < Number.POSITIVE_INFINITY) {
    incoming.socket.resetAndDestroy();
    return undefined;
  }
  return Buffer.concat(chunks);
}

function send(response: ServerResponse, { status, headers, body = '' }: UploadAnswer, closes = false): void {
  response.writeHead(status, { ...(closes ? { connection: 'close' } : {}), ...headers });
  response.end(body);
}

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { type Document, OpenAPIBackend } from 'openapi-backend';
import { onCleanUp } from '../cleanup.ts';
import { type Answer, type ScriptedServer, type SeenRequest, scriptedServer } from '../scripted-server.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { makeCertificate } from '../tls.ts';

/** A tag of the Hub. The description does not name its digest, which the Hub gives. */
export interface StandInTag {
  readonly name: string;
  readonly digest?: string;
  readonly pushed?: string;
}

export interface HubWebApi extends Pick<ScriptedServer, 'seen' | 'lines' | 'host'> {
  /** With it, whoever asks hub.docker.com over HTTPS comes here: a proxy, and the certificate to trust. */
  readonly env: Readonly<Record<string, string>>;
  /** The hosts that the proxy was asked for. */
  readonly asked: readonly string[];
  /** Answers in place of the lists, until it gives undefined. */
  respond(hook: ((request: SeenRequest, nth: number) => Answer | undefined) | undefined): void;
  /** What requests and answers break of the Hub's description. */
  violations(): readonly string[];
}

const described = new URL('web-api-description.json', import.meta.url);

/**
 * Serves lists of tags as hub.docker.com does (repository, such as `library/debian`, to its tags), page by page. Requests and answers are checked
 * against the Hub's own description.
 */
export async function startHubWebApi(
  repositories: Readonly<Record<string, readonly StandInTag[]>>,
): Promise<HubWebApi> {
  const home = temporaryDirectory().path;
  const certificate = await makeCertificate(home, { names: 'DNS:hub.docker.com' });
  const tls = { cert: readFileSync(certificate), key: readFileSync(join(home, 'tls.key')) };
  const definition: Document = JSON.parse(readFileSync(described, 'utf8'));
  const api = await new OpenAPIBackend({ definition, strict: true, quick: true, coerceTypes: true }).init();
  const violations: string[] = [];
  let hook: Parameters<HubWebApi['respond']>[0];

  const list = ({ method, path, headers }: SeenRequest): Answer => {
    const request = { method, path, headers: headers as Record<string, string>, query: path.split('?')[1] ?? '' };
    const { errors } = api.validateRequest(request);
    violations.push(
      ...(errors ?? []).map(({ instancePath, message }) => `${method} ${path}: ${instancePath} ${message}`),
    );
    const url = new URL(path, 'https://hub.docker.com');
    const [, namespace, repository] =
      /^\/v2\/namespaces\/([^/]+)\/repositories\/([^/]+)\/tags$/.exec(url.pathname) ?? [];
    const answer = pageOf(repositories[`${namespace}/${repository}`], url);
    const checked = api.validateResponse(answer.body, 'ListRepositoryTags', answer.status);
    violations.push(...(checked.errors ?? []).map(({ instancePath, message }) => `answer ${instancePath} ${message}`));
    return { ...answer, body: JSON.stringify(answer.body), headers: { 'content-type': 'application/json' } };
  };
  const server = await scriptedServer((request, nth) => hook?.(request, nth) ?? list(request), tls);
  onCleanUp(server.close);
  const proxy = await startProxy(server.host);
  return {
    ...server,
    env: { HTTPS_PROXY: proxy.url, NO_PROXY: '127.0.0.1', SSL_CERT_FILE: certificate },
    asked: proxy.asked,
    respond: (next) => {
      hook = next;
    },
    violations: () => violations,
  };
}

function pageOf(tags: readonly StandInTag[] | undefined, url: URL) {
  const size = Number(url.searchParams.get('page_size') ?? 10);
  const page = Number(url.searchParams.get('page') ?? 1);
  const shown = tags?.slice((page - 1) * size, page * size) ?? [];
  if (tags === undefined || (shown.length === 0 && page > 1)) {
    return { status: 404, body: { message: 'object not found' } };
  }
  const at = (other: number) => `https://hub.docker.com${url.pathname}?page=${other}&page_size=${size}`;
  const body = {
    count: tags.length,
    next: page * size < tags.length ? at(page + 1) : null,
    previous: page > 1 ? at(page - 1) : null,
    results: shown.map(({ name, digest, pushed }, index) => ({
      ...{ id: (page - 1) * size + index, name, repository: 1, full_size: 3_000_000, status: 'active' },
      ...{ creator: 7, last_updater: 7, last_updater_username: 'doijanky', last_updated: pushed ?? null },
      ...{ tag_last_pulled: null, tag_last_pushed: pushed ?? null, ...(digest === undefined ? {} : { digest }) },
    })),
  };
  return { status: 200, body };
}

/** A proxy that leads every CONNECT to `target`, and notes what it was asked for. */
async function startProxy(target: string) {
  const asked: string[] = [];
  const server = createServer().on('connect', (request, client) => {
    asked.push(request.url ?? '');
    const [host = '', port] = target.split(':');
    const upstream = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onCleanUp(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

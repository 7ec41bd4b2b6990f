import { isRecord, parsedJson } from '../core/json.ts';
import { isTag } from '../core/names.ts';
import { isHub } from '../registry/hub.ts';
import type { MirrorName } from './reference.ts';
import type { Use } from './types.ts';

/** A request for a manifest, as a log tells it. */
interface LoggedPull {
  /** The path of the repository, such as `library/alpine`. */
  readonly path: string;
  readonly reference: string;
  /** Absent where the log does not say it. */
  readonly host?: string;
}

/** The method and path of a request line of Apache's and nginx's formats. */
const requestLine = /"(GET|HEAD) ([^" ]+)(?: HTTP\/[\d.]+)?" (\d{3})/;
const manifestPath = /^(?:https?:\/\/[^/]+)?\/v2\/(.+)\/manifests\/([^/?#]+)/;
const longestLine = 64 * 1024;

/** Its own requests are no use of what it mirrors. */
const ownAgent = /\bmirrorlock\//;
/** Each pull begins with one that is refused for want of a token, and those that were refused are no pulls. */
const refused = /^(?:400|401|403|429)$/;

/**
 * Reads pulls from the lines of a log: distribution's own (text or JSON, and its access log), and nginx's in the combined format.
 * Requests by digest are left out where the repository is also asked by tag: each pull by tag makes some.
 */
export class AccessLog {
  readonly #mirrors: readonly MirrorName[];
  readonly #file: string;
  readonly #uses = new Map<string, { line: number; count: number; pull: LoggedPull }>();
  #lines = 0;
  #requests = 0;

  constructor(file: string, mirrors: readonly MirrorName[]) {
    this.#file = file;
    this.#mirrors = mirrors;
  }

  /** How many of the lines are requests of a registry. */
  get requests(): number {
    return this.#requests;
  }

  add(line: string): void {
    this.#lines += 1;
    if (line.length > longestLine || !line.includes('/v2/')) return;
    this.#requests += 1;
    const pull = ownAgent.test(line) ? undefined : readLine(line);
    if (pull === undefined) return;
    const key = `${pull.host ?? ''} ${pull.path} ${pull.reference}`;
    const known = this.#uses.get(key);
    if (known === undefined) this.#uses.set(key, { line: this.#lines, count: 1, pull });
    else known.count += 1;
  }

  uses(): Use[] {
    const all = [...this.#uses.values()];
    const byTag = new Set(all.flatMap(({ pull }) => (isTag(pull.reference) ? [pull.path] : [])));
    return all.flatMap(({ line, count, pull }) => {
      if (!isTag(pull.reference) && byTag.has(pull.path)) return [];
      const place = { file: this.#file, line };
      return [{ kind: 'access-log' as const, text: this.#reference(pull), place, count }];
    });
  }

  /** A log names no registry, or a name of the machine: a namespace that a mirror has is that mirror's. */
  #reference({ path, reference, host }: LoggedPull): string {
    const separator = isTag(reference) ? ':' : '@';
    const known = this.#mirrors.find((mirror) => mirror.host === host);
    const namespaces = [known, ...this.#mirrors].flatMap((mirror) => mirror?.namespace ?? []);
    const image = namespaces.flatMap((namespace) => {
      const prefix = namespace === '' ? '' : `${namespace}/`;
      const rest = path.startsWith(prefix) ? path.slice(prefix.length) : '';
      return rest === '' || rest.includes('/') ? [] : [rest];
    })[0];
    if (image !== undefined) return `docker.io/library/${image}${separator}${reference}`;
    const isUnknown = host === undefined || isHub(host) || !/[.:]/.test(host) || path.startsWith('library/');
    return `${isUnknown ? 'docker.io' : host}/${path}${separator}${reference}`;
  }
}

function readLine(line: string): LoggedPull | undefined {
  const fields = line.startsWith('{') ? jsonFields(line) : textFields(line);
  if (fields === undefined || refused.test(fields.status)) return undefined;
  const [, path, reference] = manifestPath.exec(fields.uri) ?? [];
  if (path === undefined || reference === undefined) return undefined;
  const decoded = decode(reference);
  if (decoded === undefined || !(isTag(decoded) || /^sha256:[0-9a-f]{64}$/.test(decoded))) return undefined;
  return { path, reference: decoded, ...(fields.host === undefined ? {} : { host: fields.host }) };
}

interface Fields {
  readonly uri: string;
  readonly status: string;
  readonly host?: string;
}

/** distribution logs each request twice; the line of the response has its status. */
function jsonFields(line: string): Fields | undefined {
  const data = parsedJson(line);
  if (!isRecord(data)) return undefined;
  const text = (...names: string[]) => {
    const value = names.map((name) => data[name]).find((one) => one !== undefined);
    return value === undefined ? '' : String(value);
  };
  const method = text('http.request.method', 'request_method', 'method');
  const request = /^(\w+) (\S+)/.exec(text('request'));
  const status = text('http.response.status', 'status');
  if (status === '' || !/^(?:GET|HEAD)$/.test(method === '' ? (request?.[1] ?? '') : method)) return undefined;
  const host = text('http.request.host', 'host');
  const uri = text('http.request.uri', 'request_uri', 'uri') || (request?.[2] ?? '');
  return { uri, status, ...(host === '' ? {} : { host }) };
}

function textFields(line: string): Fields | undefined {
  const [, , path = '', code = ''] = requestLine.exec(line) ?? [];
  if (path !== '') return { uri: path, status: code };
  const field = (name: string) => {
    const [, quoted, plain] =
      new RegExp(`(?:^|\\s)${name.replaceAll('.', '\\.')}=(?:"([^"]*)"|(\\S+))`).exec(line) ?? [];
    return quoted ?? plain ?? '';
  };
  const status = field('http.response.status');
  if (status === '' || !/^(?:GET|HEAD)$/.test(field('http.request.method'))) return undefined;
  const host = field('http.request.host');
  return { uri: field('http.request.uri'), status, ...(host === '' ? {} : { host }) };
}

function decode(text: string): string | undefined {
  return /%(?![0-9a-f]{2})/i.test(text) ? undefined : text.replace(/%3a/gi, ':');
}

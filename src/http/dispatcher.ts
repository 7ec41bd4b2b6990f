import { BlockList, isIP, type LookupFunction } from 'node:net';
import type { SecureContext } from 'node:tls';
import { Agent, Dispatcher, EnvHttpProxyAgent } from 'undici';
import type { Environment } from '../core/environment.ts';
import { secureContextsFor } from './certificates.ts';

export interface DispatcherOptions {
  readonly env: Environment;
  readonly homeDirectory: string;
  /** More authorities, in PEM. */
  readonly ca: readonly string[];
  /** Connections to one host. */
  readonly connections: number;
  readonly connectMs: number;
  /** The host in URLs, where that is another name than that of the certificates' folder. */
  readonly hostname?: string;
  /** Looks names up; absent: as the system does. */
  readonly lookup?: LookupFunction;
}

/** Never through a proxy, as Go's net/http has it and so skopeo. */
const loopback = 'localhost,127.0.0.1,[::1]';

/**
 * Opens the way to a registry, and to where it leads: connections that are kept alive, with the certificates for that
 * registry, and through the proxy of `https_proxy` or `http_proxy` (as skopeo: by the scheme, except for `no_proxy`).
 *
 * @throws UserError `registry/certificates`
 */
export async function openDispatcher(host: string, secure: boolean, options: DispatcherOptions): Promise<Dispatcher> {
  const { env, homeDirectory, ca, hostname = new URL(`https://${host}`).hostname } = options;
  const way = { ...options, hostname };
  if (!secure) return openOne('http_proxy', way, undefined);
  const { own, others } = await secureContextsFor(host, { env, homeDirectory, extra: ca });
  // A client's certificate says who asks: it is for the registry, and not for where that leads.
  return own === others
    ? openOne('https_proxy', way, own)
    : new SplitDispatcher(hostname, openOne('https_proxy', way, own), openOne('https_proxy', way, others));
}

function openOne(
  proxyVariable: 'http_proxy' | 'https_proxy',
  { env, connections, connectMs, hostname, lookup }: DispatcherOptions & { readonly hostname: string },
  secureContext: SecureContext | undefined,
): Dispatcher {
  const connect = { ...(secureContext && { secureContext }), ...(lookup && { lookup }), timeout: connectMs };
  const proxy = variable(env, proxyVariable);
  if (proxy === '') return new Agent({ connections, connect });
  return new EnvHttpProxyAgent({
    httpProxy: proxy,
    httpsProxy: proxy,
    noProxy: `${noProxyFor(variable(env, 'no_proxy'), hostname)},${loopback}`,
    connections,
    connect,
    requestTls: connect,
  });
}

/** Sends to one host over one dispatcher, and to every other host over another one. */
class SplitDispatcher extends Dispatcher {
  readonly #hostname: string;
  readonly #own: Dispatcher;
  readonly #others: Dispatcher;

  constructor(hostname: string, own: Dispatcher, others: Dispatcher) {
    super();
    this.#hostname = hostname;
    this.#own = own;
    this.#others = others;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const isOwn = new URL(options.origin ?? '').hostname === this.#hostname;
    return (isOwn ? this.#own : this.#others).dispatch(options, handler);
  }

  override close(): Promise<void>;
  override close(callback: () => void): void;
  override close(callback?: () => void): Promise<void> | undefined {
    const closed = Promise.all([this.#own.close(), this.#others.close()]);
    if (callback === undefined) return closed.then(() => undefined);
    void closed.then(callback);
    return undefined;
  }
}

/** Something that is opened when it is first needed. */
export interface Lazy<T> {
  open(): Promise<T>;
  close(): Promise<void>;
}

/** Opens a dispatcher once; closes it once, and only when it was opened. */
export function lazyDispatcher(open: () => Promise<Dispatcher>): Lazy<Dispatcher> {
  let opened: Promise<Dispatcher> | undefined;
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    const [result] = await Promise.allSettled(opened === undefined ? [] : [opened]);
    if (result?.status === 'fulfilled') await result.value.close();
  };
  return {
    open() {
      opened ??= open();
      return opened;
    },
    close() {
      closed ??= close();
      return closed;
    },
  };
}

function variable(env: Environment, name: string): string {
  return env[name] || env[name.toUpperCase()] || '';
}

/**
 * `no_proxy` for one host, as Go's httpproxy reads it and undici does not: IPv6 addresses without brackets, and networks
 * (`10.0.0.0/8`), of which only whether the host is in one is kept.
 *
 * @param hostname that of a URL: an IPv6 address is in brackets
 */
export function noProxyFor(noProxy: string, hostname: string): string {
  const address = hostname.replace(/^\[|\]$/g, '');
  return noProxy
    .split(/[,\s]+/)
    .flatMap((entry) => {
      if (isIP(entry) === 6) return [`[${entry}]`];
      if (!entry.includes('/')) return [entry];
      return isWithin(address, entry) ? [hostname] : [];
    })
    .join(',');
}

function isWithin(address: string, network: string): boolean {
  const [net = '', prefix = ''] = network.split('/');
  const [family, ofNet] = [isIP(address), isIP(net)];
  if (family === 0 || family !== ofNet || !/^\d{1,3}$/.test(prefix) || Number(prefix) > (family === 6 ? 128 : 32))
    return false;
  const type = family === 6 ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  list.addSubnet(net, Number(prefix), type);
  return list.check(address, type);
}

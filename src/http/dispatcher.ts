import type { LookupFunction } from 'node:net';
import type { SecureContext } from 'node:tls';
import { Agent, Dispatcher, ProxyAgent } from 'undici';
import type { Environment } from '../core/environment.ts';
import type { SecretKeeper } from '../core/secrets.ts';
import { secureContextsFor } from './certificates.ts';
import { bypassesProxy, proxyFor } from './proxy.ts';

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
  /** Is given the password of a proxy. */
  readonly secrets?: Pick<SecretKeeper, 'add'>;
}

/**
 * Opens the way to a registry, and to where it leads: connections that are kept alive, with the certificates for that
 * registry, and through the proxy that the environment names for the scheme, except for `no_proxy`.
 *
 * @throws UserError `registry/certificates`, `network/proxy`
 */
export async function openDispatcher(host: string, secure: boolean, options: DispatcherOptions): Promise<Dispatcher> {
  const { env, homeDirectory, ca, hostname = new URL(`https://${host}`).hostname } = options;
  const way = { ...options, hostname };
  if (!secure) return openOne('http', way, undefined);
  const { own, others } = await secureContextsFor(host, { env, homeDirectory, extra: ca });
  // A client's certificate says who asks: it is for the registry, and not for where that leads.
  return own === others
    ? openOne('https', way, own)
    : new SplitDispatcher(
        (url) => url.hostname === hostname,
        openOne('https', way, own),
        openOne('https', way, others),
      );
}

function openOne(
  scheme: 'http' | 'https',
  { env, connections, connectMs, lookup, secrets }: DispatcherOptions,
  secureContext: SecureContext | undefined,
): Dispatcher {
  const connect = { ...(secureContext && { secureContext }), ...(lookup && { lookup }), timeout: connectMs };
  const direct = new Agent({ connections, connect });
  const proxy = proxyFor(scheme, env);
  if (proxy === undefined) return direct;
  const { uri, token, password } = proxy;
  if (password !== undefined) secrets?.add(password);
  const proxied = new ProxyAgent({
    ...{ uri, connections, requestTls: connect, proxyTls: { timeout: connectMs } },
    ...(token !== undefined && { token }),
  });
  return new SplitDispatcher(bypassesProxy(env), direct, proxied);
}

/** Sends to some hosts over one dispatcher, and to every other host over another one. */
class SplitDispatcher extends Dispatcher {
  readonly #isOwn: (url: URL) => boolean;
  readonly #own: Dispatcher;
  readonly #others: Dispatcher;

  constructor(isOwn: (url: URL) => boolean, own: Dispatcher, others: Dispatcher) {
    super();
    this.#isOwn = isOwn;
    this.#own = own;
    this.#others = others;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const isOwn = this.#isOwn(new URL(options.origin ?? ''));
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

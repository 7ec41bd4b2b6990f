import { Agent, type Dispatcher, EnvHttpProxyAgent } from 'undici';
import type { Environment } from '../auth/credential-types.ts';
import { certificatesFor } from './certificates.ts';

export interface DispatcherOptions {
  readonly env: Environment;
  readonly homeDirectory: string;
  /** More authorities, in PEM. */
  readonly ca: readonly string[];
  /** Connections to one host. */
  readonly connections: number;
  readonly connectMs: number;
}

/** Never through a proxy, as Go's net/http has it and so skopeo. */
const loopback = 'localhost,127.0.0.1,[::1]';

/**
 * Opens the way to the registry `host`: connections that are kept alive, with the certificates for that registry, and
 * through the proxy of `https_proxy` or `http_proxy` (as skopeo: by the scheme, except for `no_proxy`).
 *
 * @throws UserError `registry/certificates`
 */
export async function openDispatcher(host: string, secure: boolean, options: DispatcherOptions): Promise<Dispatcher> {
  const { env, homeDirectory, ca, connections, connectMs } = options;
  const certificates = secure ? await certificatesFor(host, { env, homeDirectory, extra: ca }) : {};
  const tls = { ...certificates, timeout: connectMs };
  const proxy = variable(env, secure ? 'https_proxy' : 'http_proxy');
  if (proxy === '') return new Agent({ connections, connect: tls });
  return new EnvHttpProxyAgent({
    httpProxy: proxy,
    httpsProxy: proxy,
    noProxy: `${variable(env, 'no_proxy')},${loopback}`,
    connections,
    connect: tls,
    requestTls: tls,
  });
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

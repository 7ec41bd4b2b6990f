import { Agent, buildConnector } from 'undici';
import { closeAfterTest } from './support.ts';

/** A network of made-up names, each of which is a server on the loopback. */
export interface NamedHosts {
  readonly dispatcher: Agent;
  /** The names and addresses that were connected to. */
  readonly reached: string[];
}

/** Connects `name` or `name:port` to the server at `127.0.0.1:PORT` that is given for it; every other host is unknown. */
export function namedHosts(servers: Readonly<Record<string, string>>): NamedHosts {
  const reached: string[] = [];
  const connect = buildConnector({ rejectUnauthorized: false });
  const dispatcher = new Agent({
    connect(options, callback) {
      const { hostname } = options;
      reached.push(hostname);
      const port = (servers[hostname] ?? servers[`[${hostname}]`])?.split(':').at(-1);
      if (port !== undefined) connect({ ...options, hostname: '127.0.0.1', port }, callback);
      else callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: 'ENOTFOUND' }), null);
    },
  });
  closeAfterTest(dispatcher);
  return { dispatcher, reached };
}

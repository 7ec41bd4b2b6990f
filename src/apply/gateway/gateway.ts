import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Problem } from '../../core/problem.ts';
import type { CopyItem } from '../types.ts';
import { type Admitted, admittedFor, answer, refuse } from './answer.ts';
import { challenge, makeCredentials } from './credentials.ts';
import { type Elsewhere, nowhere } from './elsewhere.ts';
import { readRequest } from './request.ts';
import type { Sources } from './sources.ts';

/** The registry that skopeo reads its source from: on the loopback, for one run. */
export interface Gateway {
  /** `127.0.0.1:PORT`, plain HTTP. */
  readonly host: string;
  /** The file with the credentials that it wants, for skopeo's `--src-authfile`. */
  readonly authFile: string;
  /**
   * Lets one copy process read some items, and nothing else.
   *
   * @param heard told of each request, and whenever it has taken some of an answer
   */
  admit(items: readonly CopyItem[], heard?: () => void): Admission;
  /** Ends every answer that is under way. @throws a bug that an answer ran into */
  close(): Promise<void>;
}

/** What one copy process may read, under a path of its own. */
export interface Admission {
  /** The namespace below which it finds the images: 128 random bits, of no use without the credentials. */
  readonly namespace: string;
  /** Why something that an item needs could not be given. */
  problemOf(item: CopyItem): Problem | undefined;
  end(): void;
}

/** A copy process may be busy for long between two requests (ms). */
const keepAlive = 600_000;

/**
 * Listens on a free port of the loopback.
 *
 * @param signal the run's: what answers run into after it has aborted is no bug
 * @param elsewhere who is asked for a blob before the sources
 */
export async function openGateway(
  sources: Sources,
  signal: AbortSignal,
  elsewhere: Elsewhere = nowhere,
): Promise<Gateway> {
  const credentials = makeCredentials();
  const admitted = new Map<string, Admitted>();
  const bugs: unknown[] = [];

  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    incoming.resume();
    const { method = '', url = '' } = incoming;
    if (!credentials.admit(incoming.headers.authorization)) {
      return refuse(response, 401, { 'www-authenticate': challenge });
    }
    if (method !== 'GET' && method !== 'HEAD') return refuse(response, 405);
    if (url === '/v2/') return void response.end();
    const request = readRequest(url);
    const may = request && admitted.get(request.namespace);
    if (request === undefined || may === undefined) return refuse(response, 404);
    try {
      await answer(method, request, may, { sources, elsewhere }, response);
    } catch (error) {
      response.destroy();
      if (!signal.aborted) bugs.push(error);
    }
  };

  const server = createServer(handle);
  server.keepAliveTimeout = keepAlive;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const host = `127.0.0.1:${port}`;
  const authFile = await credentials.write(host).catch((error: unknown) => {
    server.close();
    throw error;
  });
  return {
    host,
    authFile: authFile.path,
    admit: (items, heard = () => {}) => admit(admitted, items, heard),
    async close() {
      admitted.clear();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await authFile.remove();
      if (bugs.length > 0) throw bugs[0];
    },
  };
}

function admit(admitted: Map<string, Admitted>, items: readonly CopyItem[], heard: () => void): Admission {
  const namespace = randomBytes(16).toString('hex');
  const may = admittedFor(items, heard);
  admitted.set(namespace, may);
  return {
    namespace,
    problemOf: ({ manifests, blobs }) =>
      [...manifests, ...blobs.map(({ digest }) => digest)]
        .map((digest) => may.problems.get(digest))
        .find((problem) => problem !== undefined),
    end: () => {
      admitted.delete(namespace);
    },
  };
}

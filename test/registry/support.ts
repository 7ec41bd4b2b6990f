import type { ServerOptions } from 'node:https';
import { afterEach } from 'vitest';
import { digestOf } from '../../src/core/digest-of.ts';
import { parseTag, type Tag } from '../../src/core/names.ts';
import type { Clock } from '../../src/http/clock.ts';
import type { CredentialStore, Credentials } from '../../src/registry/auth/credential-types.ts';
import { createRegistryClient } from '../../src/registry/client.ts';
import { RegistryError } from '../../src/registry/errors.ts';
import type { RegistryClientOptions } from '../../src/registry/options.ts';
import type { Manifest, RegistryClient } from '../../src/registry/types.ts';
import { type Answer, type ScriptedServer, type SeenRequest, scriptedServer } from '../support/scripted-server.ts';

export const indexType = 'application/vnd.oci.image.index.v1+json';
export const tag: Tag = parseTag('1.0');

/** A clock that stands still but for what is slept; `sleeps` are the waits, in milliseconds. */
export function testClock(
  start = Date.UTC(2026, 0, 1),
): Clock & { readonly sleeps: number[]; advance(ms: number): void } {
  let now = start;
  const sleeps: number[] = [];
  return {
    sleeps,
    now: () => now,
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      sleeps.push(ms);
      now += ms;
    },
    advance(ms) {
      now += ms;
    },
  };
}

const noCredentials: CredentialStore = { find: async () => undefined };

/** A store that has a password for every registry. */
export function passwordStore(username: string, password: string): CredentialStore {
  return storeOf({ kind: 'password', username, password, from: 'a test' });
}

export function storeOf(credentials: Credentials): CredentialStore {
  return { find: async () => credentials };
}

const toClose: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of toClose.splice(0).reverse()) await each.close();
});

/** Closes something after the test, before what was opened earlier. */
export function closeAfterTest(opened: { close(): Promise<void> }): void {
  toClose.push(opened);
}

/** A client that is closed after the test; its clock stands still and there are no credentials, unless given. */
export function openClient(
  host: string,
  options: Partial<RegistryClientOptions> & { readonly insecure?: boolean } = {},
): RegistryClient {
  const { insecure = true, ...rest } = options;
  const defaults = { clock: testClock(), env: {}, homeDirectory: '/nonexistent', credentials: noCredentials };
  const client = createRegistryClient({ host, insecure }, { ...defaults, ...rest });
  closeAfterTest(client);
  return client;
}

/** A scripted server that is closed after the test; `/v2/` answers 200, and is not among the requests of `script`. */
export async function serve(
  script: (request: SeenRequest, nth: number) => Answer,
  options: {
    readonly ping?: () => Answer;
    readonly tls?: ServerOptions;
    /** Told of each connection of TLS, whether the client proved who it is. */
    readonly onTls?: (hasCertificate: boolean) => void;
  } = {},
): Promise<ScriptedServer> {
  let asked = 0;
  const server = await scriptedServer(
    (request) => {
      if (request.path === '/v2/') return options.ping?.() ?? { body: '{}' };
      asked += 1;
      return script(request, asked);
    },
    options.tls,
    options.onTls,
  );
  closeAfterTest(server);
  return server;
}

/** An index that holds `children`, with its right digest. */
export function makeIndex(children: readonly object[] = []): Manifest {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests: children }));
  return { bytes, digest: digestOf(bytes), mediaType: indexType };
}

/** The answer of a good registry to a GET or HEAD of `manifest`. */
export function served(manifest: Manifest, headers: Record<string, string> = {}): Answer {
  return {
    headers: { 'content-type': manifest.mediaType, 'docker-content-digest': manifest.digest, ...headers },
    body: manifest.bytes,
  };
}

/** The error with which `work` fails. */
export async function errorOf(work: Promise<unknown>): Promise<RegistryError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof RegistryError) return error;
  throw new Error(`not a RegistryError: ${error}`);
}

import { readFileSync } from 'node:fs';
import PQueue from 'p-queue';
import { Pool } from 'undici';
import type { Digest } from '../../../src/core/names.ts';
import type { Credentials } from '../registry.ts';
import type { BuiltManifest, BuiltRepository } from './types.ts';

export interface PublishOptions {
  readonly credentials?: Credentials;
  /** The certificate to trust, a PEM file: the registry is reached by TLS. */
  readonly certificate?: string;
}

/** Pushes repositories to a registry (`HOST:PORT`) as any client would: blobs, manifests, tags. Throws when it refuses. */
export async function publishImages(
  host: string,
  repositories: readonly BuiltRepository[],
  options: PublishOptions = {},
): Promise<void> {
  const push = new Push(host, options);
  try {
    for (const repository of repositories) await push.repository(repository);
  } finally {
    await push.close();
  }
}

class Push {
  readonly #pool: Pool;
  readonly #queue = new PQueue({ concurrency: 16 });
  readonly #origin: string;
  readonly #headers: Record<string, string>;

  constructor(host: string, { credentials, certificate }: PublishOptions) {
    this.#origin = `${certificate === undefined ? 'http' : 'https'}://${host}`;
    const tls = certificate === undefined ? {} : { connect: { ca: readFileSync(certificate) } };
    this.#pool = new Pool(this.#origin, { connections: 16, ...tls });
    const login = credentials && Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64');
    this.#headers = login === undefined ? {} : { authorization: `Basic ${login}` };
  }

  /** Blobs first, then manifests, then indexes, then tags: a registry takes nothing that names something absent. */
  async repository(built: BuiltRepository): Promise<void> {
    const { repository, blobs, manifests, tags } = built;
    await this.#all([...blobs], ([digest, bytes]) => this.#blob(repository, digest, bytes));
    const [indexes, children] = partition([...manifests.values()], (manifest) => manifest.children.length > 0);
    const put = (manifest: BuiltManifest) => this.#manifest(repository, manifest.digest, manifest);
    await this.#all(children, put);
    await this.#all(indexes, put);
    await this.#all([...tags.keys()], (tag) => this.#manifest(repository, tag, built.manifestOf(tag)));
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }

  async #all<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
    await this.#queue.addAll(items.map((item) => () => work(item)));
  }

  async #blob(repository: string, digest: Digest, bytes: Buffer): Promise<void> {
    const location = await this.#send('POST', `/v2/${repository}/blobs/uploads/`, 202);
    const target = new URL(location, this.#origin);
    target.searchParams.set('digest', digest);
    await this.#send('PUT', target.pathname + target.search, 201, bytes, 'application/octet-stream');
  }

  async #manifest(repository: string, reference: string, { bytes, mediaType }: BuiltManifest): Promise<void> {
    await this.#send('PUT', `/v2/${repository}/manifests/${reference}`, 201, bytes, mediaType);
  }

  /** Returns the answer's location. */
  async #send(method: 'POST' | 'PUT', path: string, expected: number, body?: Buffer, type?: string): Promise<string> {
    const headers = type === undefined ? this.#headers : { ...this.#headers, 'content-type': type };
    const answer = await this.#pool.request({ method, path, headers, ...(body === undefined ? {} : { body }) });
    const text = await answer.body.text();
    if (answer.statusCode !== expected) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
    return String(answer.headers['location'] ?? '');
  }
}

function partition<Item>(items: readonly Item[], test: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}

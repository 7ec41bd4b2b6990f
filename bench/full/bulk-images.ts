import { createCipheriv, createHash } from 'node:crypto';
import { Readable, Transform } from 'node:stream';
import { createGzip } from 'node:zlib';
import { request } from 'undici';
import { oci } from '../../test/support/images/media-types.ts';

/** Images of random bytes: one repository, with the tags 1 to `images`. */
export interface BulkSet {
  readonly repository: string;
  readonly images: number;
  readonly layersEach: number;
  readonly layerMib: number;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const mib = 2 ** 20;

/** The tags of a set. */
export function tagsOf({ images }: BulkSet): string[] {
  return Array.from({ length: images }, (_, index) => String(index + 1));
}

/** The library file that announces a set. */
export function libraryFileOf(set: BulkSet): string {
  const entries = tagsOf(set).map((tag) => `Tags: ${tag}\nArchitectures: amd64\nGitCommit: ${tag.padStart(40, '0')}`);
  return ['Maintainers: Nobody (@nobody)\nGitRepo: https://example.invalid/x.git', ...entries].join('\n\n');
}

/** Makes a set and streams it to a registry (`HOST:PORT`, plain HTTP); gives the bytes of its layers. */
export async function pushBulk(host: string, set: BulkSet): Promise<number> {
  const repository = `http://${host}/v2/library/${set.repository}`;
  let bytes = 0;
  for (const tag of tagsOf(set)) {
    const layers: Descriptor[] = [];
    for (let index = 0; index < set.layersEach; index += 1) {
      const seed = `${set.repository} ${tag} ${index}`;
      const layer = await pushBlob(repository, randomLayer(seed, set.layerMib));
      layers.push({ mediaType: oci.layer, ...layer });
      bytes += layer.size;
    }
    await pushImage(repository, tag, layers);
  }
  return bytes;
}

/** A gzip file of random bytes, which does not make them fewer. */
function randomLayer(seed: string, sizeMib: number): Readable {
  const key = createHash('sha256').update(seed).digest();
  const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  const zeros = Buffer.alloc(mib);
  const random = Readable.from(
    (function* () {
      for (let part = 0; part < sizeMib; part += 1) yield cipher.update(zeros);
    })(),
  );
  return random.pipe(createGzip({ level: 0 }));
}

async function pushBlob(repository: string, body: Readable): Promise<{ digest: string; size: number }> {
  const hash = createHash('sha256');
  let size = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk);
      size += chunk.length;
      done(null, chunk);
    },
  });
  const begun = await send('POST', `${repository}/blobs/uploads/`, 202);
  const sent = await send('PATCH', begun, 202, { body: body.pipe(counted) });
  const digest = `sha256:${hash.digest('hex')}`;
  const end = new URL(sent);
  end.searchParams.set('digest', digest);
  await send('PUT', end.href, 201);
  return { digest, size };
}

/** An index of one platform, as the Hub has it for such an image. */
async function pushImage(repository: string, tag: string, layers: readonly Descriptor[]): Promise<void> {
  const platform = { os: 'linux', architecture: 'amd64' };
  const config = await pushBlob(repository, Readable.from([Buffer.from(JSON.stringify({ ...platform, tag }))]));
  const manifest = await pushManifest(repository, oci.manifest, {
    config: { mediaType: oci.config, ...config },
    layers,
  });
  await pushManifest(repository, oci.index, { manifests: [{ ...manifest, platform }] }, tag);
}

async function pushManifest(repository: string, mediaType: string, content: object, tag?: string): Promise<Descriptor> {
  const body = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...content }));
  const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
  const headers = { 'content-type': mediaType };
  await send('PUT', `${repository}/manifests/${tag ?? digest}`, 201, { body, headers });
  return { mediaType, digest, size: body.length };
}

/** Sends a request that must be answered so; gives where the answer leads. */
async function send(
  method: 'POST' | 'PATCH' | 'PUT',
  url: string,
  status: number,
  options: { body?: Readable | Buffer; headers?: Record<string, string> } = {},
): Promise<string> {
  const answer = await request(url, { method, ...options });
  await answer.body.dump();
  if (answer.statusCode !== status) throw new Error(`${method} ${url}: ${answer.statusCode}`);
  return new URL(String(answer.headers['location'] ?? ''), url).href;
}

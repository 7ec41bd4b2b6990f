import { type Digest, type ImageName, isDigest, isImageName, isTag, namespacePath, type Tag } from '../core/names.ts';
import { hubHost, isHub, mistakenHubHosts } from '../registry/hub.ts';

/** An image reference as docker completes it. */
export interface Reference {
  /** Registry and path, such as `docker.io/library/alpine`. */
  readonly repository: string;
  /** The official image that the repository holds; absent: it is no official image. */
  readonly image?: ImageName;
  /** `latest` where the reference has neither tag nor digest. */
  readonly tag?: Tag;
  readonly digest?: Digest;
}

/** A registry and namespace that hold official images, such as a destination: `HOST/PATH`. */
export interface MirrorName {
  readonly host: string;
  readonly namespace: string;
}

const hub: MirrorName = { host: hubHost, namespace: 'library' };

/** Public copies of the official images. */
export const publicMirrors: readonly MirrorName[] = [
  { host: 'public.ecr.aws', namespace: 'docker/library' },
  { host: 'mirror.gcr.io', namespace: 'library' },
];

const longestReference = 4096;
const hostPattern =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[0-9a-fA-F:.]+\])(?::\d{1,5})?$/;
const anyDigest = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;
const imageId = /^[0-9a-f]{64}$/;

/**
 * Reads a reference as docker does (distribution, reference/normalize.go): without a registry it is at the Docker Hub, without a
 * namespace there in `library`, and without tag and digest it is `latest`. Gives `undefined` for what docker refuses.
 *
 * @param mirrors where official images are besides `docker.io/library`
 */
export function parseReference(text: string, mirrors: readonly MirrorName[] = []): Reference | undefined {
  if (text.length > longestReference) return undefined;
  const parts = /^([^@]*?)(?::([^/@:]*))?(?:@(.*))?$/s.exec(text.replace(/^docker:\/\//, ''));
  const [, name = '', tag, digest] = parts ?? [];
  if (imageId.test(name) || (tag !== undefined && !isTag(tag))) return undefined;
  if (digest !== undefined && !anyDigest.test(digest)) return undefined;
  const { host, path } = splitName(name);
  if (!hostPattern.test(host) || path === '' || !path.split('/').every(isImageName)) return undefined;
  const image = officialImage({ host, path }, [hub, ...mirrors]);
  return {
    repository: `${host}/${path}`,
    ...(image === undefined ? {} : { image }),
    ...(tag !== undefined ? { tag } : digest === undefined ? { tag: 'latest' as Tag } : {}),
    ...(digest !== undefined && isDigest(digest) ? { digest } : {}),
  };
}

/** Registry and path of a name: what stands before the first `/` is a registry where it cannot be a path. */
function splitName(name: string): { readonly host: string; readonly path: string } {
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  const isHost = /[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase();
  const [host, path] = isHost ? [first.toLowerCase(), name.slice(slash + 1)] : [hubHost, name];
  if (!isHub(host) && !mistakenHubHosts.includes(host)) return { host, path };
  return { host: hubHost, path: path.includes('/') ? path : `library/${path}` };
}

function officialImage(
  { host, path }: { readonly host: string; readonly path: string },
  mirrors: readonly MirrorName[],
): ImageName | undefined {
  for (const mirror of mirrors) {
    if (mirror.host.toLowerCase() !== host) continue;
    const prefix = mirror.namespace === '' ? '' : `${mirror.namespace}/`;
    const rest = path.startsWith(prefix) ? path.slice(prefix.length) : '';
    if (isImageName(rest)) return rest;
  }
  return undefined;
}

/** Reads `HOST/PATH`, a place that holds official images; `undefined` where it is none. */
export function parseMirrorName(text: string): MirrorName | undefined {
  const [host = '', ...rest] = text.replace(/\/+$/, '').split('/');
  const isPlace = hostPattern.test(host) && (/[.:]/.test(host) || host === 'localhost') && rest.every(isImageName);
  return isPlace ? { host: host.toLowerCase(), namespace: rest.join('/') } : undefined;
}

/** `HOST/PATH`. */
export function mirrorText({ host, namespace }: MirrorName): string {
  return namespacePath(host, namespace);
}

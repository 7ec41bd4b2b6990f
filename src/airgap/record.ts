import { isRecord } from '../core/json.ts';
import { type Digest, type ImageName, isDigest, isImageName, isTag, type Tag } from '../core/names.ts';
import { type Problem, UserError } from '../core/problem.ts';
import { cleanText } from '../core/text.ts';
import { isManifestType } from '../registry/media-types.ts';

/** The only shape that this tool writes and reads. */
const schema = 'mirrorlock/export-record/v1';

/** The canonical text of a record. */
export function formatRecord(record: ExportRecord): string {
  return `${JSON.stringify({ schema, ...record }, null, 1)}\n`;
}

/**
 * Reads a record.
 *
 * @param file how messages name it
 * @throws UserError `airgap/bad-record`, `airgap/newer-record`
 */
export function parseRecord(text: string, file: string): ExportRecord {
  const fail = (message: string, value: unknown, code = 'bad-record'): never => {
    throw new UserError([problem(code, message, file, value)]);
  };
  const data = parseJson(text);
  if (!isRecord(data) || typeof data['schema'] !== 'string' || !data['schema'].startsWith('mirrorlock/export-record/'))
    return fail('Not the record of a mirrorlock export.', undefined);
  if (data['schema'] !== schema) return fail(`This mirrorlock reads ${schema}.`, data['schema'], 'newer-record');
  const { upstream, since, images } = data;
  const repository = isRecord(upstream) ? upstream['repository'] : undefined;
  const commit = isRecord(upstream) ? upstream['commit'] : undefined;
  if (typeof repository !== 'string' || typeof commit !== 'string')
    return fail('The record must name the repository and commit of upstream.', upstream);
  if (since !== undefined && !isDigestValue(since)) return fail('`since` is a digest.', since);
  if (!Array.isArray(images)) return fail('It has a list of images.', images);
  const read = images.map((image: unknown) => readImage(image) ?? fail('It describes each image.', image));
  if (new Set(read.map(({ image }) => image)).size < read.length)
    return fail('The record must describe each image only once.', undefined);
  return { upstream: { repository, commit }, ...(since === undefined ? {} : { since }), images: read };
}

function readImage(value: unknown): ExportedImage | undefined {
  if (!isRecord(value)) return undefined;
  const { image, groups, here, earlier } = value;
  if (typeof image !== 'string' || !isImageName(image) || !isDigests(here) || !isDigests(earlier)) return undefined;
  if (!Array.isArray(groups)) return undefined;
  const read = groups.map(readGroup);
  const known = new Set<string>([...here, ...earlier]);
  const tags = read.flatMap((group) => group?.tags ?? []);
  const isSound = (group: ExportedGroup | undefined): group is ExportedGroup =>
    group !== undefined && known.has(group.digest);
  return read.every(isSound) && new Set(tags).size === tags.length ? { image, groups: read, here, earlier } : undefined;
}

function readGroup(value: unknown): ExportedGroup | undefined {
  if (!isRecord(value)) return undefined;
  const { digest, mediaType, size, tags } = value;
  if (!isDigestValue(digest) || typeof mediaType !== 'string' || !isManifestType(mediaType)) return undefined;
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0 || !Array.isArray(tags)) return undefined;
  const read = tags.filter((tag: unknown) => typeof tag === 'string' && isTag(tag));
  return read.length === tags.length && read.length > 0 ? { digest, mediaType, size, tags: read } : undefined;
}

function isDigestValue(value: unknown): value is Digest {
  return typeof value === 'string' && isDigest(value);
}

function isDigests(value: unknown): value is Digest[] {
  return Array.isArray(value) && value.every(isDigestValue);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The caller says that it is no record.
    return undefined;
  }
}

function problem(code: string, message: string, file: string, value: unknown): Problem {
  const seen = value === undefined ? {} : { value: cleanText(JSON.stringify(value)) };
  return { code: `airgap/${code}`, severity: 'error', message, place: { file }, ...seen };
}

/** A manifest as an index of a layout describes it; `size` is in bytes. */
export interface Described {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number;
}

/** Tags of an image that share a digest. */
interface ExportedGroup extends Described {
  readonly tags: readonly Tag[];
}

/** What an export has of one image. */
export interface ExportedImage {
  readonly image: ImageName;
  readonly groups: readonly ExportedGroup[];
  /** Manifests and blobs that the export holds; other images may share them. Sorted. */
  readonly here: readonly Digest[];
  /** What it leaves out, since an earlier export had it for this image. Sorted. */
  readonly earlier: readonly Digest[];
}

/** What an export is: the content of `mirrorlock-export.json`. */
export interface ExportRecord {
  /** The commit of upstream that the lockfile was made from. */
  readonly upstream: { readonly repository: string; readonly commit: string };
  /** The sha256 digest of the record of the earlier export; absent: the export is complete. */
  readonly since?: Digest;
  /** Sorted by name. */
  readonly images: readonly ExportedImage[];
}

import * as v from 'valibot';
import { shownJson } from '../core/json.ts';
import { type Digest, type ImageName, isDigest, isImageName, isTag, type Tag } from '../core/names.ts';
import { type Problem, UserError } from '../core/problem.ts';
import { byteCount, objectOf, readShape, type Shape, shapeOf, textThat } from '../core/shape.ts';
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
  const written = shapeOf(versionShape, data)?.schema;
  if (written === undefined) return fail('Not the record of a mirrorlock export.', undefined);
  if (written !== schema) return fail(`This mirrorlock reads ${schema}.`, written, 'newer-record');
  const { value, fault } = readShape(recordShape, data);
  return fault === undefined ? value : fail(`${fault.path}: ${fault.rule}.`, fault.value);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The caller says that it is not a record.
    return undefined;
  }
}

function problem(code: string, message: string, file: string, value: unknown): Problem {
  const seen = value === undefined ? {} : { value: cleanText(shownJson(value)) };
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

const digest = textThat(isDigest, 'a digest is `sha256:` and 64 lower-case hexadecimal digits');
const digests = v.array(digest, 'it is a list of digests');

const versionShape = objectOf({ schema: v.pipe(v.string(), v.startsWith('mirrorlock/export-record/')) });

const groupShape: Shape<ExportedGroup> = objectOf({
  digest,
  mediaType: v.pipe(v.string('it is text'), v.check(isManifestType, 'it is the type of a manifest')),
  size: byteCount('a size is a whole number of bytes'),
  tags: v.pipe(v.array(textThat(isTag, 'it is a tag'), 'it is a list of tags'), v.minLength(1, 'it has a tag')),
});

const imageShape: Shape<ExportedImage> = v.pipe(
  objectOf({
    image: textThat(isImageName, 'it is the name of an image'),
    groups: v.array(groupShape, 'it is a list of groups'),
    here: digests,
    earlier: digests,
  }),
  v.check(({ groups }) => isEachOnce(groups.flatMap(({ tags }) => tags)), 'it names a tag once'),
  v.check(({ groups, here, earlier }) => {
    const known = new Set([...here, ...earlier]);
    return groups.every((group) => known.has(group.digest));
  }, '`here` or `earlier` has the digest of each group'),
);

const recordShape: Shape<ExportRecord> = v.pipe(
  objectOf({
    upstream: objectOf({ repository: v.string('it is text'), commit: v.string('it is text') }),
    since: v.optional(digest),
    images: v.pipe(
      v.array(imageShape, 'it is a list of images'),
      v.check((images) => isEachOnce(images.map(({ image }) => image)), 'it describes an image once'),
    ),
  }),
  v.transform(({ since, ...record }) => (since === undefined ? record : { ...record, since })),
);

function isEachOnce(names: readonly string[]): boolean {
  return new Set(names).size === names.length;
}

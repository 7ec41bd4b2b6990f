import * as v from 'valibot';
import { ExitCode } from '../core/exit-code.ts';
import { shownJson } from '../core/json.ts';
import { type Digest, isDigest } from '../core/names.ts';
import type { Platform } from '../core/platform.ts';
import { UserError } from '../core/problem.ts';
import {
  byteCount,
  dictionaryOf,
  lenient,
  objectOf,
  readShape,
  type Shape,
  type ShapeFault,
  textThat,
} from '../core/shape.ts';
import { cleanText } from '../core/text.ts';

export { isIndex, isManifestType } from './media-types.ts';

/** The largest official index has some 30 children, attestations included. */
const mostChildren = 1_000;
/** No storage driver stacks more than some hundred layers. */
const mostLayers = 1_000;

/** What an index holds, in its order; it may hold nothing. */
interface ParsedIndex {
  readonly children: readonly IndexChild[];
}

/** What a manifest needs, in its order. */
interface ParsedManifest {
  readonly config: ContentDescriptor;
  readonly layers: readonly ContentDescriptor[];
}

/**
 * Reads an OCI index or Docker manifest list; fields that it does not know are let be.
 *
 * @throws UserError `registry/bad-index`, or `registry/too-many-children` above 1,000 (exit code `failed`)
 */
export function parseIndex(bytes: Uint8Array): ParsedIndex {
  return { children: readIndex(indexShape, bytes) };
}

/**
 * As {@link parseIndex}, for readers to whom an annotation that is not text is no reason to refuse the index: registries and
 * runtimes refuse it.
 */
export function parseIndexLeniently(bytes: Uint8Array): { readonly children: readonly LenientChild[] } {
  const children = readIndex(lenientIndexShape, bytes).map(({ annotations: written, ...child }): LenientChild => {
    const [annotations, notText] = [true, false].map((isText) =>
      Object.fromEntries(Object.entries(written).filter(([, value]) => (typeof value === 'string') === isText)),
    ) as [IndexChild['annotations'], LenientChild['notText']];
    return { ...child, annotations, notText };
  });
  return { children };
}

function readIndex<Child>(shape: Shape<{ readonly manifests: readonly Child[] }>, bytes: Uint8Array): readonly Child[] {
  const { value, fault } = readShape(shape, jsonOf(bytes));
  if (fault === undefined) return value.manifests;
  if (fault.rule === tooManyChildren) throw unusable('registry/too-many-children', tooManyChildren, fault.value);
  throw broken('registry/bad-index', 'The index', fault);
}

/**
 * Reads an OCI or Docker image manifest; fields that it does not know are let be.
 *
 * @throws UserError `registry/bad-manifest` (exit code `failed`)
 */
export function parseManifest(bytes: Uint8Array): ParsedManifest {
  const { value, fault } = readShape(manifestShape, jsonOf(bytes));
  if (fault === undefined) return value;
  throw broken('registry/bad-manifest', 'The manifest', fault);
}

/**
 * The platform that an image's config tells (OCI image spec, config.md); `undefined` for the config of something else.
 *
 * @throws UserError `registry/bad-manifest` (exit code `failed`)
 */
export function parseConfigPlatform(bytes: Uint8Array): Platform | undefined {
  const json = jsonOf(bytes);
  const config = readShape(configShape, json);
  if (config.fault === undefined && config.value.os === undefined) return undefined;
  const { value, fault } = readShape(platformShape, json);
  if (fault === undefined) return value;
  throw broken('registry/bad-manifest', 'The config', config.fault ?? fault);
}

/** What bytes are in JSON; `undefined`, which no shape here is, for other bytes. */
function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // What JSON.parse says quotes the text; the rule is enough.
    return undefined;
  }
}

function broken(code: string, what: string, { path, rule, value }: ShapeFault): UserError {
  return unusable(code, `${what} cannot be used: ${cleanText(`${path || 'it'}: ${rule}`)}.`, value);
}

function unusable(code: string, message: string, value: unknown): UserError {
  const seen = value === undefined ? {} : { value: cleanText(shownJson(value), 100) };
  return new UserError([{ code, severity: 'error', message, ...seen }], { exitCode: ExitCode.failed });
}

/** What a manifest says of a blob or another manifest (OCI image spec, descriptor.md). `size` is in bytes. */
interface Descriptor {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number;
}

/** A config or a layer. `urls`: where else it is to be had (OCI image spec, descriptor.md, "urls"); absent where nowhere. */
export interface ContentDescriptor extends Descriptor {
  readonly urls?: readonly string[];
}

/** A manifest in an index. `platform` is absent for some artifacts; `annotations` may be empty. */
export interface IndexChild extends Descriptor {
  readonly platform?: Platform;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A manifest in an index, and its annotations that are not text. */
export interface LenientChild extends IndexChild {
  readonly notText: Readonly<Record<string, unknown>>;
}

// RFC 6838, section 4.2, as the OCI image spec asks for it.
const mediaTypePattern = /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$/;
const platformWord = /^[A-Za-z0-9._-]{1,64}$/;
const mostAnnotations = 100;
const mostFeatures = 16;
const mostUrls = 100;
const aWord = 'it is 1 to 64 letters, digits, `.`, `_` or `-`';
const aList = 'it is a list';

const word = v.pipe(v.string(aWord), v.regex(platformWord, aWord));
/** Absent or empty, as some tools write it. */
const wordIfAny = v.optional(v.union([v.literal(''), word], aWord), '');

const platformEntries = {
  os: word,
  architecture: word,
  variant: wordIfAny,
  'os.version': wordIfAny,
  'os.features': v.nullish(
    v.pipe(v.array(word, aList), v.maxLength(mostFeatures, `there are at most ${mostFeatures} features`)),
    [],
  ),
};
const platformShape: Shape<Platform> = v.pipe(
  objectOf(platformEntries, 'a platform is an object'),
  v.transform(({ os, architecture, variant, 'os.version': osVersion, 'os.features': osFeatures }) => ({
    ...{ os, architecture },
    ...(variant === '' ? {} : { variant }),
    ...(osVersion === '' ? {} : { osVersion }),
    ...(osFeatures.length > 0 ? { osFeatures } : {}),
  })),
);

const descriptorEntries = {
  digest: textThat(isDigest, 'a digest is `sha256:` and 64 lower-case hexadecimal digits'),
  mediaType: v.pipe(
    v.string('a media type is `type/subtype`'),
    v.regex(mediaTypePattern, 'a media type is `type/subtype`'),
  ),
  size: byteCount('a size is a whole number of bytes'),
};
const contentShape: Shape<ContentDescriptor> = v.pipe(
  objectOf(
    {
      ...descriptorEntries,
      urls: v.nullish(
        v.pipe(v.array(v.string('a URL is text'), aList), v.maxLength(mostUrls, `there are at most ${mostUrls} URLs`)),
        [],
      ),
    },
    'a descriptor is an object',
  ),
  v.transform(({ urls, ...descriptor }) => (urls.length > 0 ? { ...descriptor, urls } : descriptor)),
);
/** Go's JSON, in which registries and runtimes read it, takes `null` for an empty text. */
const annotationShape = v.pipe(
  v.nullable(v.string('an annotation is text')),
  v.transform((text) => text ?? ''),
);
const childShape = childShapeOf(
  v.nullish(
    v.pipe(
      dictionaryOf(annotationShape, 'annotations are an object'),
      v.maxEntries(mostAnnotations, `there are at most ${mostAnnotations} annotations`),
    ),
    {},
  ),
);
const lenientChildShape = childShapeOf(v.fallback(dictionaryOf(v.unknown()), {}));

function childShapeOf<Annotations>(annotations: v.GenericSchema<unknown, Annotations>) {
  return v.pipe(
    objectOf({ ...descriptorEntries, platform: v.nullish(platformShape), annotations }, 'a descriptor is an object'),
    v.transform(({ platform, ...child }) => (platform ? { ...child, platform } : child)),
  );
}

const anObject = 'it is a JSON object in UTF-8';
const tooManyChildren = `An index has at most ${mostChildren} children.`;
const indexShape = indexShapeOf(childShape);
const lenientIndexShape = indexShapeOf(lenientChildShape);

function indexShapeOf<Child>(child: Shape<Child>) {
  // The length first: no more of them are read than may be there.
  const children = v.pipe(v.array(v.unknown(), aList), v.maxLength(mostChildren, tooManyChildren), v.array(child));
  return objectOf({ manifests: children }, anObject);
}

const manifestShape: Shape<ParsedManifest> = objectOf(
  {
    config: contentShape,
    layers: v.pipe(
      v.array(v.unknown(), aList),
      v.maxLength(mostLayers, `there are at most ${mostLayers}`),
      v.array(contentShape),
    ),
  },
  anObject,
);
/** The config of something else than an image names no `os`. */
const configShape = objectOf({ os: lenient(v.string()) }, anObject);

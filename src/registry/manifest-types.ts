import { ExitCode } from '../core/exit-code.ts';
import { isRecord } from '../core/json.ts';
import { type Digest, isDigest } from '../core/names.ts';
import type { Platform } from '../core/platform.ts';
import { UserError } from '../core/problem.ts';
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
  return reading('registry/bad-index', 'The index', () => {
    const { manifests } = readObject(bytes);
    const children = readList(manifests, 'manifests');
    if (children.length > mostChildren) {
      throw unusable('registry/too-many-children', `An index has at most ${mostChildren} children.`, children.length);
    }
    return { children: children.map((child, index) => readIndexChild(child, `manifests[${index}]`)) };
  });
}

/**
 * Reads an OCI or Docker image manifest; fields that it does not know are let be.
 *
 * @throws UserError `registry/bad-manifest` (exit code `failed`)
 */
export function parseManifest(bytes: Uint8Array): ParsedManifest {
  return reading('registry/bad-manifest', 'The manifest', () => {
    const { config, layers } = readObject(bytes);
    const list = readList(layers, 'layers');
    if (list.length > mostLayers) throw new BadDescriptor('layers', `there are at most ${mostLayers}`, list.length);
    return {
      config: readContentDescriptor(config, 'config'),
      layers: list.map((layer, index) => readContentDescriptor(layer, `layers[${index}]`)),
    };
  });
}

/**
 * The platform that an image's config tells (OCI image spec, config.md); `undefined` for the config of something else.
 *
 * @throws UserError `registry/bad-manifest` (exit code `failed`)
 */
export function parseConfigPlatform(bytes: Uint8Array): Platform | undefined {
  return reading('registry/bad-manifest', 'The config', () => {
    const config = readObject(bytes);
    return typeof config['os'] === 'string' ? readPlatform(config, 'it') : undefined;
  });
}

function readObject(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // What JSON.parse says quotes the text; the rule is enough.
    throw new BadDescriptor('it', 'it has to be JSON in UTF-8', undefined);
  }
  if (isRecord(value)) return value;
  throw new BadDescriptor('it', 'it has to be a JSON object', value);
}

function readList(value: unknown, path: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new BadDescriptor(path, 'it has to be a list', value);
}

function reading<T>(code: string, what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof BadDescriptor)) throw error;
    throw unusable(code, `${what} cannot be used: ${cleanText(error.message)}.`, error.value);
  }
}

function unusable(code: string, message: string, value: unknown): UserError {
  const seen = value === undefined ? {} : { value: cleanText(JSON.stringify(value), 100) };
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

/** A part of a manifest that breaks a rule; `path` is where, such as `manifests[3].digest`. */
class BadDescriptor extends Error {
  readonly path: string;
  readonly rule: string;
  readonly value: unknown;

  constructor(path: string, rule: string, value: unknown) {
    super(`${path}: ${rule}`);
    this.path = path;
    this.rule = rule;
    this.value = value;
  }
}

// RFC 6838, section 4.2, as the OCI image spec asks for it.
const mediaTypePattern = /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$/;
const platformWord = /^[A-Za-z0-9._-]{1,64}$/;
const mostAnnotations = 100;
const mostFeatures = 16;
const mostUrls = 100;

/** @throws BadDescriptor */
function readDescriptor(value: unknown, path: string): Descriptor {
  if (!isRecord(value)) throw new BadDescriptor(path, 'a descriptor is an object', value);
  const { digest, mediaType, size } = value;
  if (typeof digest !== 'string' || !isDigest(digest)) {
    throw new BadDescriptor(`${path}.digest`, 'a digest is `sha256:` and 64 lower-case hexadecimal digits', digest);
  }
  if (typeof mediaType !== 'string' || !mediaTypePattern.test(mediaType)) {
    throw new BadDescriptor(`${path}.mediaType`, 'a media type is `type/subtype`', mediaType);
  }
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    throw new BadDescriptor(`${path}.size`, 'a size is a whole number of bytes', size);
  }
  return { digest, mediaType, size };
}

/** @throws BadDescriptor */
function readContentDescriptor(value: unknown, path: string): ContentDescriptor {
  const descriptor = readDescriptor(value, path);
  const urls = readUrls(isRecord(value) ? value['urls'] : undefined, `${path}.urls`);
  return urls.length > 0 ? { ...descriptor, urls } : descriptor;
}

/** @throws BadDescriptor */
function readIndexChild(value: unknown, path: string): IndexChild {
  const descriptor = readDescriptor(value, path);
  const { platform, annotations } = isRecord(value) ? value : {};
  return {
    ...descriptor,
    ...(platform === undefined || platform === null ? {} : { platform: readPlatform(platform, `${path}.platform`) }),
    annotations: readAnnotations(annotations, `${path}.annotations`),
  };
}

/** @throws BadDescriptor */
function readPlatform(value: unknown, path: string): Platform {
  if (!isRecord(value)) throw new BadDescriptor(path, 'a platform is an object', value);
  const word = (name: string): string => {
    const text = value[name];
    if (typeof text === 'string' && platformWord.test(text)) return text;
    throw new BadDescriptor(`${path}.${name}`, 'it is 1 to 64 letters, digits, `.`, `_` or `-`', text);
  };
  const isGiven = (name: string) => value[name] !== undefined && value[name] !== '';
  const features = readFeatures(value['os.features'], `${path}.os.features`);
  return {
    os: word('os'),
    architecture: word('architecture'),
    ...(isGiven('variant') ? { variant: word('variant') } : {}),
    ...(isGiven('os.version') ? { osVersion: word('os.version') } : {}),
    ...(features.length > 0 ? { osFeatures: features } : {}),
  };
}

function readUrls(value: unknown, path: string): string[] {
  if (value === undefined || value === null) return [];
  const isText = (url: unknown): url is string => typeof url === 'string';
  if (Array.isArray(value) && value.length <= mostUrls && value.every(isText)) return value;
  throw new BadDescriptor(path, `it is a list of at most ${mostUrls} texts`, value);
}

function readFeatures(value: unknown, path: string): string[] {
  if (value === undefined || value === null) return [];
  const isFeature = (feature: unknown): feature is string => typeof feature === 'string' && platformWord.test(feature);
  if (Array.isArray(value) && value.length <= mostFeatures && value.every(isFeature)) return value;
  throw new BadDescriptor(path, `it is a list of at most ${mostFeatures} words`, value);
}

function readAnnotations(value: unknown, path: string): Readonly<Record<string, string>> {
  if (value === undefined || value === null) return {};
  if (!isRecord(value)) throw new BadDescriptor(path, 'annotations are an object', value);
  const entries = Object.entries(value);
  if (entries.length > mostAnnotations) {
    throw new BadDescriptor(path, `there are at most ${mostAnnotations} annotations`, entries.length);
  }
  return Object.fromEntries(
    entries.map(([key, text]) => {
      if (typeof text !== 'string') throw new BadDescriptor(`${path}.${key}`, 'an annotation is text', text);
      return [key, text];
    }),
  );
}

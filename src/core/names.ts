import { problemError } from './problem.ts';

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** The name of an official image, such as `golang`: a file name in `library/` and a repository below the namespace. */
export type ImageName = Branded<'ImageName'>;
/** A tag, such as `1.27.0-trixie`. */
export type Tag = Branded<'Tag'>;
/** A digest, such as `sha256:` and 64 hexadecimal digits. */
export type Digest = Branded<'Digest'>;

const imageNamePattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const digestPattern = /^sha256:[0-9a-f]{64}$/;

/** Whether `text` is one path component of a repository name (distribution's reference/regexp.go, `path-component`). */
export function isImageName(text: string): text is ImageName {
  return text.length <= 255 && imageNamePattern.test(text);
}

/** Whether `text` is a tag (distribution's reference/regexp.go, `TagRegexp`; bashbrew uses the same rule). */
export function isTag(text: string): text is Tag {
  return tagPattern.test(text);
}

/** Whether `text` is a sha256 digest in its canonical form (OCI image spec, descriptor.md, "Digests"). */
export function isDigest(text: string): text is Digest {
  return digestPattern.test(text);
}

/** Returns `text` as an image name; throws a {@link UserError} with code `names/image`. */
export function parseImageName(text: string): ImageName {
  if (isImageName(text)) return text;
  throw problemError(
    'names/image',
    'An image name is lower-case letters and digits, joined by `.`, `_`, `__` or `-`.',
    text,
  );
}

/** Returns `text` as a tag; throws a {@link UserError} with code `names/tag`. */
export function parseTag(text: string): Tag {
  if (isTag(text)) return text;
  throw problemError(
    'names/tag',
    'A tag is 1 to 128 letters, digits, `_`, `.` or `-`, and does not begin with `.` or `-`.',
    text,
  );
}

/** Returns `text` as a digest; throws a {@link UserError} with code `names/digest`. */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw problemError('names/digest', 'A digest is `sha256:` and 64 lower-case hexadecimal digits.', text);
}

/** The repository of an image below a namespace (which may be empty), such as `library/golang`. */
export function repositoryPath(namespace: string, image: string): string {
  return namespace === '' ? image : `${namespace}/${image}`;
}

/** A namespace of a registry as people write it: `HOST/NAMESPACE`, or only the host where the namespace is empty. */
export function namespacePath(host: string, namespace: string): string {
  return namespace === '' ? host : `${host}/${namespace}`;
}

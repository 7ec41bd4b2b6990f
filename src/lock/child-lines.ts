import { defined } from '../core/defined.ts';
import { isDigest } from '../core/names.ts';
import type { Platform } from '../core/platform.ts';
import { ociManifestType } from '../registry/media-types.ts';
import { type Child, noPlatform } from '../resolve/types.ts';

/** Not written: what nearly all children are. */
const usualType = ociManifestType;

/**
 * The children of an index as lines of the lockfile: `PLATFORM DIGEST SIZE`, and of what attests an image
 * `PLATFORM TYPE DIGEST SIZE`, where the platform is that of the nearest image before it. An attestation of another has
 * the digest of what it attests in the platform's place. A media type stands at the end where it is not the usual one.
 */
export function childLines(children: readonly Child[]): string[] {
  const nearest = new Map<string, string>();
  return children.map(({ digest, size, mediaType, platform, attests }) => {
    const end = `${digest} ${size}${mediaType === usualType ? '' : ` ${mediaType}`}`;
    if (attests !== undefined) {
      const [found] = [...nearest].find(([, image]) => image === attests.digest) ?? [];
      return `${found ?? attests.digest} ${attests.type} ${end}`;
    }
    const words = platformWords(platform);
    nearest.set(words, digest);
    return `${words} ${end}`;
  });
}

const line = /^(\S+)(?: (\S+))? (sha256:[0-9a-f]{64}) (0|[1-9]\d{0,15})(?: (\S+))?$/;
const mediaTypePattern = /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$/;
const referenceType = /^[a-z][a-z0-9.-]{0,63}$/;

/** Reads lines that {@link childLines} wrote, in order; `undefined` for one that it would not write. */
export function childReader(): (text: string) => Child | undefined {
  const nearest = new Map<string, Child>();
  return (text) => {
    const [, words = '', type, digest = '', size, mediaType = usualType] = line.exec(text) ?? [];
    if (!isDigest(digest) || !mediaTypePattern.test(mediaType) || !Number.isSafeInteger(Number(size))) return undefined;
    const known = { digest, size: Number(size), mediaType };
    if (type !== undefined) {
      const attested = nearest.get(words)?.digest ?? words;
      return referenceType.test(type) && isDigest(attested)
        ? { ...known, attests: { digest: attested, type } }
        : undefined;
    }
    const platform = words === noPlatform ? undefined : readPlatform(words);
    if (platform === undefined && words !== noPlatform) return undefined;
    const child = { ...known, ...defined({ platform }) };
    nearest.set(words, child);
    return child;
  };
}

/** As containerd writes them (platforms.FormatAll): `windows(10.0.20348.1006+win32k)/amd64`, `linux/arm/v7`. */
function platformWords(platform: Platform | undefined): string {
  if (platform === undefined) return noPlatform;
  const { os, osVersion, osFeatures = [], architecture, variant } = platform;
  const details = [osVersion ?? '', ...osFeatures].join('+');
  return [
    `${os}${details === '' ? '' : `(${details})`}`,
    architecture,
    ...(variant === undefined ? [] : [variant]),
  ].join('/');
}

const word = '[A-Za-z0-9._-]{1,64}';
const platformPattern = new RegExp(`^(${word})(?:\\((${word})?((?:\\+${word}){0,16})\\))?/(${word})(?:/(${word}))?$`);

function readPlatform(words: string): Platform | undefined {
  const found = platformPattern.exec(words);
  if (found === null) return undefined;
  const [, os = '', osVersion, features = '', architecture = '', variant] = found;
  return {
    os,
    architecture,
    ...defined({ variant, osVersion }),
    ...(features === '' ? {} : { osFeatures: features.slice(1).split('+') }),
  };
}

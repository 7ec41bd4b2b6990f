import { bashbrewPlatforms, type PlatformText } from '../core/platform.ts';
import { nearestWord } from './did-you-mean.ts';
import type { Fault } from './findings.ts';

/** The platforms of official images, in the order of bashbrew's names. */
const known: readonly PlatformText[] = Object.values(bashbrewPlatforms);

/**
 * Other names of architectures (containerd, platforms/database.go), with a variant where the name implies one. An `arm64`
 * without a variant is v8, an `arm` v7, an `amd64` v1, which is not written.
 */
const architectures: ReadonlyMap<string, string> = new Map([
  ['x86_64', 'amd64'],
  ['x86-64', 'amd64'],
  ['amd64/v1', 'amd64'],
  ['aarch64', 'arm64/v8'],
  ['arm64', 'arm64/v8'],
  ['arm64/8', 'arm64/v8'],
  ['armhf', 'arm/v7'],
  ['armel', 'arm/v6'],
  ['arm', 'arm/v7'],
  ['arm/5', 'arm/v5'],
  ['arm/6', 'arm/v6'],
  ['arm/7', 'arm/v7'],
  ['i386', '386'],
]);

/** A platform in the form that official images have it in, or why `text` is none. */
export function parsePlatform(text: string): PlatformText | Fault {
  const [os = '', ...rest] = text.toLowerCase().split('/');
  const architecture = rest.join('/');
  const platform = `${os}/${architectures.get(architecture) ?? architecture}`;
  return known.includes(platform) ? platform : unknownPlatform(text);
}

/** Platforms in the order of bashbrew's names, each once. */
export function inOrder(platforms: readonly PlatformText[]): PlatformText[] {
  return known.filter((platform) => platforms.includes(platform));
}

function unknownPlatform(text: string): Fault {
  const meant = Object.hasOwn(bashbrewPlatforms, text)
    ? bashbrewPlatforms[text]
    : (withoutOs(text) ?? nearestWord(text, known));
  return {
    code: 'platform',
    message: 'A platform is `os/architecture` or `os/architecture/variant`, and official images are built for it.',
    value: text,
    hint: meant === undefined ? `There are ${known.join(', ')}.` : `Did you mean \`${meant}\`?`,
  };
}

/** The platform on Linux for an architecture alone, such as `amd64` or `arm/v7`. */
function withoutOs(text: string): PlatformText | undefined {
  const platform = `linux/${architectures.get(text) ?? text}`;
  return known.includes(platform) ? platform : undefined;
}

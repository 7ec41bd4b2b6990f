/** An OCI platform in its text form, `os/architecture` or `os/architecture/variant`, such as `linux/arm/v7`. */
export type PlatformText = string;

/** A platform as an index describes it (OCI image spec, image-index.md, "platform"). */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  /** `os.version`, such as the build of Windows. */
  readonly osVersion?: string;
  /** `os.features`, such as `win32k`. */
  readonly osFeatures?: readonly string[];
}

/** The platforms that official images are built for, by bashbrew's name (bashbrew, architecture/oci-platform.go). */
export const bashbrewPlatforms: Readonly<Record<string, PlatformText>> = {
  amd64: 'linux/amd64',
  arm32v5: 'linux/arm/v5',
  arm32v6: 'linux/arm/v6',
  arm32v7: 'linux/arm/v7',
  arm64v8: 'linux/arm64/v8',
  i386: 'linux/386',
  mips64le: 'linux/mips64le',
  ppc64le: 'linux/ppc64le',
  riscv64: 'linux/riscv64',
  s390x: 'linux/s390x',
  'windows-amd64': 'windows/amd64',
};

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

/** A platform by its usual name: texts that mean the same platform become the same text. */
export function normalPlatform(text: string): PlatformText {
  const [os = '', ...rest] = text.toLowerCase().split('/');
  const architecture = rest.join('/');
  return `${os}/${architectures.get(architecture) ?? architecture}`;
}

/** The platform of a child of an index by its usual name, without the version of its system. */
export function platformText({ os, architecture, variant }: Platform): PlatformText {
  return normalPlatform([os, architecture, ...(variant === undefined ? [] : [variant])].join('/'));
}

/** Platforms in the order of bashbrew's names, each once; those that it does not know come last, by name. */
export function inPlatformOrder(platforms: Iterable<PlatformText>): PlatformText[] {
  const known = Object.values(bashbrewPlatforms);
  const own = new Set(platforms);
  return [...known.filter((platform) => own.has(platform)), ...[...own].filter((one) => !known.includes(one)).sort()];
}

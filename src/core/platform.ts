/** An OCI platform in its text form, `os/architecture` or `os/architecture/variant`, such as `linux/arm/v7`. */
export type PlatformText = string;

/** A platform as an index describes it (OCI image spec, image-index.md, "platform"). */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
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

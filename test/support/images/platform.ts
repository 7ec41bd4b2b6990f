import type { PlatformText } from '../../../src/core/platform.ts';

/** A platform as an index describes it (OCI image spec, image-index.md). */
export interface IndexPlatform {
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string;
  readonly 'os.version'?: string;
}

// Microsoft's builds, by the name that upstream's tags give them.
const windowsBuilds: readonly (readonly [string, string])[] = [
  ['ltsc2025', '10.0.26100'],
  ['ltsc2022', '10.0.20348'],
  ['ltsc2019', '10.0.17763'],
  ['1809', '10.0.17763'],
];

/** Reads `os/architecture[/variant]`; for Windows, `tag` and `rebuild` tell the version of the system. */
export function indexPlatform(text: PlatformText, tag: string, rebuild: number): IndexPlatform {
  const [os = '', architecture = '', variant] = text.split('/');
  if (os === 'windows') return { architecture, os, 'os.version': windowsVersion(tag, rebuild) };
  return variant === undefined ? { architecture, os } : { architecture, os, variant };
}

function windowsVersion(tag: string, rebuild: number): string {
  const build = windowsBuilds.find(([name]) => tag.includes(name));
  return `${build?.[1] ?? '10.0.20348'}.${1000 + rebuild}`;
}

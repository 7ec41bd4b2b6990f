/**
 * The layers below an image's own, from the bottom, by name: a plausible guess from what upstream's tags and folders say
 * (`slim-trixie`, `alpine3.24`), so that images share layers as real ones do.
 */
export function layersBelow(image: string, words: string): readonly string[] {
  const base = baseOf(words);
  if (scratch.has(image)) return [];
  if (systems.has(image)) return [base];
  const toolchain = onBuildpacks.has(image) && /^debian:\w+$/.test(base) ? buildpacks(base) : [];
  return [base, ...toolchain, `${image} on ${base}`];
}

/**
 * What an image's Dockerfile is built on, as `IMAGE:TAG`; `undefined`: on nothing. The same guess as that of
 * {@link layersBelow}, by names that are in the library, or that Microsoft publishes.
 */
export function baseReference(image: string, tags: readonly string[], directory: string): string | undefined {
  if (scratch.has(image) || systems.has(image)) return undefined;
  const words = [...tags, directory].join(' ');
  const base = baseOf(words);
  if (image === 'buildpack-deps') return belowBuildpacks(base, tags[0] ?? '');
  if (/^(nanoserver|windowsservercore):/.test(base))
    return `mcr.microsoft.com/windows/${base.replace('windowsservercore', 'servercore')}`;
  return onBuildpacks.has(image) && /^debian:\w+$/.test(base) ? base.replace('debian', 'buildpack-deps') : base;
}

function belowBuildpacks(base: string, tag: string): string {
  if (tag.endsWith('curl')) return base;
  return base.replace(/^\w+/, 'buildpack-deps') + (tag.endsWith('scm') ? '-curl' : '-scm');
}

const debian = /\b(trixie|bookworm|bullseye|forky|sid)\b/;
const ubuntu = /\b(resolute|questing|noble|jammy|focal)\b/;
const alpine = /alpine-?(\d+\.\d+)?/;
const windows = /(nanoserver|windowsservercore)-?(\w+)?/;
/** Images that begin with nothing, and those that are what others begin with. */
const scratch = new Set(['hello-world', 'busybox', 'nats', 'nats-streaming']);
const systems = new Set([
  'debian',
  'ubuntu',
  'alpine',
  'almalinux',
  'amazonlinux',
  'fedora',
  'oraclelinux',
  'rockylinux',
]);
const onBuildpacks = new Set([
  'buildpack-deps',
  'gcc',
  'golang',
  'haskell',
  'node',
  'perl',
  'pypy',
  'python',
  'ruby',
  'rust',
]);

function baseOf(words: string): string {
  const onWindows = windows.exec(words);
  if (onWindows !== null) return `${onWindows[1]}:${onWindows[2] ?? 'ltsc2025'}`;
  const onAlpine = alpine.exec(words);
  if (onAlpine !== null) return `alpine:${onAlpine[1] ?? '3.24'}`;
  const onUbuntu = ubuntu.exec(words);
  if (onUbuntu !== null) return `ubuntu:${onUbuntu[1]}`;
  const slim = words.includes('slim') ? '-slim' : '';
  return `debian:${debian.exec(words)?.[1] ?? 'trixie'}${slim}`;
}

function buildpacks(base: string): string[] {
  return ['curl', 'scm', 'all'].map((part) => `${base.replace('debian', 'buildpack-deps')}-${part}`);
}

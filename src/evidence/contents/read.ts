import { type Attempt, attempt } from '../../core/attempt.ts';
import { defined } from '../../core/defined.ts';
import { ExitCode } from '../../core/exit-code.ts';
import type { Digest, ImageName } from '../../core/names.ts';
import { normalPlatform, type PlatformText, platformText } from '../../core/platform.ts';
import { type Problem, UserError } from '../../core/problem.ts';
import { isIndex, parseConfigPlatform, parseIndexLeniently, parseManifest } from '../../registry/manifest-types.ts';
import type { Manifest } from '../../registry/types.ts';
import { toChild } from '../../resolve/children.ts';
import type { Child } from '../../resolve/types.ts';
import { attestationOf, readAttestations } from './attested.ts';
import { readBlob } from './blob.ts';
import { compareConfigs } from './image-config.ts';
import { comparePackages } from './packages.ts';
import type { ContentsPlace, ContentsPorts, FoundImage } from './ports.ts';
import type { ConfigChange, ContentsEvidence } from './types.ts';

/** Tags that go from one index to another. */
export interface ContentsStep {
  readonly image: ImageName;
  readonly from?: Digest;
  readonly to: Digest;
}

export interface ContentsOptions {
  /** Such as `linux/amd64`. */
  readonly platform: PlatformText;
  /** Upstream's indexes that a rewritten `to` is made from, which the source has; absent: `to` itself. */
  readonly sources?: readonly Digest[];
  /** The commit that the library's entry names for the platform. */
  readonly expected?: string;
}

export interface ContentsRead {
  /** Absent where the new index does not have the platform. */
  readonly contents?: ContentsEvidence;
  readonly notes: readonly Problem[];
}

/**
 * Reads what changed inside of the image of one platform: its config, layers, packages and provenance. It takes two counted
 * pulls besides the new index: the platform's manifest and the manifest of its attestations. What the old index has as well is
 * read at the destination. What cannot be read of the old image, and attestations that cannot be used, are in the result.
 *
 * @throws UserError where the new index or the platform's manifest cannot be read: what the source throws (`apply/budget` above
 * the allowance), `evidence/moved`, `registry/bad-index`, `registry/bad-manifest`
 */
export async function readContents(
  { image, from, to }: ContentsStep,
  { source, destination }: ContentsPorts,
  { platform: written, sources = [to], expected }: ContentsOptions,
): Promise<ContentsRead> {
  const platform = normalPlatform(written);
  const old = from === undefined ? undefined : await attempt(() => findImage(destination, image, [from], platform));
  const known = new Set(old?.ok ? old.value?.index.map(({ digest }) => digest) : []);
  const place = preferring(destination, known, source);
  const now = await findImage(place, image, sources, platform);
  if (now === undefined) return { notes: [noPlatform(image, to, platform)] };
  const before = old?.ok ? old.value : undefined;
  const notes = old === undefined || before !== undefined ? [] : [noEarlier(image, platform, old)];
  const config =
    before === undefined
      ? []
      : await configChanges({ place, image: now }, { place: destination, image: before }, image);
  const attested = await readAttestations({ place, image: now, name: image }, expected);
  const isSame = before !== undefined && attestationOf(before)?.digest === attestationOf(now)?.digest;
  const sbomOfOld = (found: FoundImage) => ({ place: destination, image: found, name: image, sbomOnly: true });
  const earlier = isSame ? attested : before && (await readAttestations(sbomOfOld(before), undefined));
  return {
    contents: {
      platform,
      config: 'problem' in config ? [] : config,
      ...layerFigures(now, before),
      packages: packagesOf(attested.packages, earlier?.packages, platform),
      provenance: attested.provenance,
    },
    notes: [...notes, ...('problem' in config ? [config.problem] : []), ...attested.notes],
  };
}

async function findImage(
  place: ContentsPlace,
  image: ImageName,
  indexes: readonly Digest[],
  platform: PlatformText,
): Promise<FoundImage | undefined> {
  for (const digest of indexes) {
    const top = await manifestOf(place, image, digest);
    if (!isIndex(top.mediaType)) {
      const { config, layers } = parseManifest(top.bytes);
      const own = parseConfigPlatform(await readBlob(place, image, config, mostConfigBytes));
      if (own === undefined || platformText(own) !== platform) continue;
      return { child: digest, config, layers, index: [] };
    }
    const index = parseIndexLeniently(top.bytes).children.map(toChild);
    const isWanted = ({ attests, platform: own }: Child) =>
      attests === undefined && own !== undefined && platformText(own) === platform;
    const child = index.find(isWanted);
    if (child === undefined) continue;
    const manifest = await manifestOf(place, image, child.digest);
    const { config, layers } = parseManifest(manifest.bytes);
    return { child: child.digest, config, layers, index };
  }
  return undefined;
}

async function manifestOf(place: ContentsPlace, image: ImageName, digest: Digest): Promise<Manifest> {
  const manifest = await place.manifest(image, digest);
  if (manifest !== undefined) return manifest;
  const message = `A manifest of ${image} is not there any more.`;
  const hint = 'Run `mirrorlock lock` again: upstream was publishing, or the destination was cleaned.';
  const problem = { code: 'evidence/moved', severity: 'error' as const, message, value: digest, hint };
  throw new UserError([problem], { exitCode: ExitCode.failed });
}

/** The source, where what the destination is known to have is read there: it is not counted. */
function preferring(destination: ContentsPlace, known: ReadonlySet<Digest>, source: ContentsPlace): ContentsPlace {
  return {
    async manifest(image, digest) {
      const own = known.has(digest) ? await attempt(() => destination.manifest(image, digest)) : undefined;
      return (own?.ok ? own.value : undefined) ?? source.manifest(image, digest);
    },
    blob: (image, blob) => source.blob(image, blob),
  };
}

interface Located {
  readonly place: ContentsPlace;
  readonly image: FoundImage;
}

/** The largest config that is read; a usual one has some 10 kB. */
const mostConfigBytes = 4 * 1024 * 1024;
/** OCI image spec, config.md, and distribution, manifest-v2-2.md. */
const configTypes: readonly string[] = [
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
];

async function configChanges(
  now: Located,
  before: Located,
  name: ImageName,
): Promise<readonly ConfigChange[] | { readonly problem: Problem }> {
  if (now.image.config.digest === before.image.config.digest) return [];
  const [to, from] = [now, before].map(({ place, image: { config } }) => async () => {
    if (configTypes.includes(config.mediaType)) return readBlob(place, name, config, mostConfigBytes);
    throw new UserError([badConfig(name, `its type is ${configTypes[0]}`, config.mediaType)]);
  }) as [() => Promise<Uint8Array>, () => Promise<Uint8Array>];
  const read = await attempt(async () => compareConfigs(await from(), await to()));
  if (!read.ok) return { problem: { ...read.problem, severity: 'warning' } };
  return (
    read.value ?? { problem: badConfig(name, 'it is a JSON object with `os` and `config`', now.image.config.digest) }
  );
}

function badConfig(image: ImageName, rule: string, value: string): Problem {
  const message = `A config of ${image} cannot be compared: ${rule}.`;
  return { code: 'evidence/bad-config', severity: 'warning', message, value };
}

function layerFigures(now: FoundImage, before: FoundImage | undefined): Pick<ContentsEvidence, 'size' | 'layers'> {
  const own = new Set(before?.layers.map(({ digest }) => digest));
  const sum = ({ layers }: FoundImage) => layers.reduce((total, { size }) => total + size, 0);
  return {
    size: { ...defined({ from: before && sum(before) }), to: sum(now) },
    layers: { count: now.layers.length, fresh: now.layers.filter(({ digest }) => !own.has(digest)).length },
  };
}

type Attested = Awaited<ReturnType<typeof readAttestations>>['packages'];

function packagesOf(now: Attested, before: Attested | undefined, platform: PlatformText): ContentsEvidence['packages'] {
  if (now.state !== 'read') return now;
  if (before === undefined) return { state: 'no-earlier', why: `there is no earlier image for ${platform}` };
  if (before.state !== 'read') return { state: 'no-earlier', why: `of the earlier image: ${before.why}` };
  return { state: 'read', ...comparePackages(before.packages, now.packages) };
}

function noPlatform(image: ImageName, value: Digest, platform: PlatformText): Problem {
  const message = `${image} has no image for ${platform} here; what changed inside is not compared.`;
  const hint = 'Set `review.platform` to a platform that the image has.';
  return { code: 'evidence/no-platform', severity: 'warning', message, value, hint };
}

function noEarlier(image: ImageName, platform: PlatformText, old: Attempt<FoundImage | undefined>): Problem {
  const message = `The earlier image of ${image} for ${platform} cannot be read; nothing is compared with it.`;
  if (old.ok)
    return { code: 'evidence/no-earlier', severity: 'warning', message, value: 'its index has no such platform' };
  const { message: reason, value } = old.problem;
  return {
    code: 'evidence/no-earlier',
    severity: 'warning',
    message,
    value: value === undefined ? reason : `${reason} ${value}`,
    ...defined({ hint: old.problem.hint }),
  };
}

import type { Digest } from '../../../src/core/names.ts';
import { bashbrewPlatforms } from '../../../src/core/platform.ts';
import { bytesFrom, layerFrom } from './content.ts';
import { oci } from './media-types.ts';
import { indexPlatform } from './platform.ts';
import { type Descriptor, RepositoryBuilder } from './repository-builder.ts';

/** An image as upstream builds it. Equal specs give equal bytes. */
export interface UpstreamImageSpec {
  readonly tags: readonly string[];
  readonly platforms: readonly string[];
  /** Where its Dockerfile is: the entry's `GitRepo`, `GitCommit` and `Directory`. */
  readonly source: { readonly repository: string; readonly commit: string; readonly directory: string };
  /** Its layers come first, its packages and settings are inherited; absent: it begins with nothing. */
  readonly base?: UpstreamImage;
  readonly version?: string;
  /** ISO 8601. */
  readonly created?: string;
  /** Package URLs of its own, besides its base's. One of the same package as one of the base's replaces it. */
  readonly packages?: readonly string[];
  /** What its config says of running (OCI image spec, config.md); it replaces the base's. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Another number is another build of the same source: another top layer. */
  readonly build?: number;
  /** Whether children and manifests are annotated (default). */
  readonly annotated?: boolean;
  /** Whether it has an SBOM (default), as 112 of 144 official images have. */
  readonly sbom?: boolean;
  /** The version of SLSA's provenance; default `v0.2`; `none`: without one. Without SBOM too, nothing is attested. */
  readonly provenance?: 'v0.2' | 'v1' | 'none';
  /** Makes another attestation of the statement that upstream would write, for tests of those that are wrong. */
  readonly damage?: (statement: Statement) => Damaged;
}

/** Bytes in place of a statement, or a statement of another form. */
type Damaged = Buffer | object;

/** An in-toto statement as BuildKit writes it. */
export interface Statement {
  readonly _type: string;
  readonly predicateType: string;
  readonly subject: readonly { readonly name: string; readonly digest: { readonly sha256: string } }[];
  readonly predicate: unknown;
}

/** What other images can be built on. */
export interface UpstreamImage {
  /** `golang:1.26`, by its first tag. */
  readonly name: string;
  /** Of its index. */
  readonly digest: Digest;
  readonly spec: UpstreamImageSpec;
  readonly packages: readonly string[];
  readonly config: Readonly<Record<string, unknown>>;
  /** By platform, from the bottom; the base's included. */
  readonly layers: ReadonlyMap<string, readonly LayerSpec[]>;
  /** By platform. */
  readonly children: ReadonlyMap<string, Digest>;
}

interface LayerSpec {
  readonly seed: string;
  readonly bytes: number;
}

const ownLayerBytes = 1024;
const spdx = 'https://spdx.dev/Document';

/**
 * Adds an image to a repository, with all that upstream publishes of it: an index whose children are annotated
 * (docker-library/meta-scripts, `meta.jq`), a manifest, a config and layers for each platform, and what attests it, an SPDX
 * SBOM and a SLSA provenance (BuildKit, docs/attestations). To be pushed by `publishImages`, with its base's repository.
 */
export function addUpstreamImage(builder: RepositoryBuilder, spec: UpstreamImageSpec): UpstreamImage {
  const image = builder.repository.split('/').at(-1) ?? '';
  const name = `${image}:${spec.tags[0]}`;
  const packages = withReplaced(spec.base?.packages ?? [], spec.packages ?? []);
  const config = { ...spec.base?.config, ...spec.config };
  const layers = new Map<string, readonly LayerSpec[]>();
  const children = new Map<string, Digest>();
  const descriptors = spec.platforms.flatMap((platform) => {
    const seed = JSON.stringify([name, spec.source.commit, spec.source.directory, platform, spec.build ?? 0, packages]);
    const own = [...(spec.base?.layers.get(platform) ?? []), { seed, bytes: ownLayerBytes }];
    layers.set(platform, own);
    const child = addChild(builder, { spec, name, platform, layers: own, config });
    children.set(platform, child.digest);
    return [child, ...addAttestation(builder, { spec, name, platform, packages }, child.digest)];
  });
  const { digest } = builder.index(oci.index, descriptors);
  for (const tag of spec.tags) builder.tags.set(tag, digest);
  return { name, digest, spec, packages, config, layers, children };
}

/** A repository with one image; more are added by {@link addUpstreamImage}. */
export function upstreamRepository(repository: string): RepositoryBuilder {
  return new RepositoryBuilder(repository);
}

interface ChildSpec {
  readonly spec: UpstreamImageSpec;
  readonly name: string;
  readonly platform: string;
}

function addChild(
  builder: RepositoryBuilder,
  own: ChildSpec & { readonly layers: readonly LayerSpec[]; readonly config: object },
): Descriptor {
  const platform = indexPlatform(own.platform, own.spec.tags[0] ?? '', own.spec.build ?? 0);
  const contents = own.layers.map(({ seed, bytes }) => layerFrom(seed, bytes));
  const rootfs = { type: 'layers', diff_ids: contents.map(({ diffId }) => diffId) };
  const { created = '2026-01-01T00:00:00Z' } = own.spec;
  const json = { ...platform, created, config: own.config, rootfs };
  const config = builder.blob(oci.config, Buffer.from(JSON.stringify(json)));
  const blobs = contents.map(({ bytes }) => builder.blob(oci.layer, bytes));
  const annotations = (own.spec.annotated ?? true) ? annotationsOf(own) : undefined;
  return {
    ...builder.manifest(oci.manifest, config, blobs, annotations),
    platform,
    ...(annotations && { annotations }),
  };
}

function annotationsOf({ spec, name, platform }: ChildSpec): Record<string, string> {
  const { source, base, created = '2026-01-01T00:00:00Z', version = spec.tags[0] ?? '' } = spec;
  const [image = ''] = name.split(':');
  return {
    'com.docker.official-images.bashbrew.arch': architectureOf(platform),
    // The base's manifest for the same platform (docker-library/meta-scripts, cmd/builds/main.go).
    ...(base && { 'org.opencontainers.image.base.digest': base.children.get(platform) ?? base.digest }),
    // An image on nothing says so (docker-library/meta-scripts, meta.jq, `lastStageFrom`), without a digest.
    'org.opencontainers.image.base.name': base?.name ?? 'scratch',
    'org.opencontainers.image.created': created,
    'org.opencontainers.image.revision': source.commit,
    'org.opencontainers.image.source': contextOf(source),
    'org.opencontainers.image.url': `https://hub.docker.com/_/${image}`,
    'org.opencontainers.image.version': version,
  };
}

function architectureOf(platform: string): string {
  return Object.entries(bashbrewPlatforms).find(([, text]) => text === platform)?.[0] ?? platform;
}

/** A build context as BuildKit names it: `REPOSITORY#COMMIT:DIRECTORY`. */
function contextOf({ repository, commit, directory }: UpstreamImageSpec['source']): string {
  return `${repository}#${commit}${directory === '.' ? '' : `:${directory}`}`;
}

function addAttestation(
  builder: RepositoryBuilder,
  own: ChildSpec & { readonly packages: readonly string[] },
  child: Digest,
): Descriptor[] {
  const { sbom = true, provenance = 'v0.2', damage = (statement) => statement } = own.spec;
  const predicates = [
    ...(sbom ? [{ type: spdx, predicate: spdxDocument(own) }] : []),
    ...(provenance === 'none' ? [] : [provenanceOf(own, provenance)]),
  ];
  if (predicates.length === 0) return [];
  const sha256 = child.slice('sha256:'.length);
  const layers = predicates.map(({ type, predicate }) => {
    const subject = [{ name: `pkg:docker/${own.name.replace(':', '@')}`, digest: { sha256 } }];
    const content = damage({ _type: 'https://in-toto.io/Statement/v0.1', predicateType: type, subject, predicate });
    const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content));
    const annotations = { 'in-toto.io/predicate-type': type };
    return { ...builder.blob('application/vnd.in-toto+json', bytes), annotations };
  });
  const rootfs = { type: 'layers', diff_ids: layers.map(({ digest }) => digest) };
  const config = { architecture: 'unknown', os: 'unknown', config: {}, rootfs };
  const annotations = { 'vnd.docker.reference.digest': child, 'vnd.docker.reference.type': 'attestation-manifest' };
  const manifest = builder.manifest(
    oci.manifest,
    builder.blob(oci.config, Buffer.from(JSON.stringify(config))),
    layers,
  );
  return [{ ...manifest, annotations, platform: { architecture: 'unknown', os: 'unknown' } }];
}

/** An SPDX document as BuildKit's scanner writes it (SPDX 2.3): the root is the image itself, and no package. */
export function spdxDocument({
  name,
  packages,
}: {
  readonly name: string;
  readonly packages: readonly string[];
}): object {
  const entries = packages.map((locator, index) => ({
    SPDXID: `SPDXRef-Package-${index}`,
    name: decodeURIComponent(/\/([^/@?]+)(?:@|\?|$)/.exec(locator)?.[1] ?? ''),
    versionInfo: decodeURIComponent(/@([^?]+)/.exec(locator)?.[1] ?? ''),
    downloadLocation: 'NOASSERTION',
    externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: locator }],
  }));
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name,
    documentNamespace: `https://example.org/spdx/${bytesFrom(name, 16).toString('hex')}`,
    creationInfo: { creators: ['Tool: test'], created: '2026-01-01T00:00:00Z' },
    packages: [{ SPDXID: 'SPDXRef-DocumentRoot', name, downloadLocation: 'NOASSERTION' }, ...entries],
    files: [],
    relationships: [],
  };
}

/** SLSA's provenance as BuildKit writes it (moby/buildkit, docs/attestations/slsa-definitions.md, mode=max). */
function provenanceOf(
  { spec: { source }, platform }: ChildSpec,
  version: 'v0.2' | 'v1',
): { readonly type: string; readonly predicate: object } {
  const uri = contextOf(source);
  const digest = { sha1: source.commit };
  const type = `https://slsa.dev/provenance/${version}`;
  const builder = { id: 'https://github.com/docker-library' };
  if (version === 'v0.2') {
    return {
      type,
      predicate: {
        builder,
        buildType: 'https://mobyproject.org/buildkit@v1',
        materials: [{ uri, digest }],
        invocation: { configSource: { uri, digest, entryPoint: 'Dockerfile' }, environment: { platform } },
      },
    };
  }
  return {
    type,
    predicate: {
      buildDefinition: {
        buildType: 'https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md',
        externalParameters: { configSource: { uri, digest, path: 'Dockerfile' } },
        resolvedDependencies: [{ uri, digest }],
      },
      runDetails: { builder },
    },
  };
}

/** A package URL without its version and qualifiers. */
function keyOf(locator: string): string {
  return locator.replace(/[@?][^/]*$/, '');
}

function withReplaced(below: readonly string[], own: readonly string[]): string[] {
  const keys = new Set(own.map(keyOf));
  return [...below.filter((locator) => !keys.has(keyOf(locator))), ...own];
}

import { attempt } from '../../core/attempt.ts';
import { isRecord, parsedJson } from '../../core/json.ts';
import type { ImageName } from '../../core/names.ts';
import type { Problem } from '../../core/problem.ts';
import { cleanText } from '../../core/text.ts';
import { isIndex, parseManifest } from '../../registry/manifest-types.ts';
import type { Manifest } from '../../registry/types.ts';
import type { Child } from '../../resolve/types.ts';
import {
  type AnnotatedLayer,
  mostAttestationBytes,
  provenancePredicates,
  readStatement,
  spdxPredicate,
  statementLayers,
} from './attestation.ts';
import { readBlob } from './blob.ts';
import { type ListedPackage, packagesOf } from './packages.ts';
import type { ContentsPlace, FoundImage } from './ports.ts';
import { compareCommits, sourceCommit } from './provenance.ts';
import type { ProvenanceEvidence } from './types.ts';

/** What the attestations of one image say. */
interface Attested {
  readonly packages:
    | { readonly state: 'read'; readonly packages: readonly ListedPackage[] }
    | { readonly state: 'none' | 'unreadable'; readonly why: string };
  readonly provenance: ProvenanceEvidence;
  readonly notes: readonly Problem[];
}

/** An image, where its blobs are read, and what of it. */
interface Attestable {
  readonly place: ContentsPlace;
  readonly image: FoundImage;
  readonly name: ImageName;
  /** Whether only its SBOM is of interest. */
  readonly sbomOnly?: boolean;
}

/** What attests an image in its index, as BuildKit writes it. */
export function attestationOf({ index, child }: FoundImage): Child | undefined {
  return index.find(({ attests }) => attests?.digest === child && attests.type === 'attestation-manifest');
}

/**
 * Reads what the index says of an image besides: its SBOM and its provenance (BuildKit,
 * docs/attestations/attestation-storage.md). What cannot be used is in the result, with the reason.
 *
 * @throws what is no UserError: an interrupt
 */
export async function readAttestations(of: Attestable, expected: string | undefined): Promise<Attested> {
  const { place, image, name } = of;
  const child = attestationOf(image);
  if (child === undefined) return absent('upstream attests nothing of it', expected);
  const read = await attempt(async () => place.manifest(name, child.digest));
  if (!read.ok) return unreadable(reasonOf(read.problem), expected);
  if (read.value === undefined) return unreadable('its attestation is not there any more', expected);
  const layers = await attempt(async () => layersOf(read.value as Manifest));
  if (!layers.ok) return unreadable(reasonOf(layers.problem), expected);
  if (layers.value === undefined) return unreadable('its attestation is an index, and not a manifest', expected);
  const sbom = await readSbom(of, layers.value);
  return {
    packages: sbom.packages,
    provenance: of.sbomOnly ? { state: 'none' } : await readProvenance(of, layers.value, expected),
    notes: sbom.notes,
  };
}

/** The layers with their annotations; `undefined` for an index. @throws UserError `registry/bad-manifest` */
function layersOf({ mediaType, bytes }: Manifest): AnnotatedLayer[] | undefined {
  if (isIndex(mediaType)) return undefined;
  const json = parsedJson(bytes);
  const raw = isRecord(json) && Array.isArray(json['layers']) ? json['layers'] : [];
  return parseManifest(bytes).layers.map((layer, at) => {
    const written: unknown = isRecord(raw[at]) ? raw[at]['annotations'] : undefined;
    return { ...layer, annotations: isRecord(written) ? written : {} };
  });
}

async function readSbom(
  of: Attestable,
  layers: readonly AnnotatedLayer[],
): Promise<Pick<Attested, 'packages' | 'notes'>> {
  const read = await readPredicate(of, layers, [spdxPredicate], (predicate) => {
    const list = packagesOf(predicate);
    return 'fault' in list ? { fault: `its SBOM cannot be used: ${list.fault}` } : { value: list };
  });
  if (read.state === 'none') return { packages: { state: 'none', why: 'upstream publishes no SBOM of it' }, notes: [] };
  if (read.state === 'unreadable') return { packages: read, notes: [] };
  const { packages, invalid } = read.value;
  return { packages: { state: 'read', packages }, notes: invalid === 0 ? [] : [invalidPackages(of.name, invalid)] };
}

async function readProvenance(
  of: Attestable,
  layers: readonly AnnotatedLayer[],
  expected: string | undefined,
): Promise<ProvenanceEvidence> {
  const read = await readPredicate(of, layers, provenancePredicates, (predicate) => ({
    value: sourceCommit(predicate),
  }));
  if (read.state === 'none') return absent('', expected).provenance;
  if (read.state === 'unreadable') return unreadable(read.why, expected).provenance;
  return compareCommits(read.value, expected);
}

/** What the first statement of one of these types says that is about the image, and of which `use` can make something. */
async function readPredicate<Value>(
  { place, image, name }: Attestable,
  layers: readonly AnnotatedLayer[],
  predicates: readonly string[],
  use: (predicate: unknown) => { readonly value: Value } | { readonly fault: string },
): Promise<
  | { readonly state: 'read'; readonly value: Value }
  | { readonly state: 'none' }
  | { readonly state: 'unreadable'; readonly why: string }
> {
  let why: string | undefined;
  for (const { predicate: type, ...blob } of statementLayers(layers, predicates)) {
    const bytes = await attempt(() => readBlob(place, name, blob, mostAttestationBytes));
    const statement = bytes.ok ? readStatement(bytes.value, type, image.child) : { fault: reasonOf(bytes.problem) };
    const used =
      'fault' in statement ? { fault: `its attestation cannot be used: ${statement.fault}` } : use(statement.predicate);
    if ('value' in used) return { state: 'read', value: used.value };
    why ??= used.fault;
  }
  return why === undefined ? { state: 'none' } : { state: 'unreadable', why };
}

function absent(why: string, expected: string | undefined): Attested {
  return { packages: { state: 'none', why }, provenance: { state: 'none', ...named(expected) }, notes: [] };
}

function unreadable(why: string, expected: string | undefined): Attested {
  return {
    packages: { state: 'unreadable', why },
    provenance: { state: 'unreadable', why, ...named(expected) },
    notes: [],
  };
}

function named(expected: string | undefined): { readonly expected?: string } {
  return expected === undefined ? {} : { expected };
}

function reasonOf({ message, value }: Problem): string {
  return cleanText(value === undefined ? message : `${message} ${value}`);
}

function invalidPackages(image: ImageName, count: number): Problem {
  const message = `The SBOM of ${image} lists packages whose package URL is not valid; they are left out.`;
  return { code: 'evidence/bad-packages', severity: 'warning', message, value: String(count) };
}

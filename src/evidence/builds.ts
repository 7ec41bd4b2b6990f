import { defined } from '../core/defined.ts';
import { groupBy } from '../core/group-by.ts';
import { shownJson } from '../core/json.ts';
import { type Digest, type ImageName, isDigest } from '../core/names.ts';
import { bashbrewPlatforms, inPlatformOrder, type PlatformText } from '../core/platform.ts';
import type { Problem } from '../core/problem.ts';
import { shownValue } from '../core/text.ts';
import { isSameRepository, shownRepository } from './links.ts';
import type { BaseMove, BuildEvidence, ChildBuild, SourceEvidence } from './types.ts';

/** A child of an index that is an image, and what it or its own manifest says of its build. */
export interface AnnotatedChild {
  readonly platform: PlatformText;
  /** Absent of a single manifest. */
  readonly digest?: Digest;
  /** Upstream's: whatever stands there. */
  readonly annotations: Readonly<Record<string, unknown>>;
}

const oci = 'org.opencontainers.image.';
const archKey = 'com.docker.official-images.bashbrew.arch';
/** The annotations of upstream's are far shorter. */
const longestValue = 1_000;

/** Whether something says of what a child was built. */
export function tellsBuild(annotations: AnnotatedChild['annotations']): boolean {
  return [`${oci}revision`, `${oci}created`, `${oci}base.name`].some((key) => Object.hasOwn(annotations, key));
}

/**
 * What the annotations of children say of their builds (docker-library/meta-scripts, `meta.jq`; OCI image spec,
 * annotations.md). A value that is not what its key promises is left out, and all values of a child that are another
 * image's or another platform's. Pure.
 *
 * @param source what upstream's entries say of the image, where that is known
 */
export function readBuilds(
  image: ImageName,
  digest: Digest,
  children: readonly AnnotatedChild[],
  source: SourceEvidence | undefined,
): { readonly builds: ChildBuild[]; readonly notes: Problem[] } {
  const wrong = new Map<string, Wrong & { readonly platforms: PlatformText[] }>();
  const builds = children.map(({ platform, digest: child, annotations }): ChildBuild => {
    const read = readChild(image, platform, annotations, source);
    for (const one of read.wrong) {
      const key = `${one.kind} ${one.key}`;
      const known = wrong.get(key) ?? { ...one, platforms: [] };
      known.platforms.push(platform);
      wrong.set(key, known);
    }
    return { platform, ...defined({ digest: child }), ...read.build };
  });
  const notes = [...wrong.values()].map((one) => wrongNote(image, digest, one));
  if (children.length > 0 && !children.some(({ annotations }) => tellsBuild(annotations))) {
    notes.push(withoutNote(image, digest));
  }
  return { builds, notes };
}

interface Wrong {
  readonly key: string;
  readonly value: string;
  readonly kind: 'bad' | 'foreign';
}

function readChild(
  image: ImageName,
  platform: PlatformText,
  annotations: AnnotatedChild['annotations'],
  source: SourceEvidence | undefined,
): { readonly build: Omit<ChildBuild, 'platform'>; readonly wrong: readonly Wrong[] } {
  const wrong: Wrong[] = [];
  const value = <Value>(key: string, read: (text: string) => Value | undefined, kind: Wrong['kind'] = 'bad') => {
    if (!Object.hasOwn(annotations, key)) return undefined;
    const written = annotations[key];
    const text = typeof written === 'string' ? written : shownJson(written);
    const isText = typeof written === 'string' && text !== '' && text.length <= longestValue && !/\p{C}/u.test(text);
    const found = isText ? read(text) : undefined;
    if (found === undefined) wrong.push({ key, value: text, kind: isText ? kind : 'bad' });
    return found;
  };
  value(archKey, (arch) => (isOfPlatform(arch, platform) ? arch : undefined), 'foreign');
  value(`${oci}url`, (url) => (isOfImage(url, image) ? url : undefined), 'foreign');
  const place = value(`${oci}source`, (url) => (isFromSource(url, source) ? shownSource(url) : undefined), 'foreign');
  if (wrong.some(({ kind }) => kind === 'foreign')) return { build: {}, wrong };
  const name = value(`${oci}base.name`, (text) => text);
  const digest = value(`${oci}base.digest`, (text) => (isDigest(text) ? text : undefined));
  const build = {
    source: place,
    revision: value(`${oci}revision`, (text) => (/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text) ? text : undefined)),
    created: value(`${oci}created`, isoTime),
    version: value(`${oci}version`, (text) => text),
    // An image on nothing says so; some say a digest, too, which is no image's.
    base: name === undefined || name === 'scratch' ? undefined : { name, ...defined({ digest }) },
  };
  return { build: defined(build), wrong };
}

/** Of an architecture that is not known here, nothing can be said. */
function isOfPlatform(architecture: string, platform: PlatformText): boolean {
  return !Object.hasOwn(bashbrewPlatforms, architecture) || bashbrewPlatforms[architecture] === platform;
}

/** `https://hub.docker.com/_/NAME`; an address of another form names no official image. */
function isOfImage(url: string, image: ImageName): boolean {
  const [, name] = /^https:\/\/hub\.docker\.com\/_\/([^/?#]+)\/?$/.exec(url) ?? [];
  return name === undefined || name === image;
}

/** The source is `REPOSITORY#COMMIT:DIRECTORY`; it may be that of before, where the index is built later than it is announced. */
function isFromSource(url: string, source: SourceEvidence | undefined): boolean {
  const known = (source?.steps ?? []).flatMap(({ from, to }) => [from?.repository ?? to.repository, to.repository]);
  const [repository = ''] = url.split('#');
  return known.length === 0 || known.some((one) => isSameRepository(one, repository));
}

function shownSource(text: string): string {
  const [repository = '', ...rest] = text.split('#');
  return [shownRepository(repository), ...rest].join('#');
}

/** RFC 3339, in UTC without parts of a second; `undefined` for another text, and for a day that does not exist. */
function isoTime(text: string): string | undefined {
  const pattern = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/i;
  const [, day] = pattern.exec(text) ?? [];
  const time = Date.parse(text);
  if (day === undefined || Number.isNaN(time)) return undefined;
  const isDay = !Number.isNaN(Date.parse(day)) && new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
  return isDay ? new Date(time).toISOString().replace(/\.\d+Z$/, 'Z') : undefined;
}

function wrongNote(
  image: ImageName,
  digest: Digest,
  { key, value, kind, platforms }: Wrong & { readonly platforms: readonly PlatformText[] },
): Problem {
  const rule =
    kind === 'foreign'
      ? 'is that of another image or platform: no annotation of the manifest is used'
      : 'is not valid and is not used';
  return {
    code: kind === 'foreign' ? 'evidence/foreign-annotation' : 'evidence/bad-annotation',
    severity: 'warning',
    message: `The annotation \`${key}\` of ${image}@${digest} (${inPlatformOrder(platforms).join(', ')}) ${rule}.`,
    value: shownValue(value),
  };
}

function withoutNote(image: ImageName, value: Digest): Problem {
  const message = `The index of ${image} does not say what it was built from: it has no annotations.`;
  return { code: 'evidence/no-annotations', severity: 'warning', message, value };
}

/**
 * Compares the builds of an index with those of the one before, by platform: why the digest is another. Pure.
 *
 * @param before absent where there is none, or it could not be read
 */
export function compareBuilds(before: readonly ChildBuild[] | undefined, after: readonly ChildBuild[]): BuildEvidence {
  const pairs = pairUp(before ?? [], after);
  const causes = new Set(pairs.map(causeOf));
  const order = ['source', 'base', 'unknown', 'neither'] as const;
  const cause = order.find((one) => causes.has(one)) ?? 'unknown';
  return { ...defined({ before }), after, cause, bases: before === undefined ? [] : basesOf(pairs) };
}

interface BuildPair {
  readonly platform: PlatformText;
  readonly old: ChildBuild;
  readonly now: ChildBuild;
}

/** By platform and position: an index may have several children for Windows. A platform that came or went has no cause. */
function pairUp(before: readonly ChildBuild[], after: readonly ChildBuild[]): BuildPair[] {
  const oldOf = groupBy(before, ({ platform }) => platform);
  return [...groupBy(after, ({ platform }) => platform)].flatMap(([platform, own]) =>
    own.flatMap((now, index) => {
      const old = oldOf.get(platform)?.[index];
      return old === undefined ? [] : [{ platform, old, now }];
    }),
  );
}

function causeOf({ old, now }: BuildPair): BuildEvidence['cause'] {
  if (old.revision === undefined || now.revision === undefined) return 'unknown';
  if (old.revision !== now.revision) return 'source';
  if (old.base === undefined && now.base === undefined) return 'neither';
  if (old.base === undefined || now.base === undefined) return 'unknown';
  if (old.base.name !== now.base.name) return 'base';
  if (old.base.digest === undefined || now.base.digest === undefined) return 'unknown';
  return old.base.digest === now.base.digest ? 'neither' : 'base';
}

/** The bases that moved, those that move alike together. */
function basesOf(pairs: readonly BuildPair[]): BaseMove[] {
  const moves = pairs.flatMap(({ platform, old, now }) => {
    if (old.base === undefined || now.base === undefined) return [];
    const [{ name: oldName, digest: from }, { name, digest: to }] = [old.base, now.base];
    const hasMoved = name !== oldName || (from !== undefined && to !== undefined && from !== to);
    return hasMoved ? [{ platform, move: { name, ...defined({ from, to }) } }] : [];
  });
  return [...groupBy(moves, ({ move }) => JSON.stringify([move.name, move.from, move.to])).values()].flatMap((own) => {
    const platforms = inPlatformOrder(own.map(({ platform }) => platform));
    return own.slice(0, 1).map(({ move }) => ({ ...move, platforms }));
  });
}

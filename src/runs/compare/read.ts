import PQueue from 'p-queue';
import type { Config, Source } from '../../config/types.ts';
import { attempt } from '../../core/attempt.ts';
import { defined } from '../../core/defined.ts';
import { durationText } from '../../core/duration.ts';
import { type ImageName, isImageName, repositoryPath } from '../../core/names.ts';
import { nearest, unknownNameHint } from '../../core/nearest.ts';
import { type Problem, problemError } from '../../core/problem.ts';
import { printable } from '../../core/text.ts';
import { lockfileName, readLockfile } from '../../lock/file.ts';
import type { Lockfile } from '../../lock/types.ts';
import { RegistryError } from '../../registry/errors.ts';
import { isHub } from '../../registry/hub.ts';
import { HubApiError, hubApiHost, openHubApi } from '../../registry/hub-tags.ts';
import { isLiteral } from '../../select/rule-text.ts';
import { openClient } from '../../session/clients.ts';
import type { Context } from '../../session/context.ts';
import { lockfilePath, openConfig, openLibrary } from '../../session/workspace.ts';
import { toProblem } from '../../upstream/refusal.ts';
import type { Library } from '../../upstream/types.ts';
import { type ComparedImage, compareImage, type SourceTag } from './compare.ts';

/** Where lists of tags come from: the Hub's web API, or the registry's own list. */
export type ListOrigin = 'hub' | 'registry';

export interface CompareOptions {
  /** Names of images; empty: those that the rules name. */
  readonly images: readonly string[];
  /** All images of official-images, whatever the rules. */
  readonly all: boolean;
  /** Absent: the web API where the source is the Hub. */
  readonly list?: ListOrigin;
}

export interface Comparison {
  readonly config: Config;
  readonly library: Library;
  readonly origin: ListOrigin;
  readonly hasLockfile: boolean;
  readonly images: readonly ComparedImage[];
  /** Images whose list could not be read. */
  readonly failures: readonly { readonly image: ImageName; readonly problem: Problem }[];
  /** Whether the source asked to wait too long, and what is absent is for a later run. */
  readonly isLimited: boolean;
  readonly warnings: readonly Problem[];
}

/**
 * Compares what the source has with official-images, the rules and the lockfile. Reads lists of tags, which cost no pull.
 *
 * @throws UserError `compare/all-and-names`, `compare/bad-image`, `compare/unknown-image`, `compare/not-the-hub`; as reading the configuration, upstream and
 *   the lockfile throws
 */
export async function compareSource(context: Context, options: CompareOptions): Promise<Comparison> {
  const asked = options.images.map(readImage);
  if (options.all && asked.length > 0) {
    const message = '`--all` compares every official image: it takes no names.';
    throw problemError('compare/all-and-names', message, asked.join(' '), 'Leave out the names, or `--all`.');
  }
  const config = await openConfig(context);
  const origin = originOf(config.source, options.list);
  const { library, notes } = await openLibrary(context, config);
  const lockfile = await readLockfile(lockfilePath(context));
  const names = asked.length > 0 ? [...new Set(asked)] : chosenImages(config, library, lockfile, options.all);
  const { lists, failures, isLimited } = await readLists(context, config.source, origin, names);
  const images = [...lists].map(([image, listed]) => {
    const locked = lockfile?.images.find((one) => one.image === image);
    return compareImage(image, listed, { library, rules: config, locked });
  });
  const unknown = images.filter(({ image, isAtSource }) => !isAtSource && !isUpstream(library, image));
  for (const { image } of unknown) if (asked.includes(image)) throw unknownImage(image, library);
  const refusals = library.refusals.filter(({ image }) => names.some((name) => name === image)).map(toProblem);
  const noLockfile = lockfile === undefined ? [lockfileWarning] : [];
  return {
    ...{ config, library, origin, failures, isLimited, hasLockfile: lockfile !== undefined },
    images: images.filter((image) => !unknown.includes(image)),
    warnings: [...notes, ...refusals, ...noLockfile],
  };
}

const lockfileWarning: Problem = {
  code: 'compare/no-lockfile',
  severity: 'warning',
  message: 'There is no lockfile yet: what the rules select counts as not locked.',
  value: lockfileName,
  hint: 'Run `mirrorlock lock`.',
};

/** An image as it is given, also as it is pasted: `docker.io/library/debian`. */
function readImage(text: string): ImageName {
  const name = text.replace(/^(?:docker\.io\/)?library\//, '');
  if (isImageName(name)) return name;
  const plain = name
    .slice(name.lastIndexOf('/') + 1)
    .replace(/[:@].*$/s, '')
    .toLowerCase();
  const hint = isImageName(plain) ? `Try \`mirrorlock compare ${plain}\`.` : 'Such as `debian`.';
  throw problemError(
    'compare/bad-image',
    '`compare` takes names of images, without a tag.',
    printable(text, 200),
    hint,
  );
}

function originOf({ registry }: Source, list: ListOrigin | undefined): ListOrigin {
  if (list !== 'hub') return list ?? (isHub(registry.host) ? 'hub' : 'registry');
  if (isHub(registry.host)) return list;
  const message = '`--list hub` only applies where the source is docker.io.';
  throw problemError('compare/not-the-hub', message, registry.host, 'Leave `--list` out: the registry lists its tags.');
}

/** The images that the rules name and those of the lockfile, or all of official-images. Sorted. */
function chosenImages(
  { include }: Config,
  library: Library,
  lockfile: Lockfile | undefined,
  all: boolean,
): ImageName[] {
  const upstream = [...library.images.map(({ name }) => name), ...library.refusals.map(({ image }) => image)];
  const named = upstream.filter((name) => all || include.some(({ image }) => image.matches(name)));
  // An image that upstream has retired or renamed is still one that a rule names.
  const literal = include.filter(({ image }) => isLiteral(image)).map(({ image }) => image.text);
  const locked = (lockfile?.images ?? []).map(({ image }) => image);
  return [...new Set([...named, ...literal, ...locked])].filter(isImageName).sort();
}

function isUpstream({ images, refusals }: Library, image: string): boolean {
  return images.some(({ name }) => name === image) || refusals.some((refusal) => refusal.image === image);
}

function unknownImage(image: ImageName, library: Library) {
  const names = library.images.map(({ name }) => name);
  const hint =
    nearest(image, names, 1).length > 0
      ? unknownNameHint(image, names)
      : '`mirrorlock compare --all` lists all images.';
  return problemError('compare/unknown-image', 'Neither the source nor official-images has this image.', image, hint);
}

/** How many images are read from the Hub at once. */
const atOnce = 4;

interface Lists {
  /** In the order asked for; undefined: the source has no such repository. */
  readonly lists: ReadonlyMap<ImageName, readonly SourceTag[] | undefined>;
  readonly failures: Comparison['failures'];
  readonly isLimited: boolean;
}

async function readLists(
  context: Context,
  source: Source,
  origin: ListOrigin,
  images: readonly ImageName[],
): Promise<Lists> {
  const host = origin === 'hub' ? hubApiHost : source.registry.host;
  const task = context.progress.start(`Reading lists of tags of ${host}`, images.length);
  const reader =
    origin === 'hub' ? openHub(context, (detail) => task.advance(0, detail)) : openRegistry(context, source);
  const queue = new PQueue({ concurrency: atOnce });
  const read = async (image: ImageName) => {
    const list = await attempt(() => reader.listTags(repositoryPath(source.namespace, image)));
    task.advance(1, image, { failed: !list.ok });
    return { image, list };
  };
  try {
    const all = await Promise.all(images.map((image) => queue.add(() => read(image))));
    const failed = all.flatMap(({ image, list }) => (list.ok ? [] : [{ image, ...list }]));
    task.end();
    return {
      lists: new Map(all.flatMap(({ image, list }) => (list.ok ? [[image, list.value] as const] : []))),
      failures: failed.map(({ image, problem }) => ({ image, problem })),
      isLimited: failed.length > 0 && failed.every(({ error }) => isLimit(error)),
    };
  } catch (error) {
    task.end('failed');
    throw error;
  } finally {
    await reader.close();
  }
}

function isLimit(error: unknown): boolean {
  if (error instanceof HubApiError) return error.problems[0]?.code === 'hub/rate-limited';
  return error instanceof RegistryError && error.kind === 'rate-limited';
}

interface ListReader {
  listTags(repository: string): Promise<readonly SourceTag[] | undefined>;
  close(): Promise<void>;
}

function openHub(context: Context, say: (detail: string) => void): ListReader {
  const { env, homeDirectory, signal, secrets, waiting } = context;
  return openHubApi({
    ...{ env, homeDirectory, signal, ...defined({ secrets }) },
    ...(waiting && { onSilence: () => waiting(hubApiHost) }),
    onWait: (ms) => say(`${hubApiHost} wants no request for ${durationText(ms)}`),
  });
}

function openRegistry(context: Context, source: Source): ListReader {
  const client = openClient(context, source);
  return {
    listTags: async (repository) => (await client.listTags(repository))?.map((name) => ({ name })),
    close: () => client.close(),
  };
}

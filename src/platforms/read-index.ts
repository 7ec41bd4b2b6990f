import { defined } from '../core/defined.ts';
import { ExitCode } from '../core/exit-code.ts';
import type { Digest, ImageName } from '../core/names.ts';
import { type Problem, UserError } from '../core/problem.ts';
import { isIndex, parseConfigPlatform, parseIndex, parseManifest } from '../registry/manifest-types.ts';
import type { Manifest } from '../registry/types.ts';
import { toChild } from '../resolve/children.ts';
import type { Child, SeenIndex } from '../resolve/types.ts';

/** What reading an index needs of the source, by digest, each checked: manifests (counted) and configs (blobs: not counted). */
interface IndexSource {
  manifest(image: ImageName, digest: Digest): Promise<Manifest | undefined>;
  config(image: ImageName, digest: Digest): Promise<Uint8Array | undefined>;
}

/**
 * Reads an index at the source. A single manifest is taken for an index of itself, its platform from its config.
 *
 * @throws UserError `resolve/moved` when the source does not have it any more, `registry/bad-index`,
 * `registry/too-many-children`, `registry/bad-manifest`, and what the source throws
 */
export async function readIndex(source: IndexSource, image: ImageName, digest: Digest): Promise<SeenIndex> {
  const manifest = await source.manifest(image, digest);
  if (manifest === undefined) throw moved(image, digest);
  try {
    const children = isIndex(manifest.mediaType)
      ? parseIndex(manifest.bytes).children.map(toChild)
      : [await single(source, image, manifest)];
    return { children, without: [], isWhole: true };
  } catch (error) {
    throw error instanceof UserError ? naming(error, image, digest) : error;
  }
}

const unusableCodes: readonly string[] = ['registry/bad-index', 'registry/bad-manifest', 'registry/too-many-children'];

/** Whether a problem is one of the content that a digest names: it is the same for everybody, and at any time. */
export function isUnusable({ code }: Pick<Problem, 'code'>): boolean {
  return unusableCodes.includes(code);
}

/** The error with the image and digest of what cannot be used. */
function naming({ problems, exitCode, cause }: UserError, image: ImageName, digest: Digest): UserError {
  const named = problems.map((problem) =>
    isUnusable(problem) ? { ...problem, message: `${image}@${digest}: ${problem.message}` } : problem,
  );
  return new UserError(named, { exitCode, cause });
}

async function single(source: IndexSource, image: ImageName, { digest, mediaType, bytes }: Manifest): Promise<Child> {
  const { config } = parseManifest(bytes);
  const text = await source.config(image, config.digest);
  if (text === undefined) throw moved(image, config.digest);
  const platform = parseConfigPlatform(text);
  return { digest, size: bytes.length, mediaType, ...defined({ platform }) };
}

function moved(image: ImageName, value: Digest): UserError {
  const message = `The source gave this digest of ${image}, and no longer has it.`;
  const hint = 'Run `mirrorlock lock` again: upstream was publishing.';
  const problem = { code: 'resolve/moved', severity: 'error' as const, message, value, hint };
  return new UserError([problem], { exitCode: ExitCode.failed });
}

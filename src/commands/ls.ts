import { defined } from '../core/defined.ts';
import { ExitCode } from '../core/exit-code.ts';
import { nearest, unknownNameHint } from '../core/nearest.ts';
import { UserError } from '../core/problem.ts';
import { printable } from '../core/text.ts';
import { textTable } from '../core/text-table.ts';
import { legend } from '../core/words.ts';
import { groupPlatforms, isPending, type LockedImage, lockedGroups } from '../lock/types.ts';
import type { Context, Outcome } from '../session/context.ts';
import { openLockfile } from '../session/workspace.ts';

/** What to list, and how. */
export interface LsOptions {
  readonly image?: string;
  /** Names of columns, with commas between them. */
  readonly columns?: string;
  readonly sort?: string;
  readonly reverse?: boolean;
}

/**
 * Lists the images of the lockfile, or the tags of one. Asks no registry, and reads no configuration.
 *
 * @throws UserError `ls/unknown-image` (exit code 3), `ls/unknown-column`; as reading the lockfile throws
 */
export async function ls(context: Context, options: LsOptions): Promise<Outcome> {
  const { image, columns, sort, reverse } = options;
  const { images } = await openLockfile(context);
  const own = image === undefined ? undefined : images.find((one) => one.image === image);
  if (image !== undefined && own === undefined) throw unknownImage(image, images);
  if (columns !== undefined || sort !== undefined || reverse)
    return (await import('../runs/ls-columns.ts')).listColumns(context, own === undefined ? images : [own], options);
  return own === undefined ? listImages(images) : listTags(own);
}

/** @returns the error, whose exit code is 3: the mirror does not have the image */
function unknownImage(name: string, images: readonly LockedImage[]): UserError {
  const names = images.map((one) => one.image);
  const plain = name.slice(name.lastIndexOf('/') + 1).split(':', 1)[0] ?? '';
  const near = nearest(plain, names, 1);
  const hint = names.includes(plain as (typeof names)[number])
    ? `\`mirrorlock ls ${plain}\` lists its tags.`
    : near.length === 0
      ? '`mirrorlock ls` lists the images.'
      : unknownNameHint(plain, names);
  const value = printable(name);
  const message = 'The lockfile has no image of this name.';
  return new UserError([{ code: 'ls/unknown-image', severity: 'error', message, value, ...defined({ hint }) }], {
    exitCode: ExitCode.stale,
  });
}

const unpublishedText = 'announced by upstream, and not published yet';

function listImages(images: readonly LockedImage[]): Outcome {
  const rows = images.map((image) => ({
    image: image.image,
    tags: lockedGroups(image).reduce((sum, { tags }) => sum + tags.length, 0),
    digests: lockedGroups(image).length,
    pending: new Set(image.entries.flatMap((entry) => (isPending(entry) ? entry.pending : []))).size,
  }));
  const cells = rows.map(({ image, tags, digests, pending }) => [image, `${tags}`, `${digests}`, `${pending}`]);
  return {
    exitCode: ExitCode.done,
    text: [
      textTable(['IMAGE', 'TAGS', 'DIGESTS', 'PENDING'], cells),
      ...legend([['pending', unpublishedText, rows.some(({ pending }) => pending > 0)]]),
    ].join('\n'),
    json: { schema: 'mirrorlock/ls/v1', images: rows },
    problems: [],
  };
}

function listTags(image: LockedImage): Outcome {
  const waiting = new Set(image.entries.flatMap((entry) => (isPending(entry) ? entry.pending : [])));
  const locked = lockedGroups(image).flatMap((group) =>
    group.tags.map((tag) => ({
      ...{ tag, digest: group.digest as string | null, pending: waiting.has(tag) },
      ...defined({ platforms: groupPlatforms(group) }),
    })),
  );
  const known = new Set(locked.map(({ tag }) => tag));
  const unpublished = [...waiting]
    .filter((tag) => !known.has(tag))
    .map((tag) => ({ tag, digest: null, pending: true }));
  const rows = [...locked, ...unpublished];
  const cells = rows.map(({ tag, digest, pending, ...more }) => [
    tag,
    digest ?? '-',
    digest === null ? 'pending' : pending ? 'newer pending' : 'locked',
    'platforms' in more ? (more.platforms?.join(', ') ?? '') : '',
  ]);
  const hasPlatforms = cells.some(([, , , platforms]) => platforms !== '');
  const columns = hasPlatforms ? 4 : 3;
  const head = ['TAG', 'DIGEST', 'STATE', 'PLATFORMS'].slice(0, columns);
  return {
    exitCode: ExitCode.done,
    text: [
      textTable(
        head,
        cells.map((row) => row.slice(0, columns)),
        columns,
      ),
      ...legend([
        ['pending', unpublishedText, unpublished.length > 0],
        ['newer pending', 'stays at its digest until a newer build is published', locked.some((one) => one.pending)],
      ]),
    ].join('\n'),
    json: { schema: 'mirrorlock/ls/v1', image: image.image, tags: rows },
    problems: [],
  };
}

import { ExitCode } from '../core/exit-code.ts';
import { textTable } from '../core/text-table.ts';
import { legend } from '../core/words.ts';
import { readFileAt } from '../forge/git/read.ts';
import { lockfileName } from '../lock/file.ts';
import { parseLockfile } from '../lock/parse.ts';
import { lockedGroups } from '../lock/types.ts';
import { listMarks, type Mark } from '../session/applied.ts';
import type { Context, Outcome } from '../session/context.ts';
import { mirrorGit, mirrorPrefix } from '../session/mirror-repository.ts';

/**
 * Lists what the destinations had when: the commits that `verify --mark` has marked as served, the newest first. `limit`: how
 * many at most. Asks only the git repository here.
 */
export async function states(context: Context, { limit }: { readonly limit: number }): Promise<Outcome> {
  const marks = await listMarks(context);
  const path = `${await mirrorPrefix(context)}${lockfileName}`;
  const shown = await Promise.all(marks.slice(0, limit).map((mark) => stateOf(context, path, mark)));
  const rows = shown.map(({ name, time, commit, images, tags, destinations }) => [
    ...[name, time, commit.slice(0, 12)],
    ...[String(images), String(tags), destinations.join(', ')],
  ]);
  const left = marks.length - shown.length;
  const text =
    marks.length === 0
      ? 'No commit is marked as served yet: `mirrorlock verify --mark` marks one where nothing differs.'
      : [
          textTable(['state', 'served', 'commit', 'images', 'tags', 'destinations'], rows, 3),
          ...legend([['served', 'when `verify --mark` found that nothing differed', true]]),
          ...(left > 0 ? [`and ${left} earlier ones: \`--limit ${marks.length}\` lists all`] : []),
          `\`mirrorlock apply --at ${marks[0]?.name}\` brings a state back.`,
        ].join('\n');
  return {
    exitCode: ExitCode.done,
    text,
    json: { schema: 'mirrorlock/states/v1', count: marks.length, states: shown },
    problems: [],
  };
}

async function stateOf(context: Context, path: string, { name, commit, time, destinations }: Mark) {
  const text = await readFileAt(mirrorGit(context), commit, path);
  const images = text === undefined ? [] : parseLockfile(text, `${name}:${lockfileName}`).images;
  const tags = images.reduce(
    (sum, image) => sum + lockedGroups(image).reduce((own, group) => own + group.tags.length, 0),
    0,
  );
  return { name, commit, time: new Date(time).toISOString(), destinations, images: images.length, tags };
}

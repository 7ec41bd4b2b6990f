import { ExitCode } from '../core/exit-code.ts';
import { counted } from '../core/words.ts';
import { select } from '../select/select.ts';
import type { Selection } from '../select/types.ts';
import { type Context, type Outcome, warningsOrThrow } from '../session/context.ts';
import { openConfig, openLibrary } from '../session/workspace.ts';
import { toProblem } from '../upstream/refusal.ts';
import type { Library } from '../upstream/types.ts';

/** Shows what the configuration selects: its groups and platforms, without asking any registry. */
export async function expand(context: Context): Promise<Outcome> {
  const config = await openConfig(context);
  const { library, notes } = await openLibrary(context, config);
  const selection = select(library, config);
  const found = [...library.refusals.map(toProblem), ...selection.warnings];
  const warnings = [...config.warnings, ...notes, ...warningsOrThrow(found, context.strict)];
  return {
    exitCode: ExitCode.done,
    text: expandText(selection, library),
    json: {
      schema: 'mirrorlock/expand/v1',
      upstream: upstreamJson(library.commit),
      images: imagesJson(selection),
      warnings,
    },
    problems: warnings,
  };
}

function upstreamJson({ repository, sha }: { repository: string; sha: string }) {
  return { repository, commit: sha };
}

function imagesJson({ images }: Selection) {
  return images.map(({ image, groups }) => ({
    image,
    groups: groups.map(({ wanted, group }) => ({ tags: wanted, platforms: group.platforms, shared: group.shared })),
  }));
}

function expandText({ images }: Selection, library: Library): string {
  const lines = images.flatMap(({ image, groups }) => [
    image,
    ...groups.map(({ wanted, group }) => `  ${wanted.join(', ')}  [${group.platforms.join(', ')}]`),
  ]);
  return [...lines, countsText(images, library)].join('\n');
}

function countsText(images: Selection['images'], library: Library): string {
  const groups = images.flatMap((image) => image.groups);
  const shared = groups.filter(({ group }) => group.shared).length;
  const tags = groups.reduce((sum, { wanted }) => sum + wanted.length, 0);
  const files = library.images.length + library.refusals.length;
  const entries = groups.length - shared;
  const selected = `${counted(images.length, 'image')}, ${entries === 1 ? '1 entry' : `${entries} entries`}, ${counted(shared, 'group')} of shared tags, ${tags} tags`;
  return `${selected}; of ${counted(files, 'file')} at upstream ${library.commit.sha.slice(0, 12)}`;
}

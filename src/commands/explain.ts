import type { Rule } from '../config/types.ts';
import { ExitCode } from '../core/exit-code.ts';
import { explainImage, explain as explainTag, parseSubject } from '../select/explain.ts';
import { explainText } from '../select/explain-text.ts';
import type { Fate, ImageFate } from '../select/types.ts';
import type { Context, Outcome } from '../session/context.ts';
import { openConfig, openLibrary } from '../session/workspace.ts';
import { toProblem } from '../upstream/refusal.ts';

/**
 * Tells which rule on which line decides over a tag, or over an image as a whole. Exit code 3 where it is not wanted, 1 where
 * upstream does not have it, or its file is refused.
 */
export async function explain(
  context: Context,
  { subject, colour }: { subject: string; colour: boolean },
): Promise<Outcome> {
  const asked = parseSubject(subject);
  const config = await openConfig(context);
  const { library, notes } = await openLibrary(context, config);
  const fate: Fate | ImageFate =
    asked.tag === undefined
      ? explainImage(library, config, asked.image)
      : explainTag(library, config, asked.image, asked.tag);
  return {
    exitCode: exitCodeOf(fate),
    text: explainText(fate, asked, { colour }),
    json: { schema: 'mirrorlock/explain/v1', subject, ...fateJson(fate) },
    problems: [...notes, ...library.refusals.filter(({ image }) => image === asked.image).map(toProblem)],
  };
}

function exitCodeOf(fate: Fate | ImageFate): ExitCode {
  switch (fate.kind) {
    case 'selected':
      return ExitCode.done;
    case 'image':
      return fate.wantedCount > 0 ? ExitCode.done : ExitCode.stale;
    case 'excluded':
    case 'unmatched':
      return ExitCode.stale;
    default:
      return ExitCode.failed;
  }
}

/** The fate as data: rules by their place and text, not as the objects that match. */
function fateJson(fate: Fate | ImageFate): object {
  const { kind } = fate;
  switch (kind) {
    case 'selected':
      return { kind, by: fate.by.map(ruleJson), tags: fate.group.tags };
    case 'excluded':
      return { kind, by: fate.by.map(ruleJson), included: fate.included.map(ruleJson), tags: fate.group.tags };
    case 'unmatched':
      return {
        kind,
        tags: fate.group.tags,
        ...(fate.nearMiss === undefined
          ? {}
          : { nearMiss: { rule: ruleJson(fate.nearMiss.rule), reasons: fate.nearMiss.reasons } }),
      };
    case 'image':
      return { ...fate, rules: fate.rules.map(({ rule, ...counts }) => ({ ...ruleJson(rule), ...counts })) };
    default:
      return fate;
  }
}

function ruleJson({ kind, place, image, tags, versions }: Rule): object {
  const { file, line, column } = place;
  return { kind, file, line, column, image: image.text, tags: tags?.map(({ text }) => text), versions };
}

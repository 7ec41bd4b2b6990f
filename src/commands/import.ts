import type { ApplyResult } from '../apply/types.ts';
import { ExitCode } from '../core/exit-code.ts';
import type { Problem } from '../core/problem.ts';
import { counted } from '../core/words.ts';
import { failureProblems } from '../report/failures.ts';
import { type ImportOptions, runImport } from '../runs/import.ts';
import type { Context, Outcome } from '../session/context.ts';
import { type AtDestination, destinationProblems, destinationText, failuresJson } from '../session/destinations.ts';

/** Brings an export to the destinations. Exit code 1 where something failed, 3 where tags are locked that no rule wants. Throws as `runImport` does. */
export async function importImages(context: Context, options: ImportOptions): Promise<Outcome> {
  const { path, images, absent, imported, unreached, unwanted, ...ran } = await runImport(context, options);
  const failures = [
    ...destinationProblems(unreached, 'got nothing of the export'),
    ...imported.flatMap(({ destination, value }) => failureProblems(destination.name, value)),
  ];
  const warnings = [...unwanted, ...ran.warnings, ...absentWarnings(absent)];
  return {
    exitCode: failures.length > 0 ? ExitCode.failed : unwanted.length > 0 ? ExitCode.stale : ExitCode.done,
    text: imported.map(importedText).join('\n'),
    json: {
      schema: 'mirrorlock/import/v1',
      folder: path,
      images: images.length,
      absentTags: absent,
      destinations: imported.map(({ destination, value }) => ({
        name: destination.name,
        counts: counts(value),
        failures: value.failures,
      })),
      ...failuresJson(unreached),
      warnings,
    },
    problems: [...warnings, ...failures],
  };
}

function importedText({ destination, value }: AtDestination<ApplyResult>): string {
  const { copied, tagged, unchanged, failed } = counts(value);
  const failedText = failed > 0 ? `, ${counted(failed, 'group')} failed` : '';
  return `${destinationText(destination)}: ${counted(copied, 'group')} copied, ${counted(tagged, 'tag')} put, ${unchanged} unchanged${failedText}`;
}

function counts({ copied, tagged, unchanged, failures }: ApplyResult) {
  return { copied, tagged, unchanged, failed: failures.length };
}

function absentWarnings(absent: number): Problem[] {
  if (absent === 0) return [];
  const message = `The lockfile names ${counted(absent, 'tag')} that the export does not have: ${absent === 1 ? 'it stays as it is' : 'they stay as they are'}.`;
  return [{ code: 'airgap/part-of-lockfile', severity: 'warning', message }];
}

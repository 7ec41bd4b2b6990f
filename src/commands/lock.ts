import { keepOf } from '../config/keep.ts';
import type { Config } from '../config/types.ts';
import { ExitCode } from '../core/exit-code.ts';
import { diffLockfiles } from '../diff/diff.ts';
import { diffJson } from '../diff/json.ts';
import { diffText } from '../diff/text.ts';
import { assembleLockfile } from '../lock/assemble.ts';
import { lockfileName, readLockfile, writeLockfile } from '../lock/file.ts';
import { formatLockfile } from '../lock/format.ts';
import { holdBack } from '../lock/hold.ts';
import type { Lockfile } from '../lock/types.ts';
import { wantsByRules } from '../lock/wants.ts';
import { absentPlatforms, withAnnounced } from '../resolve/announced.ts';
import { overrideWarnings } from '../select/overrides.ts';
import { select } from '../select/select.ts';
import { toProblem } from '../upstream/refusal.ts';
import type { Library } from '../upstream/types.ts';
import { askSource, readText } from './ask-source.ts';
import type { Context, Outcome } from './context.ts';
import { warningsOrThrow } from './strict.ts';
import { lockfilePath, openConfig, openLibrary } from './workspace.ts';

/**
 * Expands the configuration against upstream, asks the source for digests, and writes the lockfile; with `check` it
 * writes nothing and says by exit code 3 that the lockfile would change.
 *
 * @param isProposal what was read is kept in the cache: the next run begins at the same lockfile until this one is merged
 */
export async function lock(
  context: Context,
  { check, isProposal = false }: { check: boolean; isProposal?: boolean },
): Promise<Outcome> {
  const config = await openConfig(context);
  const previous = await readLockfile(lockfilePath(context));
  const { library, notes } = await openLibrary(context, config);
  const selection = select(library, config);
  const found = [...library.refusals.map(toProblem), ...selection.warnings];
  const before = [...config.warnings, ...notes, ...warningsOrThrow(found, context.strict)];
  const announced = withAnnounced(selection.images, config);
  const asked = await askSource(context, config, announced.images, previous);
  const { resolved, requests, pullLimit } = asked;
  const kept = holdBack(resolved, previous, (image) => keepOf(config, image));
  const ofPlatforms = [...announced.warnings, ...absentPlatforms(kept.images, config), ...kept.warnings];
  const warnings = [...before, ...overrideWarnings(config, library), ...ofPlatforms, ...asked.warnings];
  const next = assembleLockfile(kept.images, { ...lockMeta(config, library), previous });
  const changed = previous === undefined || formatLockfile(previous) !== formatLockfile(next);
  if (!check) {
    await writeLockfile(lockfilePath(context), next);
    if (!isProposal) await asked.forget();
  }
  const diff = diffLockfiles(previous, next);
  return {
    exitCode: check && changed ? ExitCode.stale : ExitCode.done,
    text: `${diffText(diff)}\n\n${verdict(changed, check, next)}${readText(requests)}`,
    json: {
      ...diffJson(diff),
      schema: 'mirrorlock/lock/v1',
      changed,
      upstream: next.upstream,
      requests,
      ...(pullLimit === undefined ? {} : { pullLimit }),
      warnings,
    },
    problems: warnings,
  };
}

function lockMeta(config: Config, library: Library) {
  return {
    configHash: config.contentHash,
    // The repository that the configuration names, also where --upstream read a copy of it: no path of a machine gets in.
    upstream: { repository: config.upstream.repository, commit: library.commit.sha },
    refused: new Set(library.refusals.map(({ image }) => image)),
    wants: wantsByRules(config),
  };
}

function verdict(changed: boolean, check: boolean, { images, upstream }: Lockfile): string {
  const at = `${images.length} images at upstream ${upstream.commit.slice(0, 12)}`;
  if (!changed) return `${lockfileName} is up to date: ${at}`;
  return check ? `${lockfileName} is out of date: it would hold ${at}` : `Wrote ${lockfileName}: ${at}`;
}

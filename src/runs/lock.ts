import type { AskedFor } from '../changes/find.ts';
import type { Config } from '../config/types.ts';
import type { Problem } from '../core/problem.ts';
import { assembleLockfile } from '../lock/assemble.ts';
import type { Lockfile } from '../lock/types.ts';
import { wantedByRules } from '../lock/wanted-tags.ts';
import { platformStage } from '../platforms/platforms.ts';
import type { PullLimit } from '../registry/types.ts';
import type { ResolvedImage } from '../resolve/types.ts';
import { overrideWarnings, select } from '../select/select.ts';
import { type Context, warningsOrThrow } from '../session/context.ts';
import { matchLocked, openLibrary } from '../session/workspace.ts';
import { toProblem } from '../upstream/refusal.ts';
import type { Library } from '../upstream/types.ts';
import { askSource, type LockRequests } from './ask-source.ts';

/** A lockfile that was made, and is written nowhere. */
export interface MadeLockfile {
  readonly previous: Lockfile | undefined;
  readonly next: Lockfile;
  /** Which tag of a pending group the source was asked for. */
  readonly askedFor: AskedFor;
  readonly warnings: readonly Problem[];
  readonly requests: LockRequests;
  readonly pullLimit: PullLimit | undefined;
  /** To be called once `next` is kept: what was read for it need not be kept for another run. */
  forget(): Promise<void>;
}

/**
 * Expands the configuration against upstream, and asks the source for digests. Writes nothing.
 *
 * @param previous the lockfile so far, whose digests stay where upstream is not asked or does not tell
 * @throws UserError as `openLibrary`, `select` and `askSource` do; with `context.strict` for warnings too
 */
export async function makeLockfile(
  context: Context,
  config: Config,
  previous: Lockfile | undefined,
): Promise<MadeLockfile> {
  const { library, notes } = await openLibrary(context, config);
  await matchLocked(context, config, previous);
  const selection = select(library, config);
  const found = [...library.refusals.map(toProblem), ...selection.warnings];
  const before = [...config.warnings, ...notes, ...warningsOrThrow(found, context.strict)];
  const platforms = platformStage(config, previous);
  const announced = platforms.announced(selection.images);
  const { resolved, requests, pullLimit, ...asked } = await askSource(context, config, announced.images, platforms);
  const kept = platforms.holdBack(resolved);
  const unusable = warningsOrThrow(platforms.unusable(), context.strict);
  const ofPlatforms = [...announced.warnings, ...unusable, ...kept.warnings];
  const next = assembleLockfile(kept.images, { ...lockMeta(config, library), previous });
  return {
    ...{ previous, next, requests, pullLimit },
    askedFor: askedFor(kept.images),
    warnings: [...before, ...overrideWarnings(config, library), ...ofPlatforms, ...asked.warnings],
    forget: asked.forget,
  };
}

function askedFor(images: readonly ResolvedImage[]): AskedFor {
  const asked = new Map(
    images.flatMap(({ image, groups }) =>
      groups
        .filter(({ digest }) => digest === undefined)
        .flatMap(({ wanted, group }) => wanted.map((tag) => [`${image}:${tag}`, group.tags[0]] as const)),
    ),
  );
  return (image, tag) => asked.get(`${image}:${tag}`);
}

function lockMeta(config: Config, library: Library) {
  return {
    configHash: config.contentHash,
    // The repository that the configuration names, also where --upstream read a copy of it: no path of a machine gets in.
    upstream: { repository: config.upstream.repository, commit: library.commit.sha },
    refused: new Set(library.refusals.map(({ image }) => image)),
    wants: wantedByRules(config),
  };
}

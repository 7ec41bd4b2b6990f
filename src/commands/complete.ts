import { attempt } from '../core/attempt.ts';
import { ExitCode } from '../core/exit-code.ts';
import { readLockfile } from '../lock/file.ts';
import { tagDigests } from '../lock/types.ts';
import type { Context, Outcome } from '../session/context.ts';
import { knownReferences } from '../session/mirror-repository.ts';
import { lockfilePath, openConfig } from '../session/workspace.ts';

/** What a value on the command line is one of. */
export type MirrorValue = 'image' | 'image:tag' | 'destination' | 'revision' | 'branch';

/** The candidates of the shell's last word that follow from the command line alone, and what the mirror has to add. */
export interface CompleteOptions {
  readonly candidates: readonly { readonly value: string; readonly meaning: string }[];
  readonly wanted?: MirrorValue;
  /** What stands in the word before the value. */
  readonly before: string;
  /** The word, as far as it is typed. */
  readonly current: string;
}

/** A terminal shows no more. */
const mostCandidates = 500;

/**
 * Prints what may stand in place of the last word, a line each: the value, a tab, what it means. Asks nothing but the files
 * and the git repository here; what cannot be read there offers nothing.
 */
export async function complete(
  context: Context,
  { candidates, wanted, before, current }: CompleteOptions,
): Promise<Outcome> {
  const values = wanted === undefined ? [] : await valuesOf(context, wanted, current.slice(before.length));
  const found = [...candidates, ...values.map((value) => ({ value: before + value, meaning: wanted ?? '' }))]
    .filter(({ value }) => value.startsWith(current) && !/[\p{Cc}\s]/u.test(value))
    .slice(0, mostCandidates);
  const lines = found.map(({ value, meaning }) => `${value}\t${meaning.replace(/\s+/g, ' ')}`);
  return {
    exitCode: ExitCode.done,
    text: lines.join('\n'),
    json: { schema: 'mirrorlock/complete/v1', found },
    problems: [],
  };
}

async function valuesOf(context: Context, wanted: MirrorValue, typed: string): Promise<readonly string[]> {
  switch (wanted) {
    case 'destination': {
      const config = await attempt(() => openConfig(context));
      return config.ok ? config.value.destinations.map(({ name }) => name) : [];
    }
    case 'revision':
      return ['HEAD', ...(await knownReferences(context, ['refs/heads', 'refs/tags', 'refs/remotes']))];
    case 'branch':
      return knownReferences(context, ['refs/heads']);
    case 'image':
    case 'image:tag':
      return lockedNames(context, wanted, typed);
  }
}

/** Images; with tags those of the image before the colon, or of the one image that it can be. */
async function lockedNames(context: Context, wanted: 'image' | 'image:tag', typed: string): Promise<readonly string[]> {
  const read = await attempt(() => readLockfile(lockfilePath(context)));
  const images = (read.ok ? read.value?.images : undefined) ?? [];
  const [name = ''] = typed.split(':');
  const named = images.filter(({ image }) => (typed.includes(':') ? image === name : image.startsWith(name)));
  const [only, ...others] = named;
  if (wanted === 'image' || only === undefined || others.length > 0) return named.map(({ image }) => image);
  return [
    ...(typed.includes(':') ? [] : [only.image]),
    ...[...tagDigests(only).keys()].map((tag) => `${only.image}:${tag}`),
  ];
}

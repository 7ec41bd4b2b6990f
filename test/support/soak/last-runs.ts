import type { BuiltRepository } from '../images/types.ts';
import { describe, fetchedTwice, type Stage, startTool } from './stage.ts';
import { missing, readStored, type Stored, treeOf } from './stored.ts';

export interface LastRuns {
  readonly runs: number;
  readonly unmendable: readonly string[];
  readonly failures: readonly string[];
}

/**
 * Runs without faults: one, and a second only where the destination was killed, after which all is as the lockfile says and
 * another one costs nothing. What is left is exactly what stands on a manifest that a killed destination left damaged,
 * which no request mends, and it is named.
 */
export async function lastRuns(stage: Stage, wasKilled: boolean): Promise<LastRuns> {
  const failures: string[] = [];
  let runs = 0;
  let applied: Told;
  let standing: Standing;
  do {
    runs += 1;
    const check = fetchedTwice(stage, true);
    applied = await told(stage, 'apply');
    failures.push(...check());
    standing = lookAt(stage);
  } while (wasKilled && runs < 2 && (applied.code !== 0 || standing.wrong.length > 0));
  const verified = await told(stage, 'verify');
  const { wrong, unmendable } = standing;
  if (unmendable.length > 0 && !wasKilled) failures.push(`damaged though nobody was killed: ${unmendable.join(', ')}`);
  // What a run says comes first: it is why a tag does not stand.
  failures.push(...notAsItIs(applied, verified, unmendable), ...(await unchanged(stage, unmendable)), ...wrong);
  return { runs, unmendable, failures };
}

/** How a command ended, and which tags, or images as a whole, it names. */
interface Told {
  readonly command: string;
  readonly code: number | undefined;
  readonly names: ReadonlySet<string>;
  readonly stderr: string;
}

interface Reported {
  readonly destinations?: readonly {
    readonly failures?: readonly { readonly image: string; readonly tags?: readonly string[] }[];
    readonly drift?: readonly { readonly image: string; readonly tag: string }[];
  }[];
}

async function told(stage: Stage, command: 'apply' | 'verify'): Promise<Told> {
  const { code, stdout, stderr } = await startTool(stage, command, '--json').result;
  const { destinations = [] } = JSON.parse(stdout || '{}') as Reported;
  const names = destinations.flatMap(({ failures = [], drift = [] }) => [
    ...failures.flatMap(({ image, tags }) => tags?.map((tag) => `${image}:${tag}`) ?? image),
    ...drift.map(({ image, tag }) => `${image}:${tag}`),
  ]);
  return { command, code, names: new Set(names), stderr };
}

/** What of the lockfile does not stand as it says: what must not be, and what cannot be mended. */
interface Standing {
  readonly wrong: readonly string[];
  /** `IMAGE:TAG`. */
  readonly unmendable: readonly string[];
}

function lookAt({ world, target }: Stage): Standing {
  const stored = readStored(target.storage, { rest: true });
  const wrong: string[] = [];
  const unmendable: string[] = [];
  for (const built of world.after) {
    for (const [tag, digest] of built.tags) {
      const isDamaged = treeOf(built, digest).some((part) => stored.isDamaged(part));
      if (isDamaged) unmendable.push(`${built.repository.replace('library/', '')}:${tag}`);
      else wrong.push(...differences(built, tag, digest, stored));
    }
  }
  return { wrong, unmendable };
}

function differences(built: BuiltRepository, tag: string, digest: string, stored: Stored): string[] {
  const at = stored.tags(built.repository).get(tag);
  if (at !== digest) return [`${built.repository}:${tag} is at ${at}, not ${digest}`];
  return missing(stored, built, digest).map((lack) => `${built.repository}:${tag} is without ${lack}`);
}

/** Where the last runs do not tell what is left, or tell of what is not. */
function notAsItIs(applied: Told, verified: Told, unmendable: readonly string[]): string[] {
  if (unmendable.length === 0) {
    return [applied, verified].flatMap(({ command, code, stderr }) =>
      code === 0 ? [] : `${command} without faults ended with ${code}: ${stderr.slice(0, 2_000)}`,
    );
  }
  const names = new Set([...applied.names, ...verified.names]);
  const imageOf = (name: string) => name.split(':', 1)[0] ?? '';
  const silent = unmendable.filter((tag) => !names.has(tag) && !names.has(imageOf(tag)));
  const known = new Set([...unmendable, ...unmendable.map(imageOf)]);
  const alarms = [...names].filter((name) => !known.has(name));
  return [
    ...silent.map((tag) => `${tag} cannot be mended, and neither apply nor verify names it`),
    ...alarms.map((name) => `${name} is named as failed, and nothing is wrong with it`),
    ...(verified.code === 0 ? [`verify ended with 0, though ${unmendable.join(', ')} is damaged`] : []),
  ];
}

/** One more run asks the source for nothing and writes nothing, but for what cannot be mended. */
async function unchanged(stage: Stage, unmendable: readonly string[]): Promise<string[]> {
  const { hub, proxy } = stage;
  const tried = new Set(unmendable.map((tag) => `library/${tag.split(':', 1)[0]}`));
  const [asked, seen] = [hub.seen().length, proxy.seen().length];
  await told(stage, 'apply');
  const pulls = hub.seen().slice(asked);
  const writes = proxy.seen().slice(seen);
  return [
    ...pulls.filter(({ kind, method }) => method === 'GET' && (kind === 'manifest' || kind === 'blob')),
    ...writes.filter(({ method }) => method !== 'HEAD' && method !== 'GET'),
  ]
    .filter(({ repository }) => !tried.has(repository))
    .map((request) => `an unchanged apply sent: ${describe(request)}`);
}

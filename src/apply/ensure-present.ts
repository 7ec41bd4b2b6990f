import { attempt } from '../core/attempt.ts';
import type { Digest, ImageName } from '../core/names.ts';
import type { Problem } from '../core/problem.ts';
import { notMended } from './not-mended.ts';
import type { Need } from './read-group.ts';
import type { ApplyPorts } from './types.ts';

/** Why each manifest that is not at the destination, or may not be, is not. */
export type Missing = ReadonlyMap<Digest, Problem>;

/** Ensures that manifests of an image, with what they name, are at the destination; gives those that are not. */
export type EnsurePresent = (image: ImageName, needs: readonly Need[]) => Promise<Missing>;

/** What a registry that fails to serve something answers. */
const failedCode = 'registry/server';

/**
 * Asks the destination for each manifest, has the engine copy those that are absent or damaged, and asks for these again:
 * the destination's word counts, not the engine's. A manifest that several groups need is asked for and copied once in a run.
 */
export function ensurePresent({ destination, engine, isDamaged = async () => false }: ApplyPorts): EnsurePresent {
  const known = new Map<string, Promise<Problem | undefined>>();

  const bring = async (image: ImageName, needs: readonly Need[]): Promise<Missing> => {
    const { absent, broken, problems } = await look(image, needs);
    const reasons: Missing = absent.length === 0 ? new Map() : await copy(image, absent);
    const after = await Promise.all(
      absent.map(async (need) => {
        const reason = reasons.get(need.digest);
        const problem = broken.has(need)
          ? (reason ?? (await notWhole(image, need)))
          : await notThere(image, need, reason);
        return problem === undefined ? [] : [[need.digest, problem] as const];
      }),
    );
    return new Map([...problems, ...after.flat()]);
  };

  const copy = async (image: ImageName, needs: readonly Need[]): Promise<Missing> => {
    const digests = needs.map(({ digest }) => digest);
    const copied = await attempt(() => engine.copy(image, digests));
    return copied.ok ? copied.value : new Map(digests.map((digest) => [digest, copied.problem]));
  };

  /** Which manifests are absent or broken, and which could not be asked for. Of what is broken the size differs, or the answer fails. */
  const look = async (image: ImageName, needs: readonly Need[]) => {
    const absent: Need[] = [];
    const broken = new Set<Need>();
    const problems: (readonly [Digest, Problem])[] = [];
    const lookAt = async (need: Need): Promise<void> => {
      const asked = await attempt(async () => {
        if (!(await destination.hasWhole(image, need))) return 'absent';
        return (await isDamaged(image, need.digest)) ? 'broken' : 'sound';
      });
      if (!asked.ok && asked.code !== failedCode) problems.push([need.digest, asked.problem]);
      else if (!asked.ok || asked.value !== 'sound') absent.push(need);
      if (asked.ok ? asked.value === 'broken' : asked.code === failedCode) broken.add(need);
    };
    await Promise.all(needs.map(lookAt));
    return { absent, broken, problems };
  };

  /** Why a manifest that was copied is not there. */
  const notThere = async (image: ImageName, need: Need, reason: Problem | undefined): Promise<Problem | undefined> => {
    const head = await attempt(() => destination.hasWhole(image, need));
    if (!head.ok) return head.problem;
    if (head.value) return undefined;
    if (reason !== undefined) return reason;
    const seen = await attempt(() => destination.head(image, need.digest));
    return seen.ok && seen.value ? notMendedAt(image, need, 'it has another size') : notArrived(need.digest);
  };

  /** Why a manifest that was broken is so still: it is read, since a HEAD does not tell that the bytes are others. */
  const notWhole = async (image: ImageName, need: Need): Promise<Problem | undefined> => {
    const read = await attempt(() => destination.get(image, need.digest));
    if (read.ok) return read.value === undefined ? notArrived(need.digest) : undefined;
    const isStill = read.code === failedCode || read.code === 'registry/digest-mismatch';
    return isStill ? notMendedAt(image, need, read.problem.message) : read.problem;
  };

  return async (image, needs) => {
    const keyOf = ({ digest }: Need) => `${image}@${digest}`;
    const distinct = [...new Map(needs.map((need) => [need.digest, need])).values()];
    const own = distinct.filter((need) => !known.has(keyOf(need)));
    const bringing = own.length === 0 ? undefined : bring(image, own);
    for (const need of own) {
      known.set(
        keyOf(need),
        (bringing ?? Promise.resolve(new Map())).then((missing) => missing.get(need.digest)),
      );
    }
    try {
      const told = await Promise.all(
        distinct.map(async (need) => [need.digest, await known.get(keyOf(need))] as const),
      );
      const missing = told.flatMap(([digest, problem]) => (problem === undefined ? [] : [[digest, problem] as const]));
      // What is absent is tried again where a later group needs it, or its pulls come back.
      for (const [digest] of missing) known.delete(`${image}@${digest}`);
      return new Map(missing);
    } catch (error) {
      for (const need of own) known.delete(keyOf(need));
      throw error;
    }
  };
}

function notMendedAt(image: ImageName, { digest }: Need, found: string): Problem | undefined {
  return notMended(`a manifest of ${image}`, digest, found).problems[0];
}

/** A manifest that is not at the destination, for no reason that anybody gave. */
function notArrived(digest: Digest): Problem {
  const message = 'A manifest is missing at the destination after the copy, which gave no reason.';
  return { code: 'apply/not-arrived', severity: 'error', message, value: digest };
}

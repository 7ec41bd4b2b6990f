import { attempt } from '../core/attempt.ts';
import type { Digest, ImageName } from '../core/names.ts';
import type { Problem } from '../core/problem.ts';
import type { Need } from './read-group.ts';
import type { ApplyPorts } from './types.ts';

/** Why each manifest that is not at the destination, or may not be, is not. */
export type Missing = ReadonlyMap<Digest, Problem>;

/** Ensures that manifests of an image, with what they name, are at the destination; gives those that are not. */
export type EnsurePresent = (image: ImageName, needs: readonly Need[]) => Promise<Missing>;

/**
 * Asks the destination for each manifest, has the engine copy those that are absent, and asks for these again: the
 * destination's word counts, not the engine's. A manifest that several groups need is asked for and copied once in a run.
 */
export function ensurePresent({ destination, engine }: ApplyPorts): EnsurePresent {
  const known = new Map<string, Promise<Problem | undefined>>();

  const bring = async (image: ImageName, needs: readonly Need[]): Promise<Missing> => {
    const before = await look(image, needs);
    const reasons = before.absent.length === 0 ? new Map() : await copy(image, before.absent);
    const after = await look(image, before.absent, { isCopied: true });
    const absent = after.absent.map(({ digest }) => [digest, reasons.get(digest) ?? notArrived(digest)] as const);
    return new Map([...before.problems, ...after.problems, ...absent]);
  };

  const copy = async (image: ImageName, needs: readonly Need[]): Promise<Missing> => {
    const digests = needs.map(({ digest }) => digest);
    const copied = await attempt(() => engine.copy(image, digests));
    return copied.ok ? copied.value : new Map(digests.map((digest) => [digest, copied.problem]));
  };

  /** Which manifests are absent, and which could not be asked for. Of what is broken the size differs, or the answer fails. */
  const look = async (image: ImageName, needs: readonly Need[], { isCopied = false } = {}) => {
    if (!isCopied && (await destination.isNew(image))) return { absent: needs, problems: [] };
    const heads = await Promise.all(
      needs.map(async (need) => ({ need, head: await attempt(() => destination.hasWhole(image, need)) })),
    );
    const isBroken = (code: string) => !isCopied && code === 'registry/server';
    return {
      absent: heads.flatMap(({ need, head }) => ((head.ok ? !head.value : isBroken(head.code)) ? [need] : [])),
      problems: heads.flatMap(({ need, head }) =>
        head.ok || isBroken(head.code) ? [] : [[need.digest, head.problem] as const],
      ),
    };
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

/** A manifest that is not at the destination, for no reason that anybody gave. */
function notArrived(digest: Digest): Problem {
  const message = 'A manifest did not arrive at the destination, and the copy gave no reason.';
  return { code: 'apply/not-arrived', severity: 'error', message, value: digest };
}

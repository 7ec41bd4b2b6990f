import { problemError } from '../core/problem.ts';

/**
 * A model of the rebuilds that leave no trace in git. `bases`: all entries on one release of a base image, such as
 * `trixie`, are rebuilt at one time. `images`: all entries of one image.
 */
export interface RebuildModel {
  readonly kind: 'bases' | 'images';
  /** Which part of all builds comes with no change in official-images, 0 ≤ share < 1. */
  readonly share: number;
  readonly seed: number;
}

/** 1,280 of 1,760 builds recorded in docker-library/meta in three months came with no change in official-images. */
const defaultShare = 0.73;

const rule =
  '`--rebuild-model` is `none`, `bases` or `images`, and may go on with a share of all builds and a seed: bases,share=0.73,seed=1.';

/** Reads `none` (gives undefined) or a model. Throws a UserError `simulate/bad-rebuild-model`. */
export function parseRebuildModel(text: string): RebuildModel | undefined {
  const [kind, ...fields] = text.split(',');
  if (kind === 'none' && fields.length === 0) return undefined;
  if (kind !== 'bases' && kind !== 'images') throw bad(text);
  const values = new Map(
    fields.map((field) => {
      const [, name, value] = /^(share|seed)=(\d+(?:\.\d+)?)$/.exec(field) ?? [];
      if (name === undefined) throw bad(text);
      return [name, Number(value)] as const;
    }),
  );
  const share = values.get('share') ?? defaultShare;
  const seed = values.get('seed') ?? 1;
  if (values.size !== fields.length || share > 0.99 || !Number.isSafeInteger(seed)) throw bad(text);
  return { kind, share, seed };
}

function bad(text: string) {
  return problemError('simulate/bad-rebuild-model', rule, text);
}

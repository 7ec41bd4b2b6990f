import type { Config } from '../config/types.ts';
import type { Problem } from '../core/problem.ts';
import type { Library } from '../upstream/types.ts';
import { nearest } from './nearest.ts';

/** Warnings about overrides that match no image of upstream. Those of an image whose file was refused get none. */
export function overrideWarnings({ overrides = [] }: Pick<Config, 'overrides'>, library: Library): Problem[] {
  const names = [...library.images.map(({ name }) => name), ...library.refusals.map(({ image }) => image)];
  return overrides
    .filter(({ image }) => !names.some((name) => image.matches(name)))
    .map(({ image, place }) => {
      const [meant] = nearest(
        image.text,
        library.images.map(({ name }) => name),
        1,
      );
      const hint = meant === undefined ? {} : { hint: `Did you mean \`${meant}\`?` };
      const message = 'This override matches no image of upstream.';
      return {
        code: 'select/override-matches-nothing',
        severity: 'warning',
        message,
        place,
        value: image.text,
        ...hint,
      };
    });
}

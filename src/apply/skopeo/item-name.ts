import type { CopyItem } from '../types.ts';

/** An item for people, as `IMAGE@DIGEST` with a short digest. */
export function itemName({ image, digest }: CopyItem): string {
  return `${image}@${digest.slice(0, 'sha256:'.length + 12)}`;
}

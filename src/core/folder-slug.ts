import { createHash } from 'node:crypto';

/**
 * A name of letters, digits, `_` and `-` for the folder of a mirror in its git repository: empty at the top, and another
 * for each folder. `prefix` is empty, or a path with `/` at its end.
 */
export function folderSlug(prefix: string): string {
  const folder = prefix.replace(/\/$/, '');
  const plain = folder.replace(/[^\w-]/g, '-');
  if (plain === folder && folder.length <= 40) return folder;
  return `${plain.slice(0, 40)}-${createHash('sha256').update(folder).digest('hex').slice(0, 8)}`;
}

/** A name, told apart by the folder of the mirror: as it is at the top, and with `-` and the folder's slug elsewhere. */
export function inFolder(name: string, prefix: string, separator = '-'): string {
  return prefix === '' ? name : `${name}${separator}${folderSlug(prefix)}`;
}

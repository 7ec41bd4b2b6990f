/** What a pattern is for: the name of an image, or a tag. */
export type NameKind = 'image' | 'tag';

const characters: Readonly<Record<NameKind, RegExp>> = {
  image: /^[a-z0-9._-]$/,
  tag: /^[A-Za-z0-9._-]$/,
};

/** Whether `character` may stand in a name of this kind (distribution, reference/regexp.go). */
export function isNameCharacter(character: string, kind: NameKind): boolean {
  return characters[kind].test(character);
}

/** `an image name`, `a tag`. */
export function kindText(kind: NameKind): string {
  return kind === 'image' ? 'an image name' : 'a tag';
}

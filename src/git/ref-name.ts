/**
 * Whether this is the name of a branch or tag, or of a ref in full, by the rules of git-check-ref-format(1), and with no `-`
 * at its beginning, which would be an option. A whole commit hash is one, too.
 */
export function isRefName(name: string): boolean {
  const isPlain = !/[\0-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|^[/-]|[/.]$|^@$|^$/.test(name);
  return isPlain && name.split('/').every((part) => !part.startsWith('.') && !part.endsWith('.lock'));
}

/** Whether a branch can have this name: a ref's, and not `HEAD`. */
export function isBranchName(name: string): boolean {
  return name !== 'HEAD' && isRefName(name);
}

/**
 * The names and patterns of a list that was given as one text, such as `alpine,{mysql,mariadb}`: a comma in braces is the
 * glob's, and a regular expression stands alone, since a comma may be a part of it.
 */
export function splitImageList(text: string): string[] {
  if (text.startsWith('/')) return [text];
  const parts = [''];
  let depth = 0;
  for (const character of text) {
    if (character === ',' && depth <= 0) parts.push('');
    else parts.push(`${parts.pop()}${character}`);
    if (character === '{') depth += 1;
    if (character === '}') depth -= 1;
  }
  return parts;
}

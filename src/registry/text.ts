const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]+/gu;

/**
 * Text from a registry as it may be printed: in one line, without control, format and direction characters, and with at
 * most `longest` characters.
 */
export function cleanText(text: string, longest = 300): string {
  const line = text.replace(invisible, ' ').replace(/\s+/g, ' ').trim();
  const characters = [...line];
  return characters.length <= longest ? line : `${characters.slice(0, longest - 1).join('')}…`;
}

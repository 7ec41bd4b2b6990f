import stringWidth from 'string-width';

/** A table without borders: the first `left` columns to the left, the others to the right. No line ends in a blank. */
export function textTable(head: readonly string[], rows: readonly (readonly string[])[], left = 1): string {
  const lines = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((cells) => textWidth(cells[column] ?? ''))));
  const padded = (cell: string, column: number) => {
    const blanks = ' '.repeat((widths[column] ?? 0) - textWidth(cell));
    return column < left ? cell + blanks : blanks + cell;
  };
  return lines.map((cells) => cells.map(padded).join('  ').trimEnd()).join('\n');
}

/** How many columns of a terminal a text takes. Only one that is not plain ASCII needs the library, which is slow to load. */
export function textWidth(text: string): number {
  return /^[ -~]*$/.test(text) ? text.length : stringWidth(text);
}

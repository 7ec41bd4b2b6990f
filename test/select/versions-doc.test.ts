import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { tagVersion } from '../../src/select/tag-version.ts';
import { versionRange } from '../../src/select/version-range.ts';

interface Row {
  readonly tag: string;
  readonly version: string;
  readonly range: string;
  readonly matches: string;
}

/** The rows of the table in docs/versions.md; `\|` is a bar inside a cell. */
function readRows(): readonly Row[] {
  const text = readFileSync(new URL('../../docs/versions.md', import.meta.url), 'utf8');
  return text
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => {
      const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|').replaceAll('`', ''));
      const [, tag = '', version = '', range = '', matches = ''] = cells;
      return { tag, version, range, matches };
    });
}

describe('docs/versions.md says what the code does', () => {
  const rows = readRows();

  test('its table has been found', () => {
    expect(rows.length).toBeGreaterThan(40);
  });

  test.each(rows)('$tag is $version, in $range: $matches', ({ tag, version, range, matches }) => {
    const found = tagVersion(tag);
    expect(found?.text ?? 'none').toBe(version);
    expect(found !== undefined && versionRange(range).holds(found) ? 'yes' : 'no').toBe(matches);
  });
});

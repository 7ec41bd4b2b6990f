import { stringify } from 'yaml';

/** YAML documents in one file, each value written out, no line wrapped. */
export function stringifyDocuments(documents: readonly object[]): string {
  return documents.map((document) => stringify(document, { lineWidth: 0, aliasDuplicateObjects: false })).join('---\n');
}

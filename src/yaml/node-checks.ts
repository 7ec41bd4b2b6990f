import { type Document, isScalar, type Node, visit, type YAMLMap } from 'yaml';
import type { Findings } from './findings.ts';
import type { SourceText } from './source-text.ts';

/** More than people need, and few enough to look each up. */
const mostAliases = 100;

/**
 * Checks what the YAML parser lets pass: keys that stand twice, and aliases of nothing, of what they stand in, and too many.
 * Gives whether all aliases resolve, without which the document has no data.
 */
export function checkNodes(document: Document.Parsed, source: SourceText, findings: Findings): boolean {
  let aliases = 0;
  let areResolved = true;
  visit(document, {
    Map: (_, map) => checkKeys(map, source, findings),
    Alias: (_, alias, ancestors) => {
      aliases += 1;
      const target = aliases > mostAliases ? undefined : alias.resolve(document);
      if (target !== undefined && !ancestors.includes(target)) return undefined;
      areResolved = false;
      findings.error(
        placeOfNode(alias, source),
        aliases > mostAliases ? tooMany : { ...dangling, value: `*${alias.source}` },
      );
      return aliases > mostAliases ? visit.BREAK : undefined;
    },
  });
  return areResolved;
}

/** Where a node stands. */
export function placeOfNode(node: Node, source: SourceText) {
  const [start, end] = node.range ?? [0, 0];
  return source.place(start, end);
}

function checkKeys(map: YAMLMap, source: SourceText, findings: Findings): void {
  const seen = new Map<string, Node>();
  for (const { key } of map.items) {
    if (!isScalar(key)) continue;
    const name = String(key.value);
    const first = seen.get(name);
    if (first === undefined) seen.set(name, key);
    else {
      const hint = `It stands in line ${placeOfNode(first, source).line} already.`;
      const message = 'A mapping must not repeat a key.';
      findings.error(placeOfNode(key, source), { code: 'duplicate-key', message, value: name, hint });
    }
  }
}

const tooMany = { code: 'yaml-alias', message: `There are at most ${mostAliases} aliases.` };

const dangling = {
  code: 'yaml-alias',
  message: '`*name` is a YAML alias, and no anchor `&name` is defined above it.',
  hint: 'Put a pattern that begins with `*` in quotes.',
};

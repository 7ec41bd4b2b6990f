import { type Alias, type Document, isAlias, isNode, type Node, parseDocument, visit } from 'yaml';
import type { Findings } from './findings.ts';
import { checkNodes, placeOfNode } from './node-checks.ts';
import type { SourceText } from './source-text.ts';
import { directive, yamlFault } from './words.ts';

/** One slip gives the parser many errors; the first ones say it. */
const mostErrors = 20;
const mostAliasedValues = 100;

/** A document that is YAML as mirrors.yaml may be: keys differ and are text, aliases resolve, within bounds. */
interface ReadDocument {
  readonly document: Document.Parsed;
  /** The plain data of the document. */
  readonly data: unknown;
}

/**
 * Reads YAML 1.2: tags only for simple types, no merge keys, no directives, one document. What is wrong goes to
 * `findings`. Gives `undefined` where it cannot be read at all.
 */
export function readDocument(source: SourceText, findings: Findings): ReadDocument | undefined {
  const document = parseDocument(source.text, {
    version: '1.2',
    schema: 'core',
    merge: false,
    resolveKnownTags: false,
    stringKeys: true,
    // The parser's own check compares each key with each other, too slow for a large file: checkNodes has another.
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'error',
  });
  const errors = [...document.errors, ...document.warnings].slice(0, mostErrors);
  for (const error of errors) findings.error(source.place(...error.pos), yamlFault(error));
  if (document.directives.yaml.explicit) findings.error(source.place(source.text.search(/^%/m)), directive);
  if (findings.hasErrors || !checkNodes(document, source, findings)) return undefined;
  return withData(document, source, findings);
}

function withData(document: Document.Parsed, source: SourceText, findings: Findings): ReadDocument | undefined {
  try {
    return { document, data: document.toJS({ maxAliasCount: mostAliasedValues }) };
  } catch (error) {
    // The parser's word for aliases of aliases that stand for too many values; aliases of nothing were found before.
    if (!(error instanceof ReferenceError)) throw error;
    findings.error(placeOfNode(aliasTooMany(document), source), {
      code: 'yaml-alias',
      message: `Aliases may repeat at most ${mostAliasedValues} values in total.`,
      hint: 'Write the values out, or use patterns.',
    });
    return undefined;
  }
}

/**
 * The alias at which a document repeats too many values. The parser says only that there is one; it counts, for each anchor, how
 * often it is used times the most aliases in one of its values (yaml, nodes/Alias.ts).
 */
function aliasTooMany(document: Document.Parsed): Node {
  const uses = new Map<string, { count: number; weight: number }>();
  let found: Alias | undefined;
  visit(document, {
    Alias(_, alias) {
      const use = uses.get(alias.source) ?? { count: 0, weight: weightOf(alias.resolve(document), uses) };
      use.count += 1;
      uses.set(alias.source, use);
      if (use.count * use.weight <= mostAliasedValues) return undefined;
      found = alias;
      return visit.BREAK;
    },
  });
  return found ?? (document.contents as Node);
}

function weightOf(node: unknown, uses: ReadonlyMap<string, { count: number; weight: number }>): number {
  if (!isNode(node)) return 0;
  let most = 1;
  visit(node, {
    Node(_, inner) {
      if (!isAlias(inner)) return;
      const use = uses.get(inner.source);
      most = Math.max(most, (use?.count ?? 0) * (use?.weight ?? 1));
    },
  });
  return most;
}

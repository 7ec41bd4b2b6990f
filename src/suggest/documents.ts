import { LineCounter, parseDocument, visit } from 'yaml';
import { parsedJson } from '../core/json.ts';
import type { Place, Problem } from '../core/problem.ts';
import { startFindings } from '../yaml/findings.ts';
import { type Locator, locator, type Path } from '../yaml/locate.ts';
import { checkNesting } from '../yaml/nesting.ts';
import { sourceText } from '../yaml/source-text.ts';
import { leftOut } from './types.ts';

/** A document of YAML or JSON, and where in its file a value stands. */
export interface ReadDocument {
  readonly data: unknown;
  place(path: Path): Place;
}

interface Documents {
  readonly documents: readonly ReadDocument[];
  readonly problems: readonly Problem[];
}

/** Schemas of custom resources name no image, and nest as deep as it gets. */
const isDefinition = /^kind:\s*CustomResourceDefinition\s*$/m;
const mostAliasedValues = 1000;

/**
 * Reads the documents of a YAML stream, or of a JSON file, one by one: one that cannot be read is a warning with its line, and
 * the others count. Anchors, merge keys and tags are read as compose files and manifests have them.
 *
 * @param isExact whether numbers are their text (`3.10` is a tag, and not 3.1), and JSON has lines, which takes longer
 */
export function readDocuments(file: string, text: string, isExact = false): Documents {
  const json = !isExact && /^\s*[{[]/.test(text) ? parsedJson(text) : undefined;
  if (json !== undefined) return { documents: [{ data: json, place: () => ({ file }) }], problems: [] };
  const read = splitDocuments(text).map(({ text: part, line }) => readPart(file, part, line, isExact));
  return {
    documents: read.flatMap((one) => ('data' in one ? [one] : [])),
    problems: read.flatMap((one) => ('code' in one ? [one] : [])),
  };
}

/** The documents of a stream by their text, and the line of the file that each begins in, from 0. */
function splitDocuments(text: string): { readonly text: string; readonly line: number }[] {
  const lines = text.replace(/^\ufeff/, '').split('\n');
  const starts = lines.flatMap((line, index) => (/^---(?:\s|$)/.test(line) ? [index] : []));
  const bounds = [...new Set([0, ...starts]), lines.length];
  return bounds.slice(0, -1).flatMap((start, index) => {
    const own = lines
      .slice(start, bounds[index + 1])
      .map((line, at) => (at === 0 ? line.replace(/^---/, '   ') : line));
    const part = own.join('\n').replace(/^\.\.\.\s*$/gm, '');
    return /^\s*[^\s#]/m.test(part) ? [{ text: part, line: start }] : [];
  });
}

function readPart(file: string, text: string, line: number, isExact: boolean): ReadDocument | Problem {
  const shifted = (place: Place): Place => ({
    file,
    line: (place.line ?? 1) + line,
    ...(place.column === undefined ? {} : { column: place.column }),
  });
  if (isDefinition.test(text)) return { data: undefined, place: () => ({ file }) };
  const source = sourceText(file, text);
  const findings = startFindings();
  checkNesting(source, findings);
  const [nested] = findings.problems;
  if (nested !== undefined) return unreadable(text, shifted(nested.place ?? { file }), nested.message);
  const lineCounter = new LineCounter();
  const document = parseDocument(text, {
    lineCounter,
    merge: true,
    prettyErrors: false,
    logLevel: 'silent',
    uniqueKeys: false,
    // Compose takes away what an earlier file says.
    customTags: [{ tag: '!reset', resolve: () => null }],
  });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line: at, col } = lineCounter.linePos(error.pos[0]);
    return unreadable(text, shifted({ file, line: at, column: col }), error.message);
  }
  if (isExact) {
    visit(document, {
      Scalar(_, scalar) {
        if (typeof scalar.value === 'number') scalar.value = scalar.source ?? String(scalar.value);
      },
    });
  }
  const locate: Locator = locator(document, source);
  try {
    const data: unknown = document.toJS({ maxAliasCount: mostAliasedValues });
    return { data, place: (path) => shifted(locate.value(path)) };
  } catch (cause) {
    // What the parser throws for aliases of nothing, and of too much.
    if (!(cause instanceof ReferenceError)) throw cause;
    return unreadable(text, { file, line: line + 1 }, 'An alias names nothing, or repeats too much.');
  }
}

function unreadable(text: string, place: Place, message: string): Problem {
  if (/\{\{.*\}\}/.test(text)) return templateProblem(place);
  return leftOut('bad-yaml', place, `This document is not valid YAML. ${message.split('\n')[0]}`);
}

/** Helm's and others' templates are read once they are rendered. */
export function templateProblem(place: Place, value?: string): Problem {
  const hint = 'Render it, and read the result: `helm template CHART | mirrorlock suggest -`.';
  return leftOut('template', place, 'This is a template, of which the images are not known.', value, hint);
}

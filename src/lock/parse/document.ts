import { type Document, isAlias, parseDocument, visit } from 'yaml';
import type { Findings } from '../../config/findings.ts';
import { checkNesting } from '../../config/nesting.ts';
import type { SourceText } from '../../config/source-text.ts';
import type { ParseProblems } from './problems.ts';

/** Nearly twice what the whole library needs with ten platforms chosen, and little enough for the YAML parser to end in seconds on any text. */
const maxLockfileLength = 4 * 1024 * 1024;

/**
 * Reads a lockfile's text as YAML 1.2 without anchors, aliases, tags and directives: it has no use for them, and a
 * reader that took them would have to bound them.
 *
 * @throws UserError `lock/too-large`, `lock/merge-conflict`, `lock/not-yaml`
 */
export function readDocument(source: SourceText, problems: ParseProblems): Document.Parsed {
  refuseTooLarge(source.text.length, problems);
  refuseConflictMarkers(source, problems);
  checkNesting(source, nestingFindings(problems));
  problems.throwIfAny();
  const document = parseDocument(source.text, {
    version: '1.2',
    schema: 'core',
    merge: false,
    resolveKnownTags: false,
    uniqueKeys: false,
    prettyErrors: false,
    // 'silent' would let a second document pass.
    logLevel: 'error',
  });
  for (const { message, pos } of document.errors) problems.add(pos, notYaml(`${message}.`));
  problems.throwIfAny();
  refuseFeatures(document, problems);
  problems.throwIfAny();
  return document;
}

/** @throws UserError `lock/too-large` when a lockfile of `length` characters or bytes is not to be read */
function refuseTooLarge(length: number, problems: ParseProblems): void {
  if (length <= maxLockfileLength) return;
  const message = `A lockfile has at most ${maxLockfileLength} characters.`;
  problems.add(undefined, { code: 'too-large', message, value: `${length}` });
  problems.throwIfAny();
}

/** The markers of git, those of its style `diff3` included. */
const conflictMarker = /^(?:<{7}|\|{7}|={7}|>{7})(?=\s|$)/m;

function refuseConflictMarkers({ text }: SourceText, problems: ParseProblems): void {
  const marker = conflictMarker.exec(text);
  if (marker === null) return;
  const message = 'The lockfile holds merge-conflict markers; digests have no order to merge by.';
  problems.add([marker.index, marker.index + marker[0].length], { code: 'merge-conflict', message });
  problems.throwIfAny();
}

/** What `checkNesting` finds, as problems of a lockfile. */
function nestingFindings(problems: ParseProblems): Findings {
  return {
    problems: [],
    hasErrors: false,
    warning: () => undefined,
    error: (place, { message }) => problems.add(place, notYaml(message)),
  };
}

function refuseFeatures(document: Document.Parsed, problems: ParseProblems): void {
  if (document.directives.yaml.explicit) problems.add(undefined, notYaml('A lockfile has no directives (`%…`).'));
  visit(document, {
    Node(_, node) {
      if (isAlias(node)) problems.add(node.range, notYaml('A lockfile has no aliases.'));
      else if (node.anchor !== undefined) problems.add(node.range, notYaml('A lockfile has no anchors.'));
      else if (node.tag !== undefined) problems.add(node.range, notYaml('A lockfile has no tags of YAML.'));
    },
  });
}

function notYaml(message: string) {
  return { code: 'not-yaml', message };
}

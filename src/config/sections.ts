import { readDocument } from '../yaml/document.ts';
import { startFindings } from '../yaml/findings.ts';
import { isCollection, type Locator, locator } from '../yaml/locate.ts';
import { checkNesting } from '../yaml/nesting.ts';
import { sourceText } from '../yaml/source-text.ts';
import { checkText } from './text-checks.ts';

/** A mirrors.yaml of which only some sections matter. */
interface Sections {
  /** The value of a key at the top; undefined where it is absent. */
  at(key: string): unknown;
  readonly locate: Locator;
}

/**
 * Reads the text of a mirrors.yaml for one section, whatever is wrong with the others. Nothing is checked but that it is YAML: undefined
 * where it is not, or no mapping.
 */
export function readSections(text: string, file: string): Sections | undefined {
  const source = sourceText(file, text.replace(/^\ufeff/, ''));
  const unread = startFindings();
  checkText(source, unread);
  if (!unread.hasErrors) checkNesting(source, unread);
  const read = unread.hasErrors ? undefined : readDocument(source, unread);
  if (read === undefined || !isCollection(read.data)) return undefined;
  const { data, document } = read;
  return { at: (key) => data[key], locate: locator(document, source) };
}

import type { Document } from 'yaml';

/** What a document of YAML holds as plain values, or why it holds none. */
export interface PlainTree {
  readonly value?: unknown;
  readonly fault?: string;
}

/**
 * The plain values of a document without errors. The parser leaves faults to this step: an alias of nothing, and aliases
 * that would make too much.
 */
export function plainTree(document: Document.Parsed): PlainTree {
  try {
    const value: unknown = document.toJS();
    return { value };
  } catch (error) {
    if (error instanceof ReferenceError) return { fault: error.message };
    throw error;
  }
}

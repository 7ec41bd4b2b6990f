import { isDeepStrictEqual } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { problemError } from '../../core/problem.ts';
import { generatedMark } from '../mark.ts';
import { plainTree } from '../plain-tree.ts';

/** What a template made: of the view, and of its copy with placeholders. */
export interface Made {
  readonly path: string;
  readonly template: string;
  readonly text: string;
  readonly held: string;
  /** Puts the texts in the place of their placeholders. */
  readonly fill: (tree: unknown) => unknown;
}

/**
 * Reads back what a template made, and compares it with what it makes of harmless texts: the same tree, with the texts
 * where their placeholders stand, and nothing else. So no text of the configuration can be anything but a text there,
 * whatever the template.
 *
 * @throws UserError `render/unmarked`, `render/not-yaml`, `render/differs`
 */
export function checkCiFile({ path, template, text, held, fill }: Made): void {
  if (!text.startsWith(generatedMark)) {
    const message = `What ${template} renders has to begin with \`${generatedMark}\`: only such files are removed later.`;
    throw problemError('render/unmarked', message, path);
  }
  const [is, should] = [parsed(path, template, text), fill(parsed(path, template, held))];
  if (isDeepStrictEqual(is, should)) return;
  const hint = 'The template must write every text by a helper such as `yaml`.';
  throw problemError(
    'render/differs',
    `A text of mirrors.yaml is more than a text in what ${template} renders.`,
    path,
    hint,
  );
}

function parsed(path: string, template: string, text: string): unknown {
  const documents = parseAllDocuments(text, { prettyErrors: false, logLevel: 'error' });
  const all = Array.isArray(documents) ? documents : [];
  const faults = all.flatMap(({ errors, warnings }) => [...errors, ...warnings]).map(({ message }) => message);
  const trees = all.map(plainTree);
  const [fault] = [...faults, ...trees.flatMap((one) => one.fault ?? [])];
  if (fault === undefined) return trees.map(({ value }) => value);
  throw problemError('render/not-yaml', `What ${template} renders is not YAML: ${fault}.`, path);
}

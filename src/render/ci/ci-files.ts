import { isDeepStrictEqual } from 'node:util';
import { parseAllDocuments } from 'yaml';
import type { Config } from '../../config/types.ts';
import { problemError } from '../../core/problem.ts';
import { compileTemplate, type Template } from '../engine.ts';
import { plainTree } from '../plain-tree.ts';
import { generatedMark, type RenderedFiles, type TemplateSource } from '../types.ts';
import { catalogTemplate, ciTemplates, providers } from './providers.ts';
import { type CiConfig, type CiView, ciView } from './view.ts';

/**
 * Renders the files of the CI that mirrors.yaml names; none where it names none. Each is read back, whatever the
 * template, and holds no text of the configuration as anything but a text. Paths are those of {@link ciTemplates}, for a
 * mirror at `prefix`: empty at the top of its git repository, or a path with `/` at its end.
 *
 * @throws UserError `render/template`, `render/unmarked`, `render/not-yaml`, `render/differs`, `render/ci-folder`
 */
export async function renderCiFiles(
  config: Pick<Config, 'ci'> & CiConfig,
  templates: TemplateSource,
  prefix = '',
): Promise<RenderedFiles> {
  const rendered = new Map<string, string>();
  if (config.ci === undefined) return rendered;
  const { provider } = config.ci;
  const view = ciView(config.ci, config, prefix);
  const { partials } = providers[provider];
  const shared: Record<string, string> = {};
  for (const name of partials) shared[name] = await templates(`ci/${provider}/${name}.hbs`);
  for (const [path, file] of ciTemplates(provider, prefix)) {
    if (file === catalogTemplate && view.catalog === false) continue;
    const template = `ci/${provider}/${file}`;
    rendered.set(
      path,
      renderChecked(path, template, compileTemplate(template, await templates(template), shared), view),
    );
  }
  return rendered;
}

function renderChecked(path: string, template: string, compiled: Template, view: CiView): string {
  const text = compiled.render(view);
  const { view: harmless, fill } = withPlaceholders(view);
  checkCiFile({ path, template, text, held: compiled.render(harmless), fill });
  return text;
}

/** A copy of a view, whose texts are placeholders, and what each stands for. */
interface Placeheld<View> {
  readonly view: View;
  /** Puts the texts in the place of their placeholders, anywhere in parsed YAML. */
  fill(tree: unknown): unknown;
}

const placeholder = /MIRRORLOCK_VALUE_(\d{4})_/g;

/**
 * Replaces each text of a view by a placeholder of letters, digits and `_`, which means nothing in YAML, a shell or an
 * expression. What a template makes of the copy shows where in the tree the texts stand.
 */
function withPlaceholders<View extends object>(view: View): Placeheld<View> {
  const texts: string[] = [];
  const hold = (value: unknown): unknown => {
    if (typeof value !== 'string') return mapTree(value, hold);
    texts.push(value);
    return `MIRRORLOCK_VALUE_${String(texts.length - 1).padStart(4, '0')}_`;
  };
  const restore = (text: string) => text.replace(placeholder, (_, index: string) => texts[Number(index)] ?? '');
  const fill = (tree: unknown): unknown => {
    if (typeof tree === 'string') return restore(tree);
    if (typeof tree !== 'object' || tree === null || Array.isArray(tree)) return mapTree(tree, fill);
    return Object.fromEntries(Object.entries(tree).map(([key, value]) => [restore(key), fill(value)]));
  };
  return { view: hold(view) as View, fill };
}

/** The same tree, with every value in a list or mapping changed. */
function mapTree(tree: unknown, change: (value: unknown) => unknown): unknown {
  if (Array.isArray(tree)) return tree.map(change);
  if (typeof tree !== 'object' || tree === null) return tree;
  return Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, change(value)]));
}

/** What a template made: of the view, and of its copy with placeholders. */
interface FilledTemplate {
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
function checkCiFile({ path, template, text, held, fill }: FilledTemplate): void {
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

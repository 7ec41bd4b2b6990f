import type { Config } from '../../config/types.ts';
import { compileTemplate, type Template } from '../engine.ts';
import type { RenderedFiles, TemplateSource } from '../types.ts';
import { withPlaceholders } from './placeholders.ts';
import { providers } from './providers.ts';
import { checkCiFile } from './read-back.ts';
import { type CiConfig, type CiView, ciView } from './view.ts';

/**
 * Renders the files of the CI that mirrors.yaml names; none where it names none. Each is read back, whatever the
 * template, and holds no text of the configuration as anything but a text.
 *
 * @throws UserError `render/template`, `render/unmarked`, `render/not-yaml`, `render/differs`
 */
export async function renderCiFiles(
  config: Pick<Config, 'ci'> & CiConfig,
  templates: TemplateSource,
): Promise<RenderedFiles> {
  const rendered = new Map<string, string>();
  if (config.ci === undefined) return rendered;
  const { provider } = config.ci;
  const view = ciView(config.ci, config);
  const { files, partials } = providers[provider];
  const shared: Record<string, string> = {};
  for (const name of partials) shared[name] = await templates(`ci/${provider}/${name}.hbs`);
  for (const [path, file] of Object.entries(files)) {
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

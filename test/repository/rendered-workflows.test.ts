import { expect, test } from 'vitest';
import { parseConfig } from '../../src/config/parse.ts';
import { renderChanges } from '../../src/render/changes.ts';
import { renderCiFiles } from '../../src/render/ci/ci-files.ts';
import { ciPaths } from '../../src/render/ci/providers.ts';
import { readFiles, templatesFrom } from '../../src/render/files.ts';
import { readProjectFile, root } from '../support/project-files.ts';

test('the rendered workflows of the project are what its mirrors.yaml says (else: npm run generate)', async () => {
  const config = parseConfig(readProjectFile('mirrors.yaml'), { file: 'mirrors.yaml', env: {} });
  const rendered = await renderCiFiles(config, templatesFrom(root, `${root}/templates`));
  expect([...rendered.keys()]).toHaveLength(4);
  const changes = renderChanges(rendered, await readFiles(root, ciPaths));
  expect(changes.map(({ path }) => path)).toEqual([]);
});

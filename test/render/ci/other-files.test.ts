import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { renderChanges, sparingOthers } from '../../../src/render/changes.ts';
import { ciPaths } from '../../../src/render/ci/providers.ts';
import { readFiles, writeChanges } from '../../../src/render/files.ts';
import { renderCi } from '../../support/ci-configs.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

let root: string;
beforeEach(() => {
  root = temporaryDirectory().path;
});

async function renderInto(ci: string | undefined): Promise<void> {
  const rendered = ci === undefined ? new Map<string, string>() : await renderCi(ci);
  await writeChanges(root, sparingOthers(renderChanges(rendered, await readFiles(root, ciPaths))));
}

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const filesBelow = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort();

describe('files of the CI on disk', () => {
  test('of a provider that is no longer named go, and what people wrote beside them stays', async () => {
    await renderInto('{provider: github}');
    write('.github/workflows/ours.yml', 'on: push\n');
    await renderInto('{provider: gitlab}');
    expect(filesBelow('.')).toEqual(['mirrorlock-apply.yml', 'mirrorlock.yml', 'ours.yml']);
    expect(filesBelow('.github')).toEqual(['ours.yml']);
  });

  test('go when there is no CI any more, but for one that people made their own by taking the mark off', async () => {
    await renderInto('{provider: github}');
    write('.github/workflows/mirrorlock-drift.yml', 'on: push\n');
    await renderInto(undefined);
    expect(filesBelow('.')).toEqual(['mirrorlock-drift.yml']);
  });

  test('never take the place of a workflow that people wrote: it is named, and nothing is written', async () => {
    write('.github/workflows/mirrorlock-apply.yml', 'on: push\n');
    await expect(renderInto('{provider: github}')).rejects.toMatchObject({
      problems: [
        {
          code: 'render/not-ours',
          place: { file: '.github/workflows/mirrorlock-apply.yml' },
          hint: expect.stringContaining('Move it'),
        },
      ],
    });
    expect(filesBelow('.')).toEqual(['mirrorlock-apply.yml']);
  });
});

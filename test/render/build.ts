import { readFileSync } from 'node:fs';
import type { Source } from '../../src/config/types.ts';
import type { Lockfile } from '../../src/lock/types.ts';
import { renderSyncFiles } from '../../src/render/sync-file.ts';
import type { RenderedFiles } from '../../src/render/types.ts';
import { locked, lockedImage, lockfile, pending } from '../support/lockfiles.ts';

/** The template that the tool brings. */
export const builtIn: string = readFileSync(new URL('../../templates/sync/image.yaml.hbs', import.meta.url), 'utf8');

export const hub: Source = { registry: { host: 'docker.io', insecure: false }, namespace: 'library', alternates: [] };

export const example: Lockfile = lockfile(
  lockedImage('alpine', locked('a', '3.23.2 3.23 3 latest'), locked('b', 'edge')),
  lockedImage('golang', pending('1.27.1 latest'), locked('c', '1.27.0 latest')),
  lockedImage('newcomer', pending('1 latest')),
);

/** Renders with a template's text. */
export function renderWith(template: string, from: Lockfile = example, source: Source = hub): Promise<RenderedFiles> {
  return renderSyncFiles(from, source, async () => template);
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { docsCommands } from '../support/docs.ts';
import { docsMachine } from '../support/docs-machine.ts';
import { readProjectFile } from '../support/project-files.ts';

test('the quick start of the README works as written, line by line', async () => {
  const { home, env, destination } = await docsMachine();
  const readme = { path: 'README.md', text: readProjectFile('README.md') };
  const [, section = ''] = readme.text.split('\n## Quick start\n');
  const [block = ''] = section.split('\n## ');
  const [install, ...lines] = docsCommands({ ...readme, text: block }).map(({ command }) => command);
  expect(install).toBe('npm ci && npm link');
  expect(lines.length).toBeGreaterThan(10);
  for (const line of lines) {
    const { exitCode, stderr } = await execa('sh', ['-c', line], { cwd: home, env, extendEnv: false, reject: false });
    expect(exitCode, `${line}\n${stderr}`).toBe(0);
  }
  const stored = join(destination.storage, 'docker/registry/v2/repositories/library');
  expect(readFileSync(join(stored, 'debian/_manifests/tags/12/current/link'), 'utf8')).toMatch(/^sha256:/);
  expect(readFileSync(join(stored, 'alpine/_manifests/tags/latest/current/link'), 'utf8')).toMatch(/^sha256:/);
  const { stdout } = await execa('git', ['log', '--format=%s'], { cwd: join(home, 'my-mirror'), env });
  expect(stdout).toBe('Begin a mirror');
});

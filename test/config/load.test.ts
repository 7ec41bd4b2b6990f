import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { type Problem, UserError } from '../../src/core/problem.ts';

const valid = 'version: 1\nimages: { include: [alpine] }\n';
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mirrorlock-config-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function problemsOf(path: string, shownAs?: string): Promise<readonly Problem[]> {
  try {
    await loadConfig(path, { env: {}, ...(shownAs === undefined ? {} : { shownAs }) });
  } catch (error) {
    if (error instanceof UserError) return error.problems;
    throw error;
  }
  throw new Error('Nothing is wrong with it.');
}

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe('loadConfig', () => {
  it('reads a file, also one behind a link and one with a byte order mark, and names it as it is told', async () => {
    const path = write('bom.yaml', `\ufeff${valid}`);
    symlinkSync(path, join(folder, 'link.yaml'));
    const config = await loadConfig(join(folder, 'link.yaml'), { env: {}, shownAs: 'mirrors.yaml' });
    expect(config.file).toBe('mirrors.yaml');
    expect(config.include[0]?.place).toMatchObject({ file: 'mirrors.yaml', line: 2, column: 21 });
    expect((await loadConfig(path, { env: {} })).file).toBe(path);
  });

  it('takes the environment that it is given', async () => {
    const path = write('env.yaml', `${valid}source: { registry: "\${HOST}" }\n`);
    const { source } = await loadConfig(path, { env: { HOST: 'a.example' } });
    expect(source.registry.host).toBe('a.example');
  });

  it('names the file in what is wrong with its text', async () => {
    const path = write('bad.yaml', `${valid}foo: 1\n`);
    expect(await problemsOf(path, 'my/mirrors.yaml')).toMatchObject([
      { code: 'config/unknown-key', place: { file: 'my/mirrors.yaml', line: 3, column: 1 } },
    ]);
  });

  it('says of a missing file how to get one', async () => {
    const [problem] = await problemsOf(join(folder, 'none.yaml'), 'none.yaml');
    expect(problem).toMatchObject({ code: 'config/no-file', value: 'none.yaml' });
    expect(problem?.hint).toContain('mirrorlock init');
  });

  it.each([
    ['a folder', () => mkdirSync(join(folder, 'folder')), 'folder', 'not-a-file'],
    [
      'a named pipe that nobody writes to',
      () => execFileSync('sh', ['-c', 'mkfifo "$0"', join(folder, 'pipe')]),
      'pipe',
      'not-a-file',
    ],
    ['a device that never ends', () => symlinkSync('/dev/zero', join(folder, 'zero')), 'zero', 'not-a-file'],
    ['a path through a file', () => write('file', valid), 'file/mirrors.yaml', 'unreadable'],
    ['a link to itself', () => symlinkSync(join(folder, 'loop'), join(folder, 'loop')), 'loop', 'unreadable'],
    ['a name that is too long', () => undefined, 'x'.repeat(300), 'unreadable'],
  ])('refuses %s', async (_, prepare, name, code) => {
    prepare();
    expect(await problemsOf(join(folder, name), 'x')).toMatchObject([{ code: `config/${code}`, value: 'x' }]);
  });

  it.each([
    ['nothing', '', 'empty-file'],
    ['binary data', new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0, 0xff, 0xfe]), 'not-utf-8'],
    ['an image', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0]), 'not-utf-8'],
    ['UTF-16', new Uint8Array([0xff, 0xfe, 0x76, 0]), 'not-utf-8'],
    ['Latin-1', new Uint8Array([...Buffer.from('# caf'), 0xe9, 10]), 'not-utf-8'],
    ['zero bytes', new Uint8Array(100), 'hidden-character'],
    ['more than a mebibyte', `${valid}#${'x'.repeat(1024 * 1024)}`, 'too-large'],
    ['a gigabyte, without reading it', undefined, 'too-large'],
  ])('refuses a file of %s', async (_, content, code) => {
    const path = write('content.yaml', content ?? '');
    if (content === undefined) truncateSync(path, 2 ** 30);
    const problems = await problemsOf(path, 'x');
    expect(new Set(problems.map((problem) => problem.code))).toEqual(new Set([`config/${code}`]));
    expect(problems.every(({ place }) => place?.file === 'x')).toBe(true);
    rmSync(path);
  });
});

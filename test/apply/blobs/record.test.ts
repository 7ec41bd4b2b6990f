import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openBlobRecord } from '../../../src/apply/blobs/index.ts';
import { digest } from '../../support/lockfiles.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const [base, own] = [digest('base'), digest('own')];
const newFile = () => join(temporaryDirectory().path, 'blobs', 'r.example');
const linesOf = (file: string) => readFileSync(file, 'utf8').trim().split('\n');

describe('the record of blobs', () => {
  test('is read by the next run, however it was cut off, and has each line once', async () => {
    const file = newFile();
    const first = await openBlobRecord(file);
    await first.add('mirror/debian', [base, own, base]);
    await first.add('mirror/golang', [base]);
    appendFileSync(file, `mirror/node ${base.slice(0, 20)}`);
    const second = await openBlobRecord(file);
    expect(second.repositories(base)).toEqual(['mirror/debian', 'mirror/golang']);
    expect(second.repositories(own)).toEqual(['mirror/debian']);
    expect(second.repositories(digest('other'))).toEqual([]);
    expect([second.has('mirror/golang', base), second.has('mirror/golang', own)]).toEqual([true, false]);
    await second.add('mirror/debian', [base]);
    expect(linesOf(file)).toHaveLength(4);
  });

  test('is kept in memory where its folder cannot be written', async () => {
    const file = join(temporaryDirectory().path, 'file');
    writeFileSync(file, '');
    const record = await openBlobRecord(join(file, 'below', 'r.example'));
    await record.add('mirror/debian', [base]);
    expect(record.repositories(base)).toEqual(['mirror/debian']);
  });

  test('takes nothing from a line that is none', async () => {
    const file = join(temporaryDirectory().path, 'record');
    const gone = [`- ../x?y ${own}`, `-  ${own}`, '-', `- mirror/b ${own.slice(0, 30)}`];
    const lines = [`../x?y ${base}`, `a b ${base}`, `mirror/a ${base} more`, '\0', `mirror/b ${own}`, ...gone];
    writeFileSync(file, lines.join('\n'));
    const record = await openBlobRecord(file);
    expect(record.repositories(base)).toEqual(['mirror/a']);
    expect(record.repositories(own)).toEqual(['mirror/b']);
  });

  test('forgets what turned out not to be there, for this run and the next', async () => {
    const file = newFile();
    const first = await openBlobRecord(file);
    await first.add('mirror/debian', [base, own]);
    await first.add('mirror/golang', [base]);
    await first.forget('mirror/debian', [base]);
    for (const record of [first, await openBlobRecord(file)]) {
      expect(record.repositories(base)).toEqual(['mirror/golang']);
      expect(record.repositories(own)).toEqual(['mirror/debian']);
    }
    await first.add('mirror/debian', [base]);
    expect((await openBlobRecord(file)).has('mirror/debian', base)).toBe(true);
  });

  test('forgets a repository whole, and writes nothing for what it did not know', async () => {
    const file = newFile();
    const record = await openBlobRecord(file);
    await record.add('mirror/debian', [base, own]);
    await record.add('mirror/golang', [base]);
    await record.forget('mirror/debian');
    await record.forget('mirror/debian');
    await record.forget('mirror/node', [base]);
    expect(linesOf(file)).toHaveLength(5);
    const next = await openBlobRecord(file);
    expect([next.repositories(base), next.repositories(own)]).toEqual([['mirror/golang'], []]);
  });

  test('knows in the next run what it knows in this one, whatever was added and forgotten', async () => {
    const blobs = [...'abc'].map(digest);
    const repositories = ['mirror/a', 'mirror/b', 'mirror/c'];
    const anyStep = fc.record({
      repository: fc.constantFrom(...repositories),
      blobs: fc.option(fc.subarray(blobs), { nil: undefined }),
      adds: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { maxLength: 20 }), async (steps) => {
        const file = newFile();
        const record = await openBlobRecord(file);
        const known = new Set<string>();
        for (const step of steps) {
          const some = step.blobs ?? blobs;
          for (const blob of some) known[step.adds ? 'add' : 'delete'](`${step.repository} ${blob}`);
          if (step.adds) await record.add(step.repository, some);
          else await record.forget(step.repository, step.blobs);
        }
        for (const one of [record, await openBlobRecord(file)]) {
          for (const repository of repositories) {
            for (const blob of blobs) expect(one.has(repository, blob)).toBe(known.has(`${repository} ${blob}`));
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

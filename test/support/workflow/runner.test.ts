import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../temporary-directory.ts';
import { type CacheScope, type CacheService, startCacheService } from './cache-service.ts';
import type { Machine } from './machine.ts';
import { runWorkflow } from './run-workflow.ts';

const machine: Machine = { secrets: { A: 'secret' }, vars: { B: 'variable' }, issueToken: () => 'token' };
const head = 'name: test\non: {push: null}\ndefaults: {run: {shell: bash}}\njobs:\n';

function run(jobs: string) {
  return runWorkflow(head + jobs, { event: 'push', github: { repository: 'acme/mirror', event: {} } }, machine);
}

describe('the runner of workflows', () => {
  test('hands on outputs, variables and paths, and stops a script at its first failure', async () => {
    const { one, two, three, four } = await run(`
  one:
    permissions: {}
    outputs: {said: "\${{ steps.say.outputs.word }}"}
    steps:
      - {id: say, env: {A: "\${{ secrets.A }}"}, run: 'printf "word<<E\\n$A\\nE\\n" >> "$GITHUB_OUTPUT"; echo "X=1" >> "$GITHUB_ENV"'}
      - {run: 'test "$X" = 1; echo "## Told" >> "$GITHUB_STEP_SUMMARY"'}
      - {name: fails, run: 'false | true'}
      - {name: passed over, run: 'true'}
      - {name: always, if: always(), run: 'true'}
  two: {needs: one, permissions: {}, steps: [{run: 'true'}]}
  three: {needs: one, if: failure(), permissions: {}, steps: [{run: 'test "$W" = secret', env: {W: "\${{ needs.one.outputs.said }}"}}]}
  four: {needs: [two, three], if: "!cancelled() && needs.two.result == 'skipped'", permissions: {}, steps: [{run: 'true'}]}
`);
    expect(one?.runs[0]?.steps.map(({ result }) => result)).toEqual([
      'success',
      'success',
      'failure',
      'skipped',
      'success',
    ]);
    expect(one?.runs[0]?.steps[1]?.summary).toBe('## Told\n');
    expect([one, two, three, four].map((job) => job?.result)).toEqual(['failure', 'skipped', 'success', 'success']);
  });

  test.each([
    ['an action that is not emulated', 'steps: [{uses: actions/cache@v4}]', /actions\/cache@v4 is not emulated/],
    ['a key that is not carried out', 'services: {}, steps: []', /does not carry out services/],
    ['a context that is not there', 'steps: [{run: "true", env: {A: "${{ needz.x }}"}}]', /needz/],
    ['a matrix without a job', 'strategy: {matrix: "${{ fromJSON(\'{}\') }}"}, steps: []', /matrix of 0 jobs/],
  ])('refuses %s', async (_, job, why) => {
    await expect(run(`  one: {permissions: {}, ${job}}\n`)).rejects.toThrow(why);
  });
});

describe('the stand-in for caches', () => {
  const main = { ref: 'refs/heads/main', defaultRef: 'refs/heads/main' };
  const pull = { ref: 'refs/pull/1/merge', baseRef: 'refs/heads/main', defaultRef: 'refs/heads/main' };

  /** Saves a folder whose one file holds the key. */
  function saveIn(service: CacheService, scope: CacheScope, key: string, text = key): void {
    const path = join(temporaryDirectory().path, 'work/_temp/cache');
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'file'), text);
    service.save(scope, path, key);
  }
  function restoreIn(service: CacheService, scope: CacheScope, ...keys: string[]) {
    const path = join(temporaryDirectory().path, 'work/_temp/cache');
    const found = service.restore(scope, path, keys);
    return found === undefined ? undefined : [found, readFileSync(join(path, 'file'), 'utf8')];
  }

  test('finds the whole key, or else the newest of the first prefix that there is', () => {
    const service = startCacheService();
    for (const key of ['a-1', 'b-1', 'a-2', 'b-2']) saveIn(service, main, key);
    saveIn(service, main, 'a-1', 'another');
    expect(restoreIn(service, main, 'a-1', 'a-')).toEqual(['a-1', 'a-1']);
    expect(restoreIn(service, main, 'a-3', 'a-')).toEqual(['a-2', 'a-2']);
    expect(restoreIn(service, main, 'c-3', 'c-', 'b-')).toEqual(['b-2', 'b-2']);
    expect(restoreIn(service, main, 'c-3', 'c-')).toBeUndefined();
  });

  test('gives a pull request what the default branch saved, and never the other way round', () => {
    const service = startCacheService();
    saveIn(service, pull, 'a-1', 'of the pull request');
    expect(restoreIn(service, main, 'a-1', 'a-')).toBeUndefined();
    saveIn(service, main, 'a-1', 'of the branch');
    expect(restoreIn(service, main, 'a-1')).toEqual(['a-1', 'of the branch']);
    expect(restoreIn(service, { ...pull, ref: 'refs/pull/2/merge' }, 'a-1')).toEqual(['a-1', 'of the branch']);
  });

  test('saves nothing where there is nothing', () => {
    const service = startCacheService();
    service.save(main, join(temporaryDirectory().path, 'nothing'), 'a-1');
    expect(service.saved).toEqual([]);
  });
});

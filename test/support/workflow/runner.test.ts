import { describe, expect, test } from 'vitest';
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

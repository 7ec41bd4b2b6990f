import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { allFiles, configs, folderOf, metricsOf, policyOf, renderCi, reviewOf } from '../../support/ci-configs.ts';
import { actionlint, securityLint, shellcheck } from '../../support/workflow-lint.ts';

interface Workflow {
  readonly permissions: object;
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly permissions: Readonly<Record<string, string>>;
        readonly 'timeout-minutes': number;
        readonly steps: readonly {
          readonly uses?: string;
          readonly run?: string;
          readonly with?: Record<string, unknown>;
        }[];
      }
    >
  >;
}

const workflows = (await allFiles('github')).map(([name, path, text]) => ({ name, path, text }));

describe.each(workflows)('$path of $name', ({ path, text }) => {
  const workflow: Workflow = parse(text);
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);

  test('is clean for actionlint', async () => {
    expect(await actionlint(text, path)).toEqual([]);
  });

  test('is clean for the rules about security', () => {
    // The rule does not see that these jobs leave out what comes from a fork; the test below does.
    const guarded = /no-self-hosted-runner-on-fork-pr-events Job '(?:plan|lock)'/;
    expect(securityLint(text, path).filter((finding) => !guarded.test(finding))).toEqual([]);
  });

  test('has shell that is clean for shellcheck, and no expression in it', () => {
    const scripts = steps.flatMap(({ run }) => run ?? []);
    expect(scripts.length).toBeGreaterThan(0);
    for (const script of scripts) {
      expect(shellcheck(script, 'bash')).toEqual([]);
      expect(script).not.toContain('${{');
    }
  });

  test('grants nothing to all jobs, and to each what it needs', () => {
    expect(workflow.permissions).toEqual({});
    for (const { permissions, 'timeout-minutes': timeout } of Object.values(workflow.jobs)) {
      expect(Object.keys(permissions)).not.toEqual([]);
      expect(timeout).toBeLessThanOrEqual(360);
    }
  });

  test('leaves no token in the checkout', () => {
    const checkouts = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
    const running = Object.values(workflow.jobs).filter((job) => job.steps.some(({ run }) => run !== undefined));
    expect(checkouts.length).toBeGreaterThanOrEqual(running.length);
    for (const { with: given } of checkouts) expect(given?.['persist-credentials']).toBe(false);
  });

  test('is pinned by full commits, with the version as a comment', () => {
    const uses = text.match(/uses:.*/g) ?? [];
    expect(uses.filter((line) => !/^uses: (?:[\w.-]+\/)+[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual(
      [],
    );
  });

  test('is never started with secrets by a fork', () => {
    expect(text).not.toMatch(/^ *(?:pull_request_target|workflow_run):/m);
  });
});

test('the lints find what they are there for', async () => {
  const bad = `on: issues
jobs:
  one:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v4
      - run: echo \${{ github.event.issue.title }}
`;
  expect((await actionlint(bad, '.github/workflows/bad.yml')).join()).toContain('untrusted');
  const rules = securityLint(bad, '.github/workflows/bad.yml').join();
  for (const rule of ['pin-action-shas', 'no-untrusted-input-in-run', 'require-workflow-permissions']) {
    expect(rules).toContain(rule);
  }
  expect(shellcheck('echo $1', 'sh').join()).toContain('SC2086');
});

test('neither a write permission, a secret nor a machine of one’s own is in a job that a fork may start', async () => {
  for (const { path, text } of workflows.filter((entry) => entry.path.endsWith('check.yml'))) {
    const { jobs }: Workflow & { jobs: Record<string, { if?: string }> } = parse(text);
    for (const [name, job] of Object.entries(jobs)) {
      const isOurs = 'if' in job && String(job.if).includes('head.repo.full_name == github.repository');
      const writes = Object.values(job.permissions).includes('write');
      expect(`${path} ${name} ${writes && !isOurs}`).toBe(`${path} ${name} false`);
      if (isOurs) continue;
      expect(JSON.stringify(job)).not.toContain('secrets.');
      expect(JSON.stringify(job)).not.toContain('self-hosted');
    }
  }
});

describe('the files of each configuration', () => {
  const golden = new URL('golden/', import.meta.url);
  test.each(Object.entries(configs))('%s are as pinned', async (name, ci) => {
    for (const [above, text] of await renderCi(
      ci,
      policyOf(name),
      {},
      { prefix: folderOf(name), review: reviewOf(name), metrics: metricsOf(name) },
    )) {
      const path = above.replace(/^(?:\.\.\/)+/, '');
      await expect(text).toMatchFileSnapshot(`golden/${name}/${path.replaceAll('/', '+').replace(/^\./, '')}`);
    }
  });
  test('are pinned for no others', () => {
    expect(readdirSync(golden).sort()).toEqual(Object.keys(configs).sort());
  });
});

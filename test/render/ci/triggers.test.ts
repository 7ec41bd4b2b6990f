import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { allFiles } from '../../support/ci-configs.ts';
import { pushStarts } from '../../support/workflow/run-workflow.ts';

test('B4: what changes only mirrors.yaml, such as a second destination, starts an apply: GitHub', async () => {
  const workflows = (await allFiles('github')).filter(([, path]) => path.endsWith('mirrorlock-apply.yml'));
  expect(workflows.length).toBeGreaterThan(0);
  for (const [, , text] of workflows) {
    expect(pushStarts(text, 'main', ['mirrors.yaml'])).toBe(true);
    expect(pushStarts(text, 'main', ['mirrors.lock.yaml'])).toBe(true);
    expect(pushStarts(text, 'main', ['README.md'])).toBe(false);
  }
});

test('B4: what changes only mirrors.yaml, such as a second destination, starts an apply: GitLab', async () => {
  const files = (await allFiles('gitlab')).filter(([, path]) => path.endsWith('/mirrorlock.yml'));
  expect(files.length).toBeGreaterThan(0);
  for (const [, , text] of files) {
    const { rules } = parse(text)['mirrorlock-apply'] as { rules: { if: string; changes?: string[] }[] };
    expect(rules.find((rule) => rule.if.includes('"push"'))?.changes).toEqual(['mirrors.lock.yaml', 'mirrors.yaml']);
  }
});

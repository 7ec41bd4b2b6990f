import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { projectFiles, readProjectFile } from '../support/project-files.ts';

interface Workflow {
  readonly permissions: Record<string, string>;
  readonly jobs: Record<string, { readonly strategy?: { readonly matrix?: { readonly node?: string[] } } }>;
}

const workflows = projectFiles().filter((file) => /^\.github\/workflows\/.*\.ya?ml$/.test(file));

test.for(workflows)('%s pins every action to a full commit and names its version', (file) => {
  const uses = readProjectFile(file).match(/uses:.*/g) ?? [];
  const loose = uses.filter((line) => !/^uses: (?:[\w.-]+\/)+[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line));
  expect(loose).toEqual([]);
});

test('the tests run with no permission but to read, on every supported version of Node', () => {
  const workflow: Workflow = parse(readProjectFile('.github/workflows/ci.yml'));
  expect(workflow.permissions).toEqual({ contents: 'read' });
  expect(workflow.jobs['test']?.strategy?.matrix?.node).toEqual(['20', '22', '24']);
});

test('F: a release is published without a stored token, with provenance, SBOM, checksums and attestations', () => {
  const text = readProjectFile('.github/workflows/release.yml');
  const { jobs }: { jobs: Record<string, { permissions: Record<string, string>; environment?: string }> } = parse(text);
  expect(jobs['pack']?.permissions).toEqual({ contents: 'read' });
  expect(jobs['publish']).toMatchObject({ environment: 'release', permissions: { 'id-token': 'write' } });
  expect(text).not.toMatch(/secrets\.|NODE_AUTH_TOKEN/);
  const steps = [
    'npm publish .* --provenance',
    '--sbom=true --provenance=mode=max',
    'sha256sum -- \\*',
    'verification',
  ];
  for (const step of steps) expect(text).toMatch(new RegExp(step));
});

test('F: the project has a license, and says how to report a vulnerability in private', () => {
  expect(readProjectFile('LICENSE')).toContain('Apache License');
  expect(JSON.parse(readProjectFile('package.json')).license).toBe('Apache-2.0');
  expect(readProjectFile('SECURITY.md')).toContain('Report a vulnerability');
});

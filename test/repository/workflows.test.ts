import { execa } from 'execa';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { projectFiles, readProjectFile, root } from '../support/project-files.ts';
import { actionlint } from '../support/workflow-lint.ts';

interface Workflow {
  readonly permissions: Record<string, string>;
  readonly jobs: Record<string, { readonly strategy?: { readonly matrix?: { readonly node?: string[] } } }>;
}

interface Job {
  readonly needs?: string;
  readonly steps: readonly { readonly run?: string }[];
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
  expect(workflow.jobs['test']?.strategy?.matrix?.node).toEqual(['20', '22', '24', '26']);
});

test.for(['ci', 'release'])('the workflow %s is sound to actionlint', async (name) => {
  const file = `.github/workflows/${name}.yml`;
  expect(await actionlint(readProjectFile(file), file)).toEqual([]);
});

test('nothing that publishes runs before the tests, or the scripts of packages', () => {
  const { permissions, jobs }: { permissions: object; jobs: Record<string, Job> } = parse(
    readProjectFile('.github/workflows/release.yml'),
  );
  expect(permissions).toEqual({});
  expect(jobs['publish']?.needs).toBe('pack');
  const npm = jobs['publish']?.steps.flatMap(({ run }) => run?.match(/npm [^\n]*/g) ?? []);
  expect(npm).toEqual([expect.stringContaining('--ignore-scripts')]);
});

const zizmor = (await execa('zizmor', ['--version'], { reject: false })).exitCode === 0;

test.skipIf(!zizmor)('zizmor, as an auditor, finds nothing in the workflows (where it is installed)', async () => {
  const args = ['--offline', '--persona', 'auditor', '--no-progress', '--format', 'json', '.github/workflows'];
  const { stdout } = await execa('zizmor', args, { cwd: root, reject: false });
  expect(JSON.parse(stdout)).toEqual([]);
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
    'helm lint --strict',
    'helm push .* "oci://ghcr.io/',
    'annotation "index,manifest:',
    'verification',
  ];
  for (const step of steps) expect(text).toMatch(new RegExp(step));
});

test('F: the project has a license, and says how to report a vulnerability in private', () => {
  expect(readProjectFile('LICENSE')).toContain('Apache License');
  expect(JSON.parse(readProjectFile('package.json')).license).toBe('Apache-2.0');
  expect(readProjectFile('SECURITY.md')).toContain('Report a vulnerability');
});

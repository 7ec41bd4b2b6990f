import { execa } from 'execa';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { projectFiles, readProjectFile, root } from '../support/project-files.ts';
import { actionlint } from '../support/workflow-lint.ts';

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
  expect(workflow.jobs['test']?.strategy?.matrix?.node).toEqual(['20', '22', '24', '26']);
});

test.for(['ci', 'release'])('the workflow %s is sound to actionlint', async (name) => {
  const file = `.github/workflows/${name}.yml`;
  expect(await actionlint(readProjectFile(file), file)).toEqual([]);
});

test('nothing that publishes runs before the tests, or the scripts of packages', () => {
  const {
    permissions,
    jobs,
  }: { permissions: object; jobs: Record<string, { needs?: string; permissions: object; steps: { run?: string }[] }> } =
    parse(readProjectFile('.github/workflows/release.yml'));
  expect(permissions).toEqual({});
  expect(jobs['test']?.permissions).toEqual({ contents: 'read' });
  expect(jobs['publish']?.needs).toBe('test');
  const installs = jobs['publish']?.steps.flatMap(
    ({ run }) => run?.match(/npm (?:ci|install|publish|pack)[^\n]*/g) ?? [],
  );
  expect(installs?.length).toBeGreaterThan(2);
  expect(installs?.filter((line) => !line.includes('--ignore-scripts'))).toEqual([]);
});

const zizmor = (await execa('zizmor', ['--version'], { reject: false })).exitCode === 0;

test.skipIf(!zizmor)('zizmor, as an auditor, finds nothing in the workflows (where it is installed)', async () => {
  const args = ['--offline', '--persona', 'auditor', '--no-progress', '--format', 'json', '.github/workflows'];
  const { stdout } = await execa('zizmor', args, { cwd: root, reject: false });
  expect(JSON.parse(stdout)).toEqual([]);
});

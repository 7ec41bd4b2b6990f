import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { renderCiFiles } from '../../../src/render/ci/ci-files.ts';
import { templatesFrom } from '../../../src/render/files.ts';
import { configWith, renderCi } from '../../support/ci-configs.ts';

const builtIn = fileURLToPath(new URL('../../../templates', import.meta.url));
const place = { file: 'mirrors.yaml' };
const common = { place, on: ['drift'], waitsMs: 1, repeatMs: 1, template: '{{title}}' } as const;
const notify = [
  { ...common, to: 'slack', address: 'SLACK_WEBHOOK' },
  { ...common, to: 'matrix', address: 'MATRIX_SERVER', token: 'MATRIX_TOKEN', room: '!a:b' },
] as const;

const render = (ci: string) => renderCiFiles({ ...configWith(ci), notify }, templatesFrom('/nowhere', builtIn), '');

it('GitHub: the steps that send notices, and no others, have their addresses from secrets', async () => {
  const files = await render('{provider: github}');
  const steps = [...files].flatMap(([path, text]) =>
    Object.entries((parse(text) as Workflow).jobs ?? {}).flatMap(([job, { steps = [] }]) =>
      steps.flatMap(({ env = {} }) =>
        env['SLACK_WEBHOOK'] === undefined ? [] : [`${path.split('/').at(-1)} ${job} ${env['MATRIX_TOKEN']}`],
      ),
    ),
  );
  const secret = '$' + '{{ secrets.MATRIX_TOKEN }}';
  expect(steps.sort()).toEqual([
    `mirrorlock-apply.yml apply ${secret}`,
    `mirrorlock-apply.yml verify ${secret}`,
    `mirrorlock-drift.yml drift ${secret}`,
    `mirrorlock-update.yml update ${secret}`,
  ]);
});

it('Kubernetes: the addresses are optional keys of the Secret with the token', async () => {
  const kubernetes = '{repository: "https://git.example/m.git", image: "r.example/i:1"}';
  const text = [...(await render(`{provider: kubernetes, kubernetes: ${kubernetes}}`)).values()].join('\n');
  expect(text).toMatch(
    /- name: "SLACK_WEBHOOK"\n\s+valueFrom:\n\s+secretKeyRef:\n.*\n\s+key: "SLACK_WEBHOOK"\n\s+optional: true/,
  );
});

it('without notify nothing changes', async () => {
  const text = [...(await renderCi('{provider: github}')).values()].join('\n');
  expect(text).not.toContain('SLACK');
});

interface Workflow {
  readonly jobs?: Readonly<
    Record<string, { readonly steps?: readonly { readonly env?: Readonly<Record<string, string>> }[] }>
  >;
}

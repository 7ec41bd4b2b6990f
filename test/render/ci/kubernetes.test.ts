import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { CronJob } from 'kubernetes-models/batch/v1/CronJob';
import { Job } from 'kubernetes-models/batch/v1/Job';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { Service } from 'kubernetes-models/v1/Service';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { allFiles, configs, renderCi } from '../../support/ci-configs.ts';
import { shellcheck } from '../../support/workflow-lint.ts';

const all = (await allFiles('kubernetes')).map(([name, path, text]) => ({ name, path, text }));
/** What runs the tool; the catalogue's CronJob is the first of its file. */
const manifests = all.map((file) => ({ ...file, text: file.text.split('\n---\n')[0] ?? '' }));

describe.each(manifests)('$path of $name', ({ path, text }) => {
  // Kubernetes reads YAML 1.1.
  const manifest = parse(text, { version: '1.1' });
  const model = path.endsWith('apply.yaml') ? new Job(manifest) : new CronJob(manifest);
  const job = model instanceof Job ? model.spec : model.spec?.jobTemplate.spec;
  const pod = job?.template.spec;
  const containers = [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])];

  test('is what Kubernetes takes, to every reader of YAML', () => {
    expect(() => model.validate()).not.toThrow();
    expect(parse(text)).toEqual(manifest);
    expect(containers).toHaveLength(2);
  });

  test('runs without rights that it does not need', () => {
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    });
    for (const { securityContext, resources } of containers) {
      expect(securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(resources?.limits).toHaveProperty('memory');
    }
  });

  test('has shell that is clean for shellcheck, in its commands and in git’s settings', () => {
    for (const { args = [], env = [] } of containers) {
      for (const script of args) expect(shellcheck(script, 'sh')).toEqual([]);
      const helper = env.find(({ name }) => name === 'GIT_CONFIG_VALUE_0')?.value ?? '';
      expect(helper).toMatch(/^!/);
      expect(shellcheck(helper.slice(1), 'sh')).toEqual([]);
    }
  });

  test('mentions secrets by name alone, and in no argument', () => {
    for (const { args, command, env = [] } of containers) {
      expect(JSON.stringify([args, command])).not.toContain('TOKEN');
      expect(env.filter(({ name }) => name.includes('TOKEN')).every(({ value }) => value === undefined)).toBe(true);
    }
  });
});

test('the index of a Job is its shard, and a share that fails is tried alone', () => {
  const text =
    manifests.find(({ name, path }) => name === 'kubernetes-whole' && path.endsWith('apply.yaml'))?.text ?? '';
  const { spec } = new Job(parse(text));
  expect(spec).toMatchObject({ completionMode: 'Indexed', completions: 64, parallelism: 64, backoffLimitPerIndex: 3 });
  const [container] = spec?.template.spec?.containers ?? [];
  expect(container?.args?.join()).toContain('apply --shard "$JOB_COMPLETION_INDEX/$SHARDS"');
  expect(container?.env).toContainEqual({ name: 'SHARDS', value: '64' });
});

test('the claim for the cache folder is mounted where the source is asked, unless the cache is switched off', async () => {
  const claiming = async (ci: string) => {
    const files = [...(await renderCi(ci))].filter(([, text]) => text.includes('mirror-cache'));
    for (const [, text] of files) {
      expect(text).toContain('claimName: "mirror-cache"');
      expect(text).toMatch(/- name: MIRRORLOCK_CACHE\n +value: \/cache\n/);
      expect(text).toMatch(/- name: cache\n +mountPath: \/cache\n/);
    }
    return files.map(([path]) => path);
  };
  const ci = configs['kubernetes-whole'] ?? '';
  expect(await claiming(ci)).toEqual(['kubernetes/mirrorlock-update.yaml', 'kubernetes/mirrorlock-apply.yaml']);
  expect(await claiming(ci.replace('{', '{cache: false, '))).toEqual([]);
});

describe('what serves the catalogue', () => {
  const text = all.find(({ path }) => path.endsWith('catalog.yaml'))?.text ?? '';
  const [, configMap, deployment, service] = parseAllDocuments(text, { version: '1.1' }).map((one) => one.toJS());
  const map = new ConfigMap(configMap);
  const model = new Deployment(deployment);

  test('is what Kubernetes takes, without rights that it does not need', () => {
    for (const one of [map, model, new Service(service)]) expect(() => one.validate()).not.toThrow();
    const pod = model.spec?.template.spec;
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    });
    const [nginx] = pod?.containers ?? [];
    expect(nginx?.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(nginx?.env).toBeUndefined();
    expect(nginx?.volumeMounts).toContainEqual({ name: 'catalog', mountPath: '/catalog', readOnly: true });
  });

  test('finds its pods, and none of the jobs', () => {
    const labels = model.spec?.template.metadata?.labels;
    expect(model.spec?.selector.matchLabels).toEqual(labels);
    expect(new Service(service).spec?.selector).toEqual(labels);
    for (const { text: job } of manifests) {
      const manifest = parse(job);
      const template = (manifest.spec.jobTemplate?.spec ?? manifest.spec).template;
      expect(template.metadata.labels).not.toEqual(labels);
    }
  });

  test('is there with the key only, and jobs leave their reports where the site is built from', async () => {
    expect([...(await renderCi(configs['kubernetes-plain'] ?? '')).keys()]).not.toContain(
      'kubernetes/mirrorlock-catalog.yaml',
    );
    const own = manifests.filter(({ name }) => name === 'kubernetes-catalog');
    const argsOf = (name: string) => own.find(({ path }) => path.endsWith(`${name}.yaml`))?.text ?? '';
    expect(argsOf('apply')).toContain('--report /catalog/reports/apply-"$JOB_COMPLETION_INDEX".json');
    expect(argsOf('drift')).toContain('--report /catalog/reports/verify.json');
    for (const name of ['apply', 'drift', 'catalog']) expect(argsOf(name)).toContain('claimName: "mirror-catalog"');
    expect(argsOf('update')).not.toContain('mirror-catalog');
  });
});

import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import fc from 'fast-check';
import { CronJob } from 'kubernetes-models/batch/v1/CronJob';
import { Job } from 'kubernetes-models/batch/v1/Job';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { allFiles, configs, configWith, metricsOf, policyOf, renderCi } from '../support/ci-configs.ts';
import { isInstalled } from '../support/programs.ts';
import { root } from '../support/project-files.ts';

const chart = join(root, 'charts/mirrorlock');
// `go install` puts it there.
process.env['PATH'] += `${delimiter}${join(homedir(), 'go/bin')}`;
const isAbsent = !isInstalled('helm');
const skipped = isAbsent ? ' (skipped: helm is absent)' : '';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
}

interface Release {
  readonly name?: string;
  readonly namespace?: string;
  readonly values: object;
}

/** Runs helm on the chart with these values. */
function helm(command: 'template' | 'lint', { name, namespace = 'default', values }: Release, ...args: string[]) {
  const given = [command, ...(name === undefined ? [] : [name]), chart, '--namespace', namespace, '--values', '-'];
  // What `go install` builds takes a cluster for an old one.
  const options = { input: JSON.stringify(values), reject: false } as const;
  return execa('helm', [...given, '--kube-version', '1.33.0', ...args], options);
}

/** The manifests that helm makes, by kind and name. */
async function installed(release: Release): Promise<Map<string, Manifest>> {
  const { stdout, stderr, exitCode } = await helm('template', { name: 'mirrorlock', ...release });
  expect(exitCode, stderr).toBe(0);
  return byName(parseAllDocuments(stdout, { version: '1.1' }).map((document) => document.toJS() as Manifest));
}

const byName = (manifests: readonly Manifest[]) =>
  new Map(manifests.map((manifest) => [`${manifest.kind} ${manifest.metadata.name}`, manifest]));

/** What `render` writes, and the release whose values say the same. */
async function rendered(
  ci: string,
  { policy = policyOf(''), prefix = '', metrics = undefined as string | undefined } = {},
) {
  const files = await renderCi(ci, policy, {}, { prefix, metrics });
  const manifests = [...files.values()].flatMap((text) =>
    parseAllDocuments(text, { version: '1.1' }).map((document) => document.toJS() as Manifest),
  );
  const config = configWith(ci, policy, undefined, metrics).ci;
  if (config?.kubernetes === undefined) throw new Error('This is for Kubernetes.');
  const { namespace, ...kubernetes } = config.kubernetes;
  const { apply: _, ...schedule } = config.schedule;
  const suffix = (manifests[0]?.metadata.name ?? '').replace(/^mirrorlock-\w+-?/, '');
  const values = {
    ...kubernetes,
    ...{ folder: prefix.replace(/\/$/, ''), tool: config.tool, jobs: config.jobs, schedule, applyOnUpgrade: false },
    ...(config.catalog === undefined ? {} : { catalog: { enabled: true, url: '', ...config.catalog } }),
    ...{ variables: config.variables, prune: policy.includes('prune') },
    ...(config.cache ? {} : { cacheClaim: '' }),
    ...(metrics === undefined ? {} : { pushMetrics: true, secretVariables: ['PUSHGATEWAY_ADDRESS'] }),
  };
  return { manifests: byName(manifests), release: { name: suffix || 'mirrorlock', namespace, values } };
}

const cases = Object.keys(configs).filter((name) => name.startsWith('kubernetes'));

describe.skipIf(isAbsent)(`the Helm chart${skipped}`, () => {
  const least = { repository: 'https://github.com/acme/mirror.git', image: 'ghcr.io/acme/mirrorlock:0.1.0' };

  it('is clean for helm lint', async () => {
    const { exitCode, stdout } = await helm('lint', { values: least }, '--strict');
    expect(exitCode, stdout).toBe(0);
    expect(stdout).not.toMatch(/\[(?:WARNING|ERROR)\]/);
  });

  it.each(cases)('makes of the values of %s what `render` writes', async (name) => {
    const whole = { policy: policyOf(name), metrics: metricsOf(name) };
    const { manifests, release } = await rendered(configs[name] ?? '', whole);
    expect(manifests.size).toBe(name.includes('catalog') ? 7 : 3);
    expect(await installed(release)).toEqual(manifests);
  });

  it.each(['checkout', 'dependency', 'image'])(
    'does so for a mirror in a folder, with the tool from %s',
    async (tool) => {
      for (const prefix of ['a/', 'mirrors/team one/']) {
        const ci = (configs['kubernetes-whole'] ?? '').replace('tool: dependency', `tool: ${tool}`);
        const { manifests, release } = await rendered(ci, { prefix, policy: '{dropped: prune}' });
        expect(await installed(release)).toEqual(manifests);
      }
    },
  );

  it('does so for any values that mirrors.yaml may have', async () => {
    const word = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);
    const kubernetes = fc.record(
      {
        repository: fc.stringMatching(
          /^https:\/\/[A-Za-z0-9][A-Za-z0-9.-]{0,9}[A-Za-z](:443|:8443)?(\/[A-Za-z0-9._-]+){1,3}$/,
        ),
        image: fc.stringMatching(/^[a-z0-9][A-Za-z0-9._:/-]{0,30}(@sha256:[0-9a-f]{64})?$/),
        branch: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,20}$/),
        ...{ namespace: word, authSecret: word, tokenSecret: word, configMap: word, cacheClaim: word },
      },
      { requiredKeys: ['repository', 'image'] },
    );
    const ci = fc.record({
      provider: fc.constant('kubernetes'),
      kubernetes,
      jobs: fc.integer({ min: 1, max: 256 }),
      tool: fc.constantFrom('checkout', 'dependency', 'image'),
      cache: fc.boolean(),
    });
    const prefix = fc.constantFrom('', 'a/', 'a b/c/');
    const same = async (written: object, prefix: string, isPruning: boolean) => {
      const policy = isPruning ? '{dropped: prune}' : '{dropped: keep}';
      const { manifests, release } = await rendered(JSON.stringify(written), { prefix, policy });
      expect(await installed(release)).toEqual(manifests);
    };
    await fc.assert(fc.asyncProperty(ci, prefix, fc.boolean(), same), { numRuns: 25 });
  });

  it('makes a Job of its own in each upgrade, since nobody can change one, and what Kubernetes takes', async () => {
    const manifests = await installed({ values: least });
    expect([...manifests.keys()].sort()).toEqual([
      'CronJob mirrorlock-drift',
      'CronJob mirrorlock-update',
      'Job mirrorlock-apply-r1',
    ]);
    for (const manifest of manifests.values()) {
      const model = manifest.kind === 'Job' ? new Job(manifest as never) : new CronJob(manifest as never);
      expect(() => model.validate()).not.toThrow();
    }
    const other = await installed({ name: 'team-a', namespace: 'mirrors', values: least });
    expect([...other.keys()]).toContain('CronJob mirrorlock-drift-team-a');
  });

  it.each([
    ['no repository', { image: 'a:1' }, 'repository'],
    ['no image', { repository: 'https://a.example/b' }, 'image'],
    ['a repository that is not over HTTPS', { ...least, repository: 'git@github.com:a/b.git' }, 'repository'],
    ['a key that is not known', { ...least, Branch: 'main' }, 'Branch'],
    ['a schedule that is not one', { ...least, schedule: { update: 'hourly', drift: '1 1 * * *' } }, 'update'],
    ['no job', { ...least, jobs: 0 }, 'jobs'],
    ['a folder outside of the checkout', { ...least, folder: 'a/../../b' }, 'folder'],
    ['a folder that would be YAML', { ...least, folder: 'a: b\nc' }, 'folder'],
    ['a catalogue without a volume', { ...least, catalog: { enabled: true } }, 'catalogClaim'],
    ['a name that no variable has', { ...least, variables: ['A B'] }, 'variables'],
  ])('refuses %s, and names it', async (_, values, named) => {
    const { exitCode, stderr } = await helm('template', { name: 'mirrorlock', values });
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain(named);
  });

  it('refuses a release whose name is too long for a CronJob', async () => {
    const { exitCode, stderr } = await helm('template', { name: 'm'.repeat(34), values: least });
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('too long for a CronJob');
    expect((await installed({ name: 'm'.repeat(33), values: least })).size).toBe(3);
  });
});

it('the chart is what the templates and the schema say (else: npm run generate)', async () => {
  const { exitCode, all } = await execa('npx', ['tsx', 'scripts/chart.mts', '--check'], {
    cwd: root,
    reject: false,
    all: true,
  });
  expect(exitCode, all).toBe(0);
});

it('the chart has the version of the package', () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  expect(parse(readFileSync(join(chart, 'Chart.yaml'), 'utf8'))).toMatchObject({ version, appVersion: version });
});

it('the configurations of the tests are all there', async () => {
  expect(new Set((await allFiles('kubernetes')).map(([name]) => name))).toEqual(new Set(cases));
});

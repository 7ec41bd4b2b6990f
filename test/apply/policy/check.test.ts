import { describe, expect, test } from 'vitest';
import { checkPolicy, type PolicyQuestion } from '../../../src/apply/policy/check.ts';
import type { Destination, RegistryNamespace } from '../../../src/config/types.ts';
import { parseDigest, parseImageName, parseTag } from '../../../src/core/names.ts';
import { UserError } from '../../../src/core/problem.ts';
import { home, machineWith } from './files.ts';

const userPolicy = `${home}/.config/containers/policy.json`;
const systemPolicy = '/etc/containers/policy.json';
const conf = '/etc/containers/registries.conf';

const at = (host: string, namespace: string): RegistryNamespace => ({ registry: { host, insecure: false }, namespace });
const main: Destination = { name: 'main', ...at('registry.example.com:5000', 'mirror') };
const ecr = at('public.ecr.aws', 'docker/library');
const image = (name: string, ...tags: string[]) => ({
  image: parseImageName(name),
  groups: [{ digest: parseDigest(`sha256:${'a'.repeat(64)}`), tags: tags.map(parseTag) }],
});
const question: PolicyQuestion = {
  source: at('docker.io', 'library'),
  alternates: [ecr],
  destinations: [main],
  images: [image('alpine', '3'), image('debian', '12', 'bookworm')],
  hasSkopeo: true,
};

const accept = [{ type: 'insecureAcceptAnything' }];
const reject = [{ type: 'reject' }];
const signed = [{ type: 'sigstoreSigned', keyPath: '/k' }];
const policy = (docker: object, fallback: object = accept) =>
  JSON.stringify({ default: fallback, transports: { docker } }, null, 2);

async function check(files: Record<string, string | Error>, more: Partial<PolicyQuestion> = {}) {
  const machine = { env: {}, homeDirectory: home, files: machineWith(files) };
  try {
    return { ...(await checkPolicy({ ...question, ...more }, machine)), errors: [] };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const of = (wanted: string) => error.problems.filter(({ severity }) => severity === wanted);
    return { errors: of('error'), warnings: of('warning'), refusedAlternates: [] };
  }
}

const nothing = { errors: [], warnings: [], refusedAlternates: [] };

test('a machine without such files lets everything pass', async () => {
  expect(await check({})).toEqual(nothing);
});

test('a policy that accepts lets everything pass', async () => {
  expect(await check({ [systemPolicy]: policy({}) })).toEqual(nothing);
});

describe('a source that the policy rejects', () => {
  test('is one error for all its images, with file, line, scope and what can be done', async () => {
    const { errors } = await check({ [systemPolicy]: policy({ 'docker.io/library': reject }) });
    expect(errors).toEqual([
      {
        code: 'apply/policy',
        severity: 'error',
        message: 'The policy.json of this machine says `reject` for images of the source docker.io/library.',
        place: { file: systemPolicy, line: 9, column: 7, source: '      "docker.io/library": [' },
        value: 'docker.io/library: alpine, debian',
        hint: `Change \`docker.io/library\` in ${systemPolicy}, or the source in mirrors.yaml. skopeo (\`engine: skopeo\`) follows the same file and refuses it too.`,
      },
    ]);
  });

  test.each(['index.docker.io', 'registry-1.docker.io'])('by any of the Hub’s names: %s', async (host) => {
    const { errors } = await check(
      { [systemPolicy]: policy({ 'docker.io': reject }) },
      { source: at(host, 'library') },
    );
    expect(errors).toHaveLength(1);
  });

  test('without a namespace, which is `library` at the Hub', async () => {
    const { errors } = await check(
      { [systemPolicy]: policy({ 'docker.io/library': reject }) },
      { source: at('docker.io', '') },
    );
    expect(errors).toHaveLength(1);
  });

  test('for one image, one tag or one digest of it', async () => {
    const one = `docker.io/library/alpine@sha256:${'a'.repeat(64)}`;
    for (const scope of ['docker.io/library/debian', 'docker.io/library/debian:bookworm', one]) {
      const { errors } = await check({ [systemPolicy]: policy({ [scope]: reject }) });
      expect(errors, scope).toMatchObject([{ code: 'apply/policy', value: expect.stringContaining(scope) }]);
    }
    expect(await check({ [systemPolicy]: policy({ 'docker.io/library/debian:13': reject }) })).toEqual(nothing);
  });

  test('is read by digest: a tag that is accepted opens no repository that is rejected', async () => {
    const docker = {
      'docker.io/library/debian': reject,
      'docker.io/library/debian:12': accept,
      'docker.io/library/debian:bookworm': accept,
    };
    expect((await check({ [systemPolicy]: policy(docker) })).errors).toHaveLength(1);
  });

  test('by default', async () => {
    const { errors } = await check({ [systemPolicy]: policy({ 'quay.io': accept }, reject) });
    expect(errors).toMatchObject([
      {
        value: 'default: alpine, debian',
        place: { line: 2 },
        hint: expect.stringContaining('Accept `docker.io/library` in'),
      },
    ]);
  });
});

test('signatures that only skopeo can check name the engine that can, where there is one', async () => {
  const files = { [systemPolicy]: policy({ 'docker.io': signed }) };
  const { errors } = await check(files);
  expect(errors).toMatchObject([
    {
      code: 'apply/policy',
      hint: expect.stringContaining('`apply: {engine: skopeo}` in mirrors.yaml, or `--engine skopeo`'),
    },
  ]);
  const exported = await check(files, { hasSkopeo: false });
  expect(exported.errors).toMatchObject([{ hint: expect.stringContaining('export with `--from`') }]);
});

test('the user’s policy stands in place of the machine’s', async () => {
  expect(await check({ [userPolicy]: policy({}), [systemPolicy]: policy({}, reject) })).toEqual(nothing);
  expect((await check({ [userPolicy]: policy({}, reject), [systemPolicy]: policy({}) })).errors).toHaveLength(1);
});

describe('a destination', () => {
  test.each([
    'registry.example.com:5000',
    'registry.example.com:5000/mirror',
    '*.example.com',
    'registry.example.com:5000/mirror/debian',
  ])('that the policy rejects by name is an error: %s', async (scope) => {
    const { errors } = await check({ [systemPolicy]: policy({ [scope]: reject }) });
    expect(errors).toMatchObject([{ code: 'apply/policy', message: expect.stringContaining('the destination main') }]);
  });

  test('is not what a default is about, which is for what is read', async () => {
    expect(
      (await check({ [systemPolicy]: policy({ 'docker.io': accept, 'public.ecr.aws': accept }, reject) })).errors,
    ).toEqual([]);
    expect(
      (await check({ [systemPolicy]: policy({ 'docker.io': accept, 'public.ecr.aws': accept, '': reject }) })).errors,
    ).toEqual([]);
  });

  test('from which signatures are asked can be written to', async () => {
    expect(await check({ [systemPolicy]: policy({ 'registry.example.com:5000': signed }) })).toEqual(nothing);
  });

  test('that is blocked is an error', async () => {
    const { errors } = await check({ [conf]: '[[registry]]\nlocation = "registry.example.com"\nblocked = true\n' });
    expect(errors).toMatchObject([
      { code: 'apply/policy', place: { file: conf }, value: 'registry.example.com: alpine, debian' },
    ]);
  });
});

test('a source that is blocked is an error', async () => {
  const { errors } = await check({ [conf]: '[[registry]]\nlocation = "docker.io"\nblocked = true\n' });
  expect(errors).toMatchObject([
    {
      code: 'apply/policy',
      message: expect.stringContaining('`blocked = true` for images of the source docker.io/library'),
    },
  ]);
});

test('an import reads no registry, and an export writes to none', async () => {
  const { source: _, ...withoutSource } = question;
  const machine = {
    env: {},
    homeDirectory: home,
    files: machineWith({ [systemPolicy]: policy({ 'docker.io': reject }) }),
  };
  expect((await checkPolicy({ ...withoutSource, alternates: [] }, machine)).warnings).toEqual([]);
  expect(await check({ [systemPolicy]: policy({ '*.example.com': reject }) }, { destinations: [] })).toEqual(nothing);
});

describe('an alternate', () => {
  test.each([
    ['rejected', { [systemPolicy]: policy({ 'public.ecr.aws': reject }) }],
    ['to be signed', { [systemPolicy]: policy({ 'public.ecr.aws/docker': signed }) }],
    ['blocked', { [conf]: '[[registry]]\nlocation = "public.ecr.aws"\nblocked = true\n' }],
  ])('that is %s is left out with a warning', async (_, files) => {
    const { errors, warnings, refusedAlternates } = await check(files);
    expect(errors).toEqual([]);
    expect(refusedAlternates).toEqual([ecr]);
    expect(warnings).toMatchObject([
      { code: 'apply/policy', severity: 'warning', message: expect.stringContaining('public.ecr.aws/docker/library') },
    ]);
  });
});

describe('a registries.conf that reads from elsewhere is not followed, and that is said', () => {
  test('of the source, by a location or by mirrors', async () => {
    const moved = '[[registry]]\nprefix = "docker.io"\nlocation = "hub.example.com/hub"\n';
    const mirrored = '[[registry]]\nlocation = "docker.io"\n[[registry.mirror]]\nlocation = "mirror.example.com/hub"\n';
    for (const [text, to] of [
      [moved, 'hub.example.com/hub'],
      [mirrored, 'mirror.example.com/hub'],
    ] as const) {
      const { errors, warnings } = await check({ [conf]: text });
      expect(errors).toEqual([]);
      expect(warnings).toMatchObject([
        { code: 'apply/registries-conf', severity: 'warning', value: `docker.io → ${to}` },
      ]);
    }
  });

  test('of a destination, by a location', async () => {
    const text = '[[registry]]\nprefix = "registry.example.com:5000/mirror"\nlocation = "cache.example.com/mirror"\n';
    const { warnings } = await check({ [conf]: text });
    expect(warnings).toMatchObject([
      { code: 'apply/registries-conf', message: expect.stringContaining('the destination main') },
    ]);
  });

  test('nothing is said of an entry that changes nothing', async () => {
    expect(await check({ [conf]: '[[registry]]\nlocation = "docker.io"\ninsecure = false\n' })).toEqual(nothing);
  });
});

test('all is said in one go: what cannot be read, and of what can be read all that forbids', async () => {
  const denied = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
  const broken = await check({ [systemPolicy]: denied, [conf]: 'x' });
  expect(broken.errors).toMatchObject([
    { code: 'apply/policy-file', place: { file: systemPolicy }, value: 'EACCES: permission denied' },
    { code: 'apply/policy-file', place: { file: conf } },
  ]);
  const text = '[[registry]]\nlocation = "registry.example.com:5000"\nblocked = true\n';
  const both = await check({ [systemPolicy]: policy({ 'docker.io': reject }), [conf]: text });
  expect(both.errors.map(({ place }) => place?.file)).toEqual([systemPolicy, conf]);
});

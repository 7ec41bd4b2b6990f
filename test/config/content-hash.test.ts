import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { parse } from './support.ts';

interface RuleModel {
  readonly image: string;
  readonly tags?: readonly string[];
  readonly versions?: readonly string[];
}

interface FileModel {
  readonly repository: string;
  readonly ref: string;
  readonly registry: string;
  readonly namespace: string;
  readonly platforms?: readonly string[];
  readonly include: readonly RuleModel[];
  readonly exclude: readonly RuleModel[];
}

const pattern = fc.constantFrom('*', '12*', 'a', 'b-[0-9]', '{x,y}', '/^a/', '/-rc/i', 'latest', '3.1?');
const range = fc.constantFrom('>=3', '^1.2', '1 || 2', '3.12 - 3.14');
const values = (value: fc.Arbitrary<string>) => fc.uniqueArray(value, { minLength: 1, maxLength: 4 });
const rule: fc.Arbitrary<RuleModel> = fc.record(
  {
    image: fc.constantFrom('*', 'alpine', 'debian', '/^open/', 'my{sql,admin}'),
    tags: values(pattern),
    versions: values(range),
  },
  { requiredKeys: ['image'] },
);
const rules = (minLength: number) =>
  fc.uniqueArray(rule, { minLength, maxLength: 6, selector: (item) => JSON.stringify(normal(item)) });
const file: fc.Arbitrary<FileModel> = fc.record(
  {
    repository: fc.constantFrom('https://example.com/x.git', '../official-images'),
    ref: fc.constantFrom('master', 'main'),
    registry: fc.constantFrom('docker.io', 'a.example'),
    namespace: fc.constantFrom('library', 'x/y'),
    platforms: fc.uniqueArray(fc.constantFrom('linux/amd64', 'linux/386', 'linux/arm/v7', 'linux/s390x'), {
      minLength: 1,
    }),
    include: rules(1),
    exclude: rules(0),
  },
  { requiredKeys: ['repository', 'ref', 'registry', 'namespace', 'include', 'exclude'] },
);

function normal({ image, tags, versions }: RuleModel) {
  return [image, tags?.toSorted(), versions?.toSorted()];
}

/** A file as data, written out in full. */
function plain({ repository, ref, registry, namespace, platforms, include, exclude }: FileModel) {
  return {
    version: 1,
    upstream: { repository, ref },
    source: { registry, namespace },
    ...(platforms === undefined ? {} : { platforms }),
    images: { include, exclude },
  };
}

function hashOf(data: unknown): string {
  return parse(stringify(data)).contentHash;
}

/** The same file, said in another way: `dice` gives numbers from 0 up to 1. */
function respelled(model: FileModel, dice: () => number): { text: string } {
  const shuffled = <Item>(items: readonly Item[]) =>
    items
      .map((item): [number, Item] => [dice(), item])
      .sort(([one], [other]) => one - other)
      .map(([, item]) => item);
  const one = (items: readonly string[] | undefined) =>
    items?.length === 1 && dice() < 0.5 ? items[0] : items && shuffled(items);
  const respell = ({ image, tags, versions }: RuleModel) =>
    tags === undefined && versions === undefined && dice() < 0.5
      ? image
      : Object.fromEntries(
          shuffled(Object.entries({ image, tags: one(tags), versions: one(versions) })).filter(
            ([, value]) => value !== undefined,
          ),
        );
  const { platforms, include, exclude, ...rest } = model;
  const data = plain({ ...rest, include: [], exclude: [] });
  const images = { exclude: shuffled(exclude).map(respell), include: shuffled(include).map(respell) };
  const more = {
    policy: { dropped: dice() < 0.5 ? 'keep' : 'prune' },
    ...(dice() < 0.5 ? { apply: { engine: dice() < 0.5 ? 'direct' : 'skopeo' } } : {}),
    destinations: [{ name: 'a', registry: 'b.example', namespace: 'c' }],
    ...(platforms === undefined ? {} : { platforms: shuffled(platforms) }),
  };
  const written = Object.fromEntries(shuffled(Object.entries({ ...data, ...more, images })));
  const text = stringify(written, {
    collectionStyle: dice() < 0.5 ? 'flow' : 'block',
    singleQuote: dice() < 0.5,
    defaultStringType: dice() < 0.5 ? 'QUOTE_DOUBLE' : 'PLAIN',
    lineWidth: dice() < 0.5 ? 0 : 40,
  });
  return { text: dice() < 0.5 ? `# a comment\n${text}\n# another\n` : text.replaceAll('\n', '\r\n') };
}

describe('the content hash', () => {
  it('is the same for files that differ only in comments, shorthands, quotes, and the order of rules, values and keys', () => {
    fc.assert(
      fc.property(
        file,
        fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
        (model, stream) => {
          const { text } = respelled(model, () => stream.next().value ?? 0);
          expect(parse(text).contentHash, text).toBe(hashOf(plain(model)));
        },
      ),
    );
  });

  it('differs when anything that decides the lockfile differs', () => {
    const identity = (model: FileModel) => {
      const { platforms, include, exclude, ...rest } = model;
      const set = (items: readonly RuleModel[]) => items.map((item) => JSON.stringify(normal(item))).sort();
      return JSON.stringify([Object.entries(rest).sort(), platforms?.toSorted() ?? null, set(include), set(exclude)]);
    };
    fc.assert(
      fc.property(file, file, (one, other) => {
        expect(hashOf(plain(one)) === hashOf(plain(other))).toBe(identity(one) === identity(other));
      }),
    );
    fc.assert(
      fc.property(file, rule, fc.constantFrom('include' as const, 'exclude' as const), (model, added, kind) => {
        const more = { ...model, [kind]: [...model[kind], added] };
        expect(hashOf(plain(model)) === hashOf(plain(more))).toBe(
          identity(model) === identity(more) || isThere(model[kind], added),
        );
      }),
    );
  });

  const base = 'version: 1\nimages: { include: [alpine] }\n';

  it('is a sha256 digest, and the same on each machine', () => {
    expect(parse(base).contentHash).toBe('sha256:72e66b6674289d3bc67e355c3c9199ade0c0e701887673da43c3a4310310f99e');
  });

  it('is the same whether a default is written or not', () => {
    const written = `${base}source: { registry: docker.io, namespace: library }\nupstream: { ref: master }\npolicy: {}\n`;
    expect(parse(written).contentHash).toBe(parse(base).contentHash);
    expect(parse(base.replace(']', '], exclude: []')).contentHash).toBe(parse(base).contentHash);
  });

  it('is of the variables, not of their values', () => {
    const text = `${base}source: { registry: "\${HOST}" }\n`;
    expect(parse(text, { HOST: 'a.example' }).contentHash).toBe(parse(text, { HOST: 'b.example' }).contentHash);
    expect(parse(text, { HOST: 'docker.io' }).contentHash).not.toBe(parse(base).contentHash);
  });

  it('is the same for two names of one platform', () => {
    expect(parse(`${base}platforms: [linux/arm64]`).contentHash).toBe(
      parse(`${base}platforms: [linux/arm64/v8]`).contentHash,
    );
  });

  it('does not depend on where the lockfile is applied', () => {
    const more = 'destinations: [{ name: a, registry: b.example, namespace: c }]\npolicy: { dropped: prune }\n';
    const source = 'source: { alternates: [public.ecr.aws/docker/library], requestsPerMinute: 5 }\n';
    expect(parse(`${base}${more}${source}`).contentHash).toBe(parse(base).contentHash);
  });
});

function isThere(rulesOfKind: readonly RuleModel[], added: RuleModel): boolean {
  return rulesOfKind.some((known) => JSON.stringify(normal(known)) === JSON.stringify(normal(added)));
}

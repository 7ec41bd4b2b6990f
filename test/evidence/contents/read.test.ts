import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { parseImageName } from '../../../src/core/names.ts';
import type { ContentsOptions } from '../../../src/evidence/contents/read.ts';
import { readContents } from '../../../src/evidence/contents/read.ts';
import { oci } from '../../support/images/media-types.ts';
import type { RepositoryBuilder } from '../../support/images/repository-builder.ts';
import {
  addUpstreamImage,
  type Statement,
  type UpstreamImage,
  type UpstreamImageSpec,
  upstreamRepository,
} from '../../support/images/upstream-image.ts';
import { memoryPlace } from './memory.ts';

const image = parseImageName('golang');
const platforms = ['linux/amd64', 'linux/arm64/v8'];
const oldCommit = 'a'.repeat(40);
const newCommit = 'b'.repeat(40);
const source = (commit: string) => ({
  repository: 'https://github.com/docker-library/golang.git',
  commit,
  directory: '1.26/trixie',
});
const openssl = (version: string) => `pkg:deb/debian/openssl@${version}?arch=amd64&distro=debian-13`;
const oldSpec: UpstreamImageSpec = {
  tags: ['1.26.6-trixie'],
  platforms,
  source: source(oldCommit),
  packages: [openssl('3.5.1-1'), 'pkg:deb/debian/zlib1g@1.3-1', 'pkg:golang/stdlib@1.26.6'],
  config: { Env: ['PATH=/go/bin:/usr/bin', 'GOLANG_VERSION=1.26.6'], Cmd: ['bash'], ExposedPorts: { '80/tcp': {} } },
};
const newSpec: UpstreamImageSpec = {
  ...oldSpec,
  tags: ['1.26.7-trixie'],
  source: source(newCommit),
  packages: [openssl('3.5.2-1'), 'pkg:golang/stdlib@1.26.7', 'pkg:deb/debian/curl@8-1'],
  config: {
    Env: ['PATH=/go/bin:/usr/bin', 'GOLANG_VERSION=1.26.7', 'GOTOOLCHAIN=local'],
    Cmd: ['bash'],
    User: 'nobody',
    Labels: JSON.parse('{"__proto__": "x"}'),
  },
};

interface Scene {
  readonly builder: RepositoryBuilder;
  readonly old: UpstreamImage;
  readonly now: UpstreamImage;
}

function scene(now: Partial<UpstreamImageSpec> = {}, old: Partial<UpstreamImageSpec> = {}): Scene {
  const builder = upstreamRepository('library/golang');
  return {
    builder,
    old: addUpstreamImage(builder, { ...oldSpec, ...old }),
    now: addUpstreamImage(builder, { ...newSpec, ...now }),
  };
}

async function read({ builder, old, now }: Scene, options: Partial<ContentsOptions> = {}) {
  const places = { source: memoryPlace(builder), destination: memoryPlace(builder) };
  const step = { image, from: old.digest, to: now.digest };
  const result = await readContents(step, places, { platform: 'linux/amd64', expected: newCommit, ...options });
  return { ...result, places };
}

test('a new index costs two counted pulls besides itself, and the old one none', async () => {
  const { places, contents } = await read(scene());
  expect(places.source.manifests).toHaveLength(3);
  expect(new Set(places.source.manifests).size).toBe(3);
  expect(contents?.platform).toBe('linux/amd64');
});

test('settings, layers, packages and the source commit are compared', async () => {
  const { contents, notes } = await read(scene());
  expect(notes).toEqual([]);
  expect(contents?.config).toEqual([
    { what: 'environment', name: 'GOLANG_VERSION', from: '1.26.6', to: '1.26.7' },
    { what: 'environment', name: 'GOTOOLCHAIN', to: 'local' },
    { what: 'user', to: 'nobody' },
    { what: 'ports', name: '80/tcp', from: '80/tcp' },
    { what: 'labels', name: '__proto__', to: 'x' },
  ]);
  expect(contents?.layers).toEqual({ count: 1, fresh: 1 });
  expect(contents?.size.from).toBeGreaterThan(0);
  expect(contents?.packages).toEqual({
    state: 'read',
    added: [{ purl: 'pkg:deb/debian/curl', name: 'curl', to: '8-1', toPurl: 'pkg:deb/debian/curl@8-1' }],
    removed: [
      { purl: 'pkg:deb/debian/zlib1g', name: 'zlib1g', from: '1.3-1', fromPurl: 'pkg:deb/debian/zlib1g@1.3-1' },
    ],
    upgraded: [
      {
        purl: 'pkg:deb/debian/openssl',
        name: 'openssl',
        from: '3.5.1-1',
        to: '3.5.2-1',
        fromPurl: openssl('3.5.1-1'),
        toPurl: openssl('3.5.2-1'),
      },
      {
        purl: 'pkg:golang/stdlib',
        name: 'stdlib',
        from: '1.26.6',
        to: '1.26.7',
        fromPurl: 'pkg:golang/stdlib@1.26.6',
        toPurl: 'pkg:golang/stdlib@1.26.7',
      },
    ],
  });
  expect(contents?.provenance).toEqual({ state: 'agrees', named: newCommit, expected: newCommit });
});

test('of a base that is the same, only the layer on top is new', async () => {
  const debian = upstreamRepository('library/debian');
  const base = addUpstreamImage(debian, {
    tags: ['trixie'],
    platforms,
    source: source(oldCommit),
    packages: [openssl('1')],
  });
  const { contents } = await read(scene({ base, packages: [] }, { base, packages: [] }));
  expect(contents?.layers).toEqual({ count: 2, fresh: 1 });
  expect(contents?.packages).toEqual({ state: 'read', added: [], removed: [], upgraded: [] });
});

test('a platform whose image is the same is read at the destination', async () => {
  const { builder, old } = scene();
  const { digest } = builder.index(
    oci.index,
    [...(builder.manifests.get(old.digest)?.children ?? [])].map((child) => {
      const { mediaType, bytes } = builder.manifests.get(child) ?? { mediaType: '', bytes: Buffer.from('') };
      const listed = JSON.parse(String(builder.manifests.get(old.digest)?.bytes)).manifests;
      const of = listed.find((one: { digest: string }) => one.digest === child);
      return { ...of, mediaType, size: bytes.length, annotations: { ...of.annotations, extra: '1' } };
    }),
  );
  const { contents, places } = await read({ builder, old, now: { ...old, digest } }, { expected: oldCommit });
  expect(places.source.manifests).toEqual([digest]);
  expect(contents?.config).toEqual([]);
  expect(contents?.layers).toEqual({ count: 1, fresh: 0 });
  expect(contents?.packages).toEqual({ state: 'read', added: [], removed: [], upgraded: [] });
  expect(contents?.provenance.state).toBe('agrees');
});

describe('what is not there', () => {
  test('an image without SBOM says so', async () => {
    const { contents } = await read(scene({ sbom: false }));
    expect(contents?.packages).toEqual({ state: 'none', why: 'upstream publishes no SBOM of it' });
    expect(contents?.provenance.state).toBe('agrees');
  });

  test('an image that nothing attests says so', async () => {
    const { contents, places } = await read(scene({ sbom: false, provenance: 'none' }));
    expect(contents?.packages).toEqual({ state: 'none', why: 'upstream attests nothing of it' });
    expect(contents?.provenance).toEqual({ state: 'none', expected: newCommit });
    expect(places.source.manifests).toHaveLength(2);
  });

  test('an earlier image without SBOM is said, and the rest is compared', async () => {
    const { contents } = await read(scene({}, { sbom: false }));
    expect(contents?.packages).toMatchObject({ state: 'no-earlier' });
    expect(contents?.config).not.toEqual([]);
  });

  test('a group that is new has figures and nothing to compare with', async () => {
    const { builder, now } = scene();
    const places = { source: memoryPlace(builder), destination: memoryPlace() };
    const { contents, notes } = await readContents({ image, to: now.digest }, places, { platform: 'linux/amd64' });
    expect(notes).toEqual([]);
    expect(contents).toMatchObject({ config: [], layers: { count: 1, fresh: 1 }, packages: { state: 'no-earlier' } });
    expect(contents?.size).toEqual({ to: expect.any(Number) });
    expect(contents?.provenance).toEqual({ state: 'unknown', named: newCommit });
  });

  test('an old index that the destination has lost is a note', async () => {
    const { builder, now, old } = scene();
    const places = { source: memoryPlace(builder), destination: memoryPlace() };
    const step = { image, from: old.digest, to: now.digest };
    const { contents, notes } = await readContents(step, places, { platform: 'linux/amd64' });
    expect(notes).toMatchObject([{ code: 'evidence/no-earlier', severity: 'warning' }]);
    expect(contents).toMatchObject({ config: [], packages: { state: 'no-earlier' } });
  });

  test('a platform that the index lacks is a note', async () => {
    const { contents, notes } = await read(scene(), { platform: 'linux/s390x' });
    expect(contents).toBeUndefined();
    expect(notes).toMatchObject([{ code: 'evidence/no-platform' }]);
  });

  test('a new index that is gone is an error', async () => {
    const { builder, old } = scene();
    const places = { source: memoryPlace(), destination: memoryPlace(builder) };
    const step = { image, from: old.digest, to: `sha256:${'0'.repeat(64)}` as typeof old.digest };
    await expect(readContents(step, places, { platform: 'linux/amd64' })).rejects.toMatchObject({
      problems: [{ code: 'evidence/moved' }],
    });
  });
});

describe('an attestation that cannot be used', () => {
  const replaced = (statement: Statement, more: object) => ({ ...statement, ...more });
  const cases: readonly (readonly [string, UpstreamImageSpec['damage'], RegExp])[] = [
    ['is no JSON', () => Buffer.from('<html>not found</html>'), /not a JSON object/],
    ['is a list', () => [], /not a JSON object/],
    ['is cut off', (statement) => Buffer.from(JSON.stringify(statement).slice(0, -20)), /not a JSON object/],
    ['is empty', () => Buffer.alloc(0), /not a JSON object/],
    ['is gzip in gzip', (statement) => gzipSync(gzipSync(JSON.stringify(statement))), /compressed by gzip/],
    ['is gzip', (statement) => gzipSync(JSON.stringify(statement)), /compressed by gzip/],
    [
      'is of another subject',
      (one) => replaced(one, { subject: [{ digest: { sha256: '0'.repeat(64) } }] }),
      /another image/,
    ],
    ['has no subject', (one) => replaced(one, { subject: [] }), /another image/],
    ['has a subject that is no list', (one) => replaced(one, { subject: 'x' }), /another image/],
    ['has another predicate', (one) => replaced(one, { predicateType: 'https://evil.example' }), /predicate is not/],
    ['is no statement', (one) => replaced(one, { _type: 'x' }), /not an in-toto statement/],
  ];
  for (const [title, damage, why] of cases) {
    test(`one that ${title}`, async () => {
      const { contents } = await read(scene(damage === undefined ? {} : { damage }));
      expect(contents?.packages).toMatchObject({ state: 'unreadable', why: expect.stringMatching(why) });
      expect(contents?.provenance).toMatchObject({ state: 'unreadable', why: expect.stringMatching(why) });
      expect(contents?.config).not.toEqual([]);
    });
  }

  test('one whose SBOM is no SPDX 2 document', async () => {
    for (const predicate of [null, [], {}, { spdxVersion: 'SPDX-3.0', packages: [] }, { spdxVersion: 'SPDX-2.3' }]) {
      const { contents } = await read(scene({ damage: (statement) => replaced(statement, { predicate }) }));
      expect(contents?.packages.state).toBe('unreadable');
    }
  });

  test('of two SBOMs, the first that can be used counts', async () => {
    const { builder, old, now } = scene();
    const good = memoryPlace(builder);
    const bad = scene({ damage: (one) => replaced(one, { predicate: { spdxVersion: 'SPDX-3.0' } }) });
    const foreign = scene({ damage: (one) => replaced(one, { subject: [] }) });
    for (const { builder: other, now: attested } of [bad, foreign]) {
      const first = sbomOf(other, attested);
      const doubled = withManifest(good.manifest, (text) => {
        const json = JSON.parse(text) as { layers?: unknown[] };
        if (!text.includes('in-toto.io/predicate-type')) return text;
        return JSON.stringify({ ...json, layers: [first, ...(json.layers ?? [])] });
      });
      const source = { manifest: doubled, blob: memoryPlace(builder, other).blob };
      const step = { image, from: old.digest, to: now.digest };
      const { contents } = await readContents(step, { source, destination: good }, { platform: 'linux/amd64' });
      expect(contents?.packages).toMatchObject({ state: 'read', added: [{ name: 'curl' }] });
    }
  });

  test('an attestation whose descriptor says 200 MB is not asked for', async () => {
    const { builder, old, now } = scene();
    const places = { source: memoryPlace(builder), destination: memoryPlace(builder) };
    const huge = withManifest(places.source.manifest, (text) =>
      text.includes('in-toto.io/predicate-type')
        ? text.replace(/"size": \d+(?=,\s+"annotations")/g, '"size": 200000000')
        : text,
    );
    const step = { image, from: old.digest, to: now.digest };
    const { contents } = await readContents(
      step,
      { ...places, source: { ...places.source, manifest: huge } },
      { platform: 'linux/amd64' },
    );
    expect(contents?.packages).toMatchObject({
      state: 'unreadable',
      why: expect.stringMatching(/larger than the 67 MB/),
    });
  });

  test('one of 200 MB whose descriptor lies is read no further than the bound', async () => {
    const { builder, old, now } = scene();
    const places = { source: memoryPlace(builder), destination: memoryPlace(builder) };
    const statements = new Set(
      [...builder.blobs].filter(([, bytes]) => String(bytes).includes('in-toto')).map(([digest]) => digest),
    );
    let given = 0;
    const endless: typeof places.source.blob = (name, ref) =>
      statements.has(ref.digest) ? flood() : places.source.blob(name, ref);
    async function* flood() {
      const chunk = Buffer.alloc(1_000_000, ' ');
      for (; given < 200_000_000; given += chunk.length) yield chunk;
    }
    const step = { image, from: old.digest, to: now.digest };
    const { contents } = await readContents(
      step,
      { ...places, source: { ...places.source, blob: endless } },
      { platform: 'linux/amd64' },
    );
    expect(contents?.packages).toMatchObject({ state: 'unreadable', why: expect.stringMatching(/larger than/) });
    expect(given).toBeLessThan(140_000_000);
  });

  test('bytes of another digest', async () => {
    const { builder, old, now } = scene();
    const places = { source: memoryPlace(builder), destination: memoryPlace(builder) };
    async function* other() {
      yield Buffer.from('{}');
    }
    const step = { image, from: old.digest, to: now.digest };
    const { contents, notes } = await readContents(
      step,
      { ...places, source: { ...places.source, blob: other } },
      { platform: 'linux/amd64' },
    );
    expect(contents?.packages).toMatchObject({ state: 'unreadable', why: expect.stringMatching(/other bytes/) });
    expect(contents?.config).toEqual([]);
    expect(notes).toMatchObject([{ code: 'evidence/wrong-bytes' }]);
  });
});

/** Manifests with another text; their readers do not check the digest, which the port has to. */
/** The layer of the SBOM of an image's first platform. */
function sbomOf(builder: RepositoryBuilder, { digest, children }: UpstreamImage): unknown {
  const json = (of: string) => JSON.parse(String([...builder.manifests].find(([own]) => own === of)?.[1].bytes));
  const child = children.get('linux/amd64');
  const { manifests } = json(digest) as { manifests: { digest: string; annotations?: Record<string, string> }[] };
  const attesting = manifests.find(({ annotations }) => annotations?.['vnd.docker.reference.digest'] === child);
  return (json(attesting?.digest ?? '') as { layers: unknown[] }).layers[0];
}

function withManifest(
  manifest: ReturnType<typeof memoryPlace>['manifest'],
  edit: (text: string) => string,
): ReturnType<typeof memoryPlace>['manifest'] {
  return async (name, digest) => {
    const found = await manifest(name, digest);
    return found && { ...found, bytes: Buffer.from(edit(Buffer.from(found.bytes).toString())) };
  };
}

describe('a manifest or config that cannot be used', () => {
  test('a child that is an index is an error of the registry', async () => {
    const { builder, old } = scene();
    const inner = builder.index(oci.index, []);
    const { digest } = builder.index(oci.index, [{ ...inner, platform: { os: 'linux', architecture: 'amd64' } }]);
    const places = { source: memoryPlace(builder), destination: memoryPlace(builder) };
    const reading = readContents({ image, from: old.digest, to: digest }, places, { platform: 'linux/amd64' });
    await expect(reading).rejects.toMatchObject({ problems: [{ code: 'registry/bad-manifest' }] });
  });

  test('an attestation that is an index is unreadable', async () => {
    const { builder, old, now } = scene({ sbom: false, provenance: 'none' });
    const child = now.children.get('linux/amd64') ?? now.digest;
    const { bytes, mediaType } = builder.manifests.get(child) ?? builder.manifestOf('1.26.7-trixie');
    const attestation = {
      ...builder.index(oci.index, []),
      platform: { os: 'unknown', architecture: 'unknown' },
      annotations: { 'vnd.docker.reference.digest': child, 'vnd.docker.reference.type': 'attestation-manifest' },
    };
    const { digest } = builder.index(oci.index, [
      { digest: child, mediaType, size: bytes.length, platform: { os: 'linux', architecture: 'amd64' } },
      attestation,
    ]);
    const { contents } = await read({ builder, old, now: { ...now, digest } });
    expect(contents?.packages).toEqual({ state: 'unreadable', why: 'its attestation is an index, and not a manifest' });
  });

  test('a config of another type is a note, and the packages are compared', async () => {
    const { builder, old, now } = scene();
    const places = { source: memoryPlace(builder), destination: memoryPlace(builder) };
    const manifest = withManifest(places.source.manifest, (text) =>
      text.replace(oci.config, 'application/vnd.wasm.config.v0+json'),
    );
    const step = { image, from: old.digest, to: now.digest };
    const { contents, notes } = await readContents(
      step,
      { ...places, source: { ...places.source, manifest } },
      { platform: 'linux/amd64' },
    );
    expect(notes).toMatchObject([{ code: 'evidence/bad-config', value: 'application/vnd.wasm.config.v0+json' }]);
    expect(contents?.packages.state).toBe('read');
  });

  test('a single manifest is taken for the image of its own platform', async () => {
    const { builder, old, now } = scene();
    const [from, to] = [old, now].map((one) => one.children.get('linux/amd64') ?? one.digest) as [
      typeof old.digest,
      typeof old.digest,
    ];
    const places = { source: memoryPlace(builder), destination: memoryPlace(builder) };
    const { contents } = await readContents({ image, from, to }, places, { platform: 'linux/amd64' });
    expect(contents?.config).toHaveLength(5);
    expect(contents?.packages.state).toBe('none');
    const other = await readContents({ image, from, to }, places, { platform: 'linux/arm64' });
    expect(other.notes).toMatchObject([{ code: 'evidence/no-platform' }]);
  });
});

test('a rewritten index is read by what upstream publishes', async () => {
  const { builder, old, now } = scene();
  const { contents } = await read(
    { builder, old, now: { ...now, digest: `sha256:${'1'.repeat(64)}` as typeof now.digest } },
    { sources: [now.digest] },
  );
  expect(contents?.packages.state).toBe('read');
});

test('a provenance of another commit differs', async () => {
  for (const provenance of ['v0.2', 'v1'] as const) {
    const { contents } = await read(scene({ provenance }), { expected: oldCommit });
    expect(contents?.provenance).toEqual({ state: 'differs', named: newCommit, expected: oldCommit });
  }
});

test('names of packages are kept as they are, however hostile', async () => {
  const names = ['%5Bx%5D%28http%3A%2F%2Fe%29', '%3Cscript%3E', '%1B%5B31m', '%40octocat', '__proto__'];
  const { contents } = await read(
    scene({ packages: [...(oldSpec.packages ?? []), ...names.map((name) => `pkg:deb/debian/${name}@1`)] }),
  );
  const packages = contents?.packages;
  const added = packages?.state === 'read' ? packages.added.map(({ name }) => name) : [];
  expect(added.sort()).toEqual(['[x](http://e)', '<script>', '\u001b[31m', '@octocat', '__proto__'].sort());
});

test('package URLs that are not valid are counted', async () => {
  const { notes, contents } = await read(
    scene({ packages: ['pkg:x', '%', `pkg:deb/debian/${'a'.repeat(3000)}@1`, openssl('1')] }),
  );
  expect(notes).toMatchObject([{ code: 'evidence/bad-packages', value: '3' }]);
  expect(contents?.packages).toMatchObject({ state: 'read', upgraded: [{ name: 'openssl' }] });
});

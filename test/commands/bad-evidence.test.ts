import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect } from 'vitest';
import { botRights, type ForgeWorld, onGitHub } from '../support/forge-world.ts';
import { gitIn } from '../support/git.ts';
import { oci } from '../support/images/media-types.ts';
import type { Descriptor, RepositoryBuilder } from '../support/images/repository-builder.ts';
import { writeRegistryStorage } from '../support/images/storage.ts';
import {
  addUpstreamImage,
  type Statement,
  type UpstreamImageSpec,
  upstreamRepository,
} from '../support/images/upstream-image.ts';
import { forgeLinks, renderPage } from '../support/markdown-page.ts';
import { type Answer, scriptedServer } from '../support/scripted-server.ts';
import { slowAnswers } from '../support/slow-answers.ts';
import { story } from '../support/story.ts';
import { setWorld } from '../support/world.ts';

const commit = '1'.repeat(40);
const password = 'hunter2-s3cret';
const platforms = ['linux/amd64'];
const hugeBytes = 200_000_000;
const hostile = [
  '%5Bx%5D%28http%3A%2F%2Fevil.example%29',
  '%3Cscript%3E',
  '%1B%5B31mred',
  '%40octocat',
  '%7C%20%60x%60',
];

/** Of each image, where its entry says that it is built, and what is wrong with its second build. */
interface Bad {
  readonly repository?: string;
  readonly spec?: Partial<UpstreamImageSpec>;
  readonly edit?: (child: Descriptor) => object;
  /** The manifest that attests it, as a text. */
  readonly attested?: (text: string) => string;
  readonly statement?: () => Buffer;
}

const annotations = (more: object) => (child: Descriptor) => ({
  ...child,
  annotations: { ...child.annotations, ...more },
});
const damage = (change: (statement: Statement) => Buffer | object): Bad => ({ spec: { damage: change } });
const revision = 'org.opencontainers.image.revision';

const images: Readonly<Record<string, Bad>> = {
  sound: {},
  silent: { spec: { annotated: false } },
  wrong: { edit: annotations({ [revision]: 'HEAD', 'org.opencontainers.image.created': '2026-02-31T00:00:00Z' }) },
  huge: { edit: annotations({ 'org.opencontainers.image.base.name': 'x'.repeat(200_000) }) },
  foreign: { edit: annotations({ 'org.opencontainers.image.url': 'https://hub.docker.com/_/redis' }) },
  based: {
    edit: annotations({
      'org.opencontainers.image.base.name': 'scratch`](http://evil.example)',
      'org.opencontainers.image.base.digest': 'sha256:x',
    }),
  },
  'not-json': damage(() => Buffer.from('<html>not found</html>')),
  'gzip-in-gzip': damage((statement) => gzipSync(gzipSync(JSON.stringify(statement)))),
  subject: damage((statement) => ({ ...statement, subject: [{ digest: { sha256: '0'.repeat(64) } }] })),
  announced: { attested: (text) => text.replace(/"size": \d+(?=,\s+"annotations")/g, `"size": ${hugeBytes}`) },
  sent: {
    spec: { damage: () => Buffer.alloc(hugeBytes, ' ') },
    attested: (text) => text.replaceAll(`"size": ${hugeBytes}`, '"size": 1000'),
  },
  hostile: { spec: { packages: hostile.map((name) => `pkg:npm/${name}@2%1B%5B2J`) } },
  'no-forge': { repository: 'https://git.example.invalid/images.git' },
  secret: { repository: `https://robot:${password}@github.com/acme/images.git` },
};

const libraryFile = (name: string, { repository = `https://github.com/docker-library/${name}.git` }: Bad, at: string) =>
  `Maintainers: A (@a)\nGitRepo: ${repository}\n\nTags: 1\nGitCommit: ${at}\nDirectory: 1\n`;

function edited(builder: RepositoryBuilder, { edit = (child) => child, attested = (text) => text }: Bad): void {
  const index = JSON.parse(builder.manifestOf('1').bytes.toString()) as { manifests: Descriptor[] };
  const children = index.manifests.map((child) => {
    if (child.annotations?.['vnd.docker.reference.type'] === undefined) return edit(child) as Descriptor;
    const manifest = JSON.parse(attested(builder.manifests.get(child.digest)?.bytes.toString() ?? ''));
    return { ...child, ...builder.manifest(oci.manifest, manifest.config, manifest.layers) };
  });
  builder.tags.set('1', builder.index(oci.index, children).digest);
}

function publishBuilds({ world: { source } }: ForgeWorld, build: 1 | 2): void {
  const repositories = Object.entries(images).map(([name, bad]) => {
    const builder = upstreamRepository(`library/${name}`);
    const repository = bad.repository ?? `https://github.com/docker-library/${name}.git`;
    const own = { repository, commit, directory: '1' };
    const packages = [`pkg:deb/debian/openssl@3.5.${build}?distro=debian-13`];
    const spec = { tags: ['1'], platforms, created: '2026-08-17T00:00:00Z', source: own, packages, build };
    addUpstreamImage(builder, { ...spec, ...(build === 2 ? bad.spec : {}) });
    if (build === 2) edited(builder, bad);
    return builder;
  });
  writeRegistryStorage(source.storage, repositories);
}

/** Each step begins where the one before ended. */
describe('bad evidence is said, and the rest is told', () => {
  const step = story();
  let all: ForgeWorld;
  const review = (text: string) => {
    const path = join(all.world.mirror, 'mirrors.yaml');
    writeFileSync(path, `${readFileSync(path, 'utf8').replace(/^review:.*\n/m, '')}review: ${text}\n`);
  };
  const changes = async (...args: string[]) => all.run(['changes', ...args]);
  interface Told {
    readonly evidence: {
      readonly groups: readonly { image: string; cause?: string; compare?: string; notes?: { code: string }[] }[];
      readonly inside: readonly { image: string; contents: { packages: { state: string; why?: string } } }[];
      readonly vulnerabilities?: readonly { found: { state: string; problem?: { code: string } } }[];
    };
  }
  let told: Told;
  const packagesOf = (image: string) => told.evidence.inside.find((one) => one.image === image)?.contents.packages;
  const groupOf = (image: string) => told.evidence.groups.find((one) => one.image === image);

  beforeAll(async () => {
    const library = Object.fromEntries(
      Object.entries(images).map(([name, bad]) => [name, libraryFile(name, bad, commit)]),
    );
    all = await onGitHub(await setWorld({ images: '{include: ["*"]}\n', library }), botRights);
    publishBuilds(all, 1);
    await all.run(['lock']);
    await all.run(['render']);
    await all.run(['apply']);
    await all.commit('Begin');
    publishBuilds(all, 2);
    all.world.upstream.write('secret', libraryFile('secret', images['secret'] ?? {}, '2'.repeat(40)));
    await all.world.upstream.commit('Update secret');
    await all.run(['lock']);
    review('{evidence: contents, share: 100%}');
  });

  step('of each image, in one run', async () => {
    told = JSON.parse((await changes('--evidence', 'contents', '--json')).stdout) as Told;
    expect(groupOf('sound')).toMatchObject({ cause: 'neither' });
    expect(packagesOf('sound')).toMatchObject({ state: 'read', upgraded: [{ name: 'openssl' }] });
    const codes = (image: string) => (groupOf(image)?.notes ?? []).map(({ code }) => code);
    expect(['silent', 'wrong', 'huge', 'foreign', 'based'].map((image) => [image, codes(image)])).toEqual([
      ['silent', ['evidence/no-annotations']],
      ['wrong', ['evidence/bad-annotation', 'evidence/bad-annotation']],
      ['huge', ['evidence/bad-annotation']],
      ['foreign', ['evidence/foreign-annotation']],
      ['based', ['evidence/bad-annotation']],
    ]);
  });

  step('attestations that cannot be used, of 200 MB announced or sent too', async () => {
    const why = (image: string) => ({ image, ...packagesOf(image) });
    expect(['not-json', 'gzip-in-gzip', 'subject', 'announced', 'sent'].map(why)).toEqual([
      { image: 'not-json', state: 'unreadable', why: expect.stringMatching(/not a JSON object/) },
      { image: 'gzip-in-gzip', state: 'unreadable', why: expect.stringMatching(/compressed by gzip/) },
      { image: 'subject', state: 'unreadable', why: expect.stringMatching(/another image/) },
      { image: 'announced', state: 'unreadable', why: expect.stringMatching(/larger than/) },
      { image: 'sent', state: 'unreadable', why: expect.stringMatching(/larger than|another size|bytes/) },
    ]);
  });

  step('addresses of no forge have no link, and a login in one is nowhere', async () => {
    expect(groupOf('no-forge')).not.toHaveProperty('compare');
    expect(groupOf('secret')?.compare).toMatch(/^https:\/\/github\.com\/acme\/images\/compare\//);
    const written = await update();
    const texts = await Promise.all([changes(), changes('--format', 'markdown'), changes('--json'), all.run(['diff'])]);
    const output = [...texts.flatMap(({ stdout, stderr }) => [stdout, stderr]), JSON.stringify(told), written].join(
      '\n',
    );
    expect(output).toContain('github.com/acme/images');
    expect(output).not.toContain(password);
    const kept = join(all.world.home, 'cache', 'manifests');
    const files = readdirSync(kept).filter((name) => statSync(join(kept, name)).size < 1_000_000);
    expect(
      files.filter((name) => readFileSync(join(kept, name)).includes(password) && name.startsWith('evidence-')),
    ).toEqual([]);
  });

  step('names of packages that are Markdown, HTML or escapes stay names', async () => {
    const body = await update();
    const page = renderPage(body);
    expect(page.text).toContain('hostile:1');
    expect(forgeLinks(page)).toEqual([]);
    const hrefs = page.elements.flatMap(({ attributes: { href } }) => href ?? []);
    expect(hrefs.filter((href) => href.includes('evil'))).toEqual([]);
    expect(page.elements.map(({ name }) => name)).not.toContain('script');
    const text = (await changes('--evidence', 'contents')).stdout;
    expect(text).toContain('<script>');
    expect([body, text].join('')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });

  step('an OSV that refuses, or answers anything else, is said', async () => {
    const answers: readonly (readonly [Answer, string])[] = [
      [{ status: 403 }, 'osv/refused'],
      [{ status: 500 }, 'osv/refused'],
      [{ headers: { 'content-type': 'text/html' }, body: '<html>' }, 'osv/bad-answer'],
      [{ body: '{"vulns": []}' }, 'osv/bad-answer'],
      [(response) => void response.end(Buffer.alloc(40_000_000, 32)), 'osv/unreachable'],
    ];
    let answer: Answer = {};
    const server = await scriptedServer(() => answer);
    for (const [given, code] of answers) {
      answer = given;
      await expectUnanswered(server.host, code);
    }
    await server.close();
    await expectUnanswered(server.host, 'osv/unreachable');
  });

  step('an OSV that is slow is said after its time, and the rest is told', async () => {
    let answer: Answer = {};
    const server = await scriptedServer(() => answer);
    for (const given of Object.values(slowAnswers)) {
      answer = given;
      await expectUnanswered(server.host, 'osv/slow', ', timeout: 1s');
    }
    const text = (await changes('--evidence', 'contents')).stdout;
    expect(text).toContain('not known, OSV did not answer all questions in 1 s');
    // One for each run: what was not answered once is not asked for the other images.
    expect(server.seen).toHaveLength(Object.keys(slowAnswers).length + 1);
    await server.close();
  });

  async function expectUnanswered(host: string, code: string, more = ''): Promise<void> {
    review(`{evidence: contents, share: 100%, vulnerabilities: {osv: "http://${host}", failOn: low${more}}}`);
    const { stdout } = await changes('--evidence', 'contents', '--json');
    const { evidence } = JSON.parse(stdout) as Told;
    const [first] = evidence.vulnerabilities ?? [];
    expect(first?.found).toMatchObject({ state: 'unanswered', problem: { code } });
    expect(evidence.groups).toHaveLength(Object.keys(images).length);
  }

  step('an upstream commit that is gone, as by a rewritten history, is said', async () => {
    const upstreamGit = gitIn(all.world.upstream.path);
    await upstreamGit('commit', '--quiet', '--amend', '--message=Rewritten', '--reset-author');
    await upstreamGit('reflog', 'expire', '--expire=now', '--all');
    await upstreamGit('gc', '--quiet', '--prune=now');
    rmSync(join(all.world.home, 'cache', 'upstream'), { recursive: true });
    review('{evidence: contents, share: 100%}');
    const { stdout, stderr } = await changes('--evidence', 'contents', '--json');
    const after = JSON.parse(stdout) as Told;
    expect(`${stdout}${stderr}`).toContain('evidence/upstream');
    expect(after.evidence.groups.find(({ image }) => image === 'sound')).toMatchObject({ cause: 'neither' });
  });

  /** What the pull request says. */
  async function update(): Promise<string> {
    await all.git('stash', '--quiet');
    await all.git('stash', 'drop', '--quiet');
    review('{evidence: contents, share: 100%}');
    await all.commit('Review');
    await all.run(['update']);
    await all.run(['lock']);
    return all.repository.thread(1).body ?? '';
  }
});

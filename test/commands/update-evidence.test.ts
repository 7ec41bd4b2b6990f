import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect } from 'vitest';
import { botRights, type ForgeWorld, onGitHub } from '../support/forge-world.ts';
import { writeRegistryStorage } from '../support/images/storage.ts';
import { addUpstreamImage, upstreamRepository } from '../support/images/upstream-image.ts';
import { renderPage } from '../support/markdown-page.ts';
import { reportFaults } from '../support/report-schemas.ts';
import { type Answer, scriptedServer } from '../support/scripted-server.ts';
import { slowAnswers } from '../support/slow-answers.ts';
import { story } from '../support/story.ts';
import { setWorld } from '../support/world.ts';

const [one, two] = ['1', '2'].map((digit) => digit.repeat(40)) as [string, string];
const platforms = ['linux/amd64'];
const repositoryOf = (image: string) => `https://github.com/docker-library/${image}.git`;
const entry = (tag: string, commit: string) => `Tags: ${tag}\nGitCommit: ${commit}\nDirectory: ${tag}`;
const file = (image: string, ...entries: string[]) =>
  `${[`Maintainers: A (@a)\nGitRepo: ${repositoryOf(image)}`, ...entries].join('\n\n')}\n`;
const library = {
  debian: file('debian', entry('trixie', one)),
  'buildpack-deps': file('buildpack-deps', entry('trixie-scm', one)),
  golang: file('golang', entry('1.27-trixie', one), entry('1.26-trixie', one)),
};

interface Builds {
  readonly debian: number;
  readonly openssl: string;
  /** Of golang 1.27. */
  readonly commit?: string;
}

/** Publishes debian, buildpack-deps on it, and golang on that. */
function publishBuilds({ world: { source } }: ForgeWorld, { debian, openssl, commit = one }: Builds): void {
  const created = `2026-08-${10 + debian}T00:00:00Z`;
  const spec = (image: string, tag: string, revision = one) => ({
    ...{
      tags: [tag],
      platforms,
      created,
      source: { repository: repositoryOf(image), commit: revision, directory: tag },
    },
  });
  const repositories = ['debian', 'buildpack-deps', 'golang'].map((name) => upstreamRepository(`library/${name}`));
  const [bases, deps, golang] = repositories as [
    (typeof repositories)[0],
    (typeof repositories)[0],
    (typeof repositories)[0],
  ];
  const packages = [`pkg:deb/debian/openssl@${openssl}?distro=debian-13`, 'pkg:deb/debian/zlib@1?distro=debian-13'];
  const base = addUpstreamImage(bases, { ...spec('debian', 'trixie'), build: debian, packages });
  const scm = addUpstreamImage(deps, { ...spec('buildpack-deps', 'trixie-scm'), base });
  for (const [tag, revision] of [
    ['1.27-trixie', commit],
    ['1.26-trixie', one],
  ] as const)
    addUpstreamImage(golang, {
      ...spec('golang', tag, revision),
      base: scm,
      config: { Env: [`GOLANG=${revision[0]}`] },
    });
  writeRegistryStorage(source.storage, repositories);
}

/** A critical vulnerability of Debian's openssl, as OSV has it. */
function vulnerability(id: string, introduced: string, fixed?: string) {
  const events = [{ introduced }, ...(fixed === undefined ? [] : [{ fixed }])];
  const affected = [{ package: { ecosystem: 'Debian:13', name: 'openssl' }, ranges: [{ type: 'ECOSYSTEM', events }] }];
  const severity = [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }];
  return { schema_version: '1.7.3', id, modified: '2026-08-01T00:00:00Z', severity, affected };
}

function writeOsv({ world }: ForgeWorld, record: ReturnType<typeof vulnerability>): void {
  const folder = join(world.mirror, 'osv', 'Debian');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${record.id}.json`), JSON.stringify(record));
}

/** Each step begins where the one before ended. */
describe('the text of the pull request says why', () => {
  const step = story();
  let all: ForgeWorld;
  const body = () => all.repository.thread(1).body ?? '';
  const cache = () => join(all.world.home, 'cache');
  const pulls = () => all.world.source.counts().manifestGet;

  /** Text that is made now says ages, which a pull request does not. */
  const ageless = (text: string) => {
    expect(text).toMatch(/built on 2026-08-12, \d+ days old/);
    return text.replace(/, \d+ days old/, '');
  };

  const review = async (text: string) => {
    const path = join(all.world.mirror, 'mirrors.yaml');
    writeFileSync(path, `${readFileSync(path, 'utf8').replace(/^review:.*\n/m, '')}review: ${text}\n`);
    await all.commit(`Review by ${text}`);
  };

  const isLeftAlone = async () => {
    const before = body();
    all.world.source.reset();
    expect(await all.json(['update'])).toMatchObject({
      written: false,
      requests: { writes: 0 },
      decision: 'a change and an open PR whose content equals',
    });
    expect([body(), pulls()]).toEqual([before, 0]);
  };

  /** Checks what merging would give, as CI does. */
  const checkMerged = async (code: number, args: readonly string[] = []) => {
    await all.git('fetch', '--quiet', 'origin', 'main', 'mirrorlock/update');
    await all.git('checkout', '--quiet', '--detach', 'origin/main');
    await all.git('merge', '--quiet', '--message=Merge', 'origin/mirrorlock/update');
    const result = await all.json(['check', '--against', 'origin/main', ...args], code);
    await all.git('checkout', '--quiet', 'main');
    return result;
  };

  /** What the pull request says of the base; its size is that of what is built here. */
  let inside: string;
  const line = 'debian:trixie rebuilt, built on 2026-08-12 → 2 groups of 2 images: buildpack-deps, golang';

  beforeAll(async () => {
    const world = await setWorld({ images: '{include: ["*"]}\n', library });
    all = await onGitHub(world, botRights);
    publishBuilds(all, { debian: 1, openssl: '3.5.1-1' });
    await all.run(['lock']);
    await all.run(['render']);
    await all.run(['apply']);
    await all.commit('Begin');
  });

  step('by git: which Dockerfiles changed, with the compare view, and what was built again, at no pull', async () => {
    all.world.upstream.write('golang', all.world.upstream.read('golang').replace(one, two));
    await all.world.upstream.commit('Update golang to @everyone #12 <b>');
    publishBuilds(all, { debian: 2, openssl: '3.5.2-1', commit: two });
    all.world.source.reset();
    expect(await all.json(['update'])).toMatchObject({ written: true, pullRequest: { number: 1 } });
    expect(pulls()).toBe(0);
    const page = renderPage(body());
    expect(page.text).toContain(
      'The same Dockerfile, built again → 3 groups of 3 images: buildpack-deps, debian, golang',
    );
    expect(page.text).toContain('golang, whose Dockerfile changed: 1 group (1.27-trixie): changes of its source');
    const compare = `https://github.com/docker-library/golang/compare/${one}...${two}`;
    expect(page.elements).toContainEqual(expect.objectContaining({ name: 'a', attributes: { href: compare } }));
    await isLeftAlone();
  });

  step('by the indexes: the base that moved first, which other bases only pass on', async () => {
    await review('{evidence: index, share: 100%}');
    all.world.source.reset();
    expect(await all.json(['update'])).toMatchObject({ written: true });
    expect(pulls()).toBe(4);
    const { text } = renderPage(body());
    expect(text).toContain('debian:trixie rebuilt, built on 2026-08-12 → 2 groups of 2 images: buildpack-deps, golang');
    expect(text).toContain('The same Dockerfile and base, built again → debian, 1 group (trixie)');
    expect(text).toContain('golang, whose Dockerfile changed: 1 group (1.27-trixie)');
    await isLeftAlone();
  });

  step('by the contents: packages and settings, the followers of a base with the base', async () => {
    await review('{evidence: contents, share: 100%}');
    expect(await all.json(['update'])).toMatchObject({ written: true });
    const { text } = renderPage(body());
    expect(text).toContain(
      'debian:trixie (and 2 groups on it): 1 package with another version: openssl 3.5.1-1 → 3.5.2-1;',
    );
    expect(text).toContain('golang:1.27-trixie: environment GOLANG 1 → 2;');
    inside = /^debian:trixie \(and 2 groups on it\): .*$/m.exec(text)?.[0] ?? '';
    expect(inside).toMatch(/; [\d.]+ kB, as before, 1 of 1 layer new$/);
    await isLeftAlone();
  });

  step('update, check, diff and changes use the same words, from the cache and asking nobody', async () => {
    const summary = join(all.world.home, 'summary.md');
    const destination = () => all.world.destination.counts();
    all.world.source.reset();
    all.world.destination.reset();
    await all.run(['update', '--summary', summary]);
    expect(renderPage(readFileSync(summary, 'utf8')).text).toContain(line);
    expect(renderPage(readFileSync(summary, 'utf8')).text).toContain(inside);
    rmSync(summary);
    await checkMerged(0, ['--summary', summary]);
    expect(ageless(renderPage(readFileSync(summary, 'utf8')).text)).toContain(line);
    const compared = ['origin/main', 'origin/mirrorlock/update'];
    const text = (await all.run(['diff', ...compared])).stdout;
    expect(ageless(text.replaceAll('`', ''))).toContain(`Rebuilt\n  ${line}`);
    expect(text.replaceAll('`', '')).toContain(
      `What changed inside\n  ${inside}\n  golang:1.27-trixie: environment GOLANG 1 → 2;`,
    );
    expect(text).toContain('\n  = trixie  ');
    expect(text).toMatch(/\nMarks: = rebuilt\n$/);
    const page = renderPage((await all.run(['diff', '--format', 'markdown', ...compared])).stdout);
    expect(ageless(page.text)).toContain(line);
    expect(page.text).toContain(inside);
    expect(page.elements.filter(({ name }) => name === 'table')).toHaveLength(3);
    const told = await all.json(['changes', ...compared]);
    const said = (await all.run(['changes', ...compared])).stdout;
    const words = said.replaceAll('`', '');
    expect(words).toContain(inside);
    expect(words).toContain(`What merging does\n  Destinations: main at ${all.world.destination.host}/mirror\n`);
    expect(words).toContain(
      '  Merging: apply copies 4 groups and puts 4 tags at each destination; it deletes nothing.\n',
    );
    expect(words).toMatch(/ {2}Pulls at the source: at least 4 counted pulls, about \d+\.\n/);
    expect(told).toMatchObject({ merging: { groups: 4, tags: 4, pulls: { atLeast: 4 } } });
    expect(told).toMatchObject({
      rebuilds: [{ cause: { kind: 'base', name: 'debian:trixie', change: 'rebuilt' } }, {}, {}],
    });
    expect(await all.json(['diff', ...compared])).toMatchObject({
      schema: 'mirrorlock/diff/v2',
      changes: { schema: 'mirrorlock/changes/v1', rebuilds: told['rebuilds'] },
    });
    // Reading less does not forget what was read.
    await all.run(['changes', '--evidence', 'git', ...compared]);
    expect((await all.run(['changes', ...compared])).stdout).toBe(said);
    expect([pulls(), destination().manifestGet]).toEqual([0, 0]);
  });

  step('what is damaged in the cache says nothing, and what is not known is said once', async () => {
    const compared = ['origin/main', 'origin/mirrorlock/update'];
    const kept = readdirSync(join(cache(), 'manifests')).filter((name) => name.startsWith('evidence-'));
    expect(kept.length).toBeGreaterThan(0);
    const other = join(all.world.home, 'other');
    mkdirSync(join(other, 'manifests'), { recursive: true });
    for (const [index, name] of kept.entries()) {
      const text = readFileSync(join(cache(), 'manifests', name), 'utf8');
      const damaged = [text.slice(0, -9), text.replaceAll('"cause"', '"causes"'), '', '[]', 'null'][index % 5] ?? '';
      writeFileSync(join(other, 'manifests', name), damaged);
    }
    const { stdout } = await all.run(['diff', ...compared], 0, { MIRRORLOCK_CACHE: other });
    expect(stdout).not.toContain('rebuilt, built on');
    expect(stdout.match(/Why groups were rebuilt: the cache has nothing of it/g)).toHaveLength(1);
    expect(existsSync(join(other, 'upstream'))).toBe(false);
  });

  step('by OSV: vulnerabilities gone and new, with links, and check fails', async () => {
    for (const record of [vulnerability('CVE-2026-0001', '0', '3.5.2-1'), vulnerability('CVE-2026-0002', '3.5.2-1')])
      writeOsv(all, record);
    await review('{evidence: contents, share: 100%, vulnerabilities: {osv: ./osv, failOn: high}}');
    expect(await all.json(['update'])).toMatchObject({ written: true });
    const page = renderPage(body());
    expect(page.text).toContain(
      'debian:trixie: 1 gone, 1 new; new: CVE-2026-0002 (critical); gone: CVE-2026-0001 (critical)',
    );
    expect(page.text).toContain('New vulnerabilities: debian: trixie has CVE-2026-0002.');
    const href = 'https://osv.dev/vulnerability/CVE-2026-0002';
    expect(page.elements).toContainEqual(expect.objectContaining({ name: 'a', attributes: { href } }));
    await isLeftAlone();
    const known = await all.run(['changes', 'origin/main', 'origin/mirrorlock/update']);
    expect(known.stdout.replaceAll('`', '')).toContain(
      'debian:trixie: 1 gone, 1 new; new: CVE-2026-0002 (critical); gone: CVE-2026-0001 (critical)',
    );
    // Without a severity, `failOn` decides nothing.
    writeOsv(all, { ...vulnerability('CVE-2026-0002', '3.5.2-1'), severity: [] });
    expect(await checkMerged(0)).toMatchObject({
      problems: expect.arrayContaining([
        expect.objectContaining({
          ...{ code: 'check/unknown-severity', severity: 'warning' },
          value: 'debian:trixie CVE-2026-0002, golang:1.27-trixie CVE-2026-0002',
        }),
      ]),
    });
    writeOsv(all, vulnerability('CVE-2026-0002', '3.5.2-1'));
    expect(await checkMerged(3)).toMatchObject({
      current: false,
      problems: expect.arrayContaining([
        expect.objectContaining({
          code: 'check/vulnerabilities',
          value: 'debian:trixie CVE-2026-0002 (critical), golang:1.27-trixie CVE-2026-0002 (critical)',
        }),
      ]),
    });
  });

  step('an OSV that is not there is said, and no reason to fail', async () => {
    await review('{evidence: contents, share: 100%, vulnerabilities: {osv: ./nowhere, failOn: high}}');
    expect(await all.json(['update'])).toMatchObject({ written: true });
    expect(renderPage(body()).text).toContain(
      'debian:trixie: not known, The folder with the files of OSV is not there',
    );
    expect(await checkMerged(0)).toMatchObject({
      current: true,
      problems: expect.arrayContaining([
        expect.objectContaining({
          ...{ code: 'osv/folder', severity: 'warning' },
          message: expect.stringContaining('`failOn` is not checked'),
        }),
      ]),
    });
  });

  step('an OSV that hangs or drips is said after its time, and no reason to fail', async () => {
    let answer: Answer = slowAnswers['sends a body drop by drop'];
    const server = await scriptedServer(() => answer);
    const osv = `{osv: "http://${server.host}", failOn: high, timeout: 1s}`;
    await review(`{evidence: contents, share: 100%, vulnerabilities: ${osv}}`);
    expect(await all.json(['update'])).toMatchObject({ written: true });
    const { text } = renderPage(body());
    expect(text).toContain('debian:trixie: not known, OSV did not answer all questions in 1 s');
    expect(text).toContain('golang:1.27-trixie: environment GOLANG 1 → 2;');
    answer = slowAnswers['never answers'];
    expect(await checkMerged(0)).toMatchObject({
      current: true,
      problems: expect.arrayContaining([
        expect.objectContaining({
          ...{ code: 'osv/slow', severity: 'warning' },
          message: expect.stringContaining('`failOn` is not checked'),
        }),
      ]),
    });
    await server.close();
  });

  step('a share of nothing reads nothing, and says so', async () => {
    await review('{evidence: contents, share: 0%, vulnerabilities: {osv: ./osv, failOn: high}}');
    renameSync(cache(), `${cache()}.kept`);
    all.world.source.reset();
    expect(await all.json(['update'])).toMatchObject({ written: true });
    expect(pulls()).toBe(0);
    expect(renderPage(body()).text).toContain(
      '4 groups not read: the share of 0 counted pulls is used up (review.share).',
    );
    expect(await checkMerged(0)).toMatchObject({
      current: true,
      problems: expect.arrayContaining([expect.objectContaining({ code: 'check/not-read' })]),
    });
    rmSync(cache(), { recursive: true });
    renameSync(`${cache()}.kept`, cache());
  });

  step('and apply asks for nothing again that update has read, and says what it brought', async () => {
    await all.repository.merge(1, 'alice');
    await all.git('fetch', '--quiet', 'origin');
    await all.git('reset', '--hard', '--quiet', 'origin/main');
    all.world.source.reset();
    const reports = ['md', 'json'].map((type) => join(all.world.home, `report.${type}`)) as [string, string];
    // As in CI, where the jobs of an apply find only the manifests.
    rmSync(join(cache(), 'upstream'), { recursive: true });
    const applied = await all.run(['apply', '--report', ...reports]);
    expect(applied.stdout).toMatch(/^Since [0-9a-f]{12}: buildpack-deps, debian, golang: 4 groups rebuilt$/m);
    const { text } = renderPage(readFileSync(reports[0], 'utf8'));
    expect(text).toMatch(/Applied to .*4 groups copied.*Applied since [0-9a-f]{12}/s);
    expect(ageless(text)).toContain(line);
    expect(text).toContain(inside);
    // Of an OSV that answered once, not that later ones did not.
    expect(text).toContain('debian:trixie: 1 gone, 1 new; new: CVE-2026-0002 (critical)');
    const report = JSON.parse(readFileSync(reports[1], 'utf8'));
    expect(reportFaults(report)).toEqual([]);
    expect(report).toMatchObject({ changes: { counts: { rebuilt: 4 } } });
    expect((await all.run(['apply'])).stdout).not.toContain('Since ');
    // The children and attestations of the two images that nobody looked into; all else is there.
    const { manifestGet, distinctManifestsGot } = all.world.source.counts();
    expect([manifestGet, distinctManifestsGot]).toEqual([4, 4]);
    expect(all.world.destination.counts().manifestPut).toBeGreaterThan(4);
  });
});

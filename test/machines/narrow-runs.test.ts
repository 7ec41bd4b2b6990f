import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { clientNames } from '../../src/clients/types.ts';
import { botRights, type ForgeWorld, onGitHub } from '../support/forge-world.ts';
import { gitIn } from '../support/git.ts';
import { everything, tinyLibrary } from '../support/tiny-library.ts';
import { publish, setWorld, type World } from '../support/world.ts';
import { forShortReader, hasScript, type Line, onNarrowTerminal, terminals } from './narrow.ts';

let all: ForgeWorld;
let world: World;

/** Real runs, each of which has something to say. The destination has nothing until `apply`. */
const lines: readonly Line[] = [
  ['plan', 0],
  ['plan --detailed-exitcode', 3],
  ['plan --matrix', 0],
  ['verify', 3],
  ['apply --unreviewed', 0],
  ['apply', 0],
  ['verify --deep', 0],
  ['verify --extra --at HEAD', 3],
  ['diff', 0],
  ['changes', 0],
  ['changes HEAD~1 HEAD --format markdown', 0],
  ['changes --format json', 0],
  ['states', 0],
  ['prune --dry-run -C merged', 0],
  ['prune --dry-run', 2],
  ['budget', 0],
  ['doctor', 1],
  ['suggest mirror/Dockerfile', 0],
  ['compare', 0],
  ['catalog --out catalog', 0],
  ['lock --check', 0],
  ['lock', 0],
  ['render', 0],
  ['check', 0],
  ['update --dry-run', 0],
  ['where alpine:3.24', 0],
  ['where alpine:3.23', 3],
  ['ls alpine', 0],
  ['simulate --since 2026-01-01', 0],
  ['export exported', 0],
];

const day = 86_400_000;

/** Commits the work tree as of so many days ago. */
async function commit(daysAgo: number): Promise<void> {
  const date = new Date(Date.now() - daysAgo * day).toISOString();
  const git = gitIn(world.mirror, { name: 'alice', email: 'alice@example.invalid', date });
  await git('add', '--all');
  await git('commit', '--quiet', '--message=Lock');
  await git('push', '--quiet', all.repository.git.folder, 'HEAD:main');
  const message = '--message=All that mirrors.lock.yaml names is at: main';
  await git('tag', '--annotate', message, `mirrored/${daysAgo}-days-ago`);
}

beforeAll(async () => {
  world = await setWorld({ images: everything, library: tinyLibrary });
  all = await onGitHub(world, botRights);
  const file = join(world.mirror, 'mirrors.yaml');
  const more = 'policy: {dropped: prune, prune: {atMost: {percent: 100}}}\nci: {provider: github}\n';
  writeFileSync(
    file,
    `${readFileSync(file, 'utf8').replace(/insecure: true}\nimages/, 'insecure: true, exclusive: true}\nimages')}\n${more}`,
  );
  writeFileSync(join(world.mirror, 'Dockerfile'), 'FROM alpine:3.24\nRUN true\nFROM alpine:3.20\nFROM nginx:1\n');
  await all.run(['lock']);
  await all.run(['render']);
  await commit(60);
  // 3.23 ends, 3.24.2 is rebuilt in git, and 3.25 is announced and not published.
  world.upstream.write('alpine', `${tinyLibrary.alpine.split('\n\n').slice(0, 2).join('\n\n')}\n`);
  await world.upstream.commit('End 3.23');
  await all.run(['lock']);
  await all.run(['render']);
  await commit(40);
  world.upstream.release('alpine', '3.24.1', '3.24.2');
  const pending = `\nTags: 3.25.0, 3.25\nArchitectures: amd64\nGitCommit: ${'5'.repeat(40)}\nDirectory: 3.25\n`;
  world.upstream.write('alpine', `${world.upstream.read('alpine')}${pending}`);
  await world.upstream.commit('Release alpine 3.24.2');
  publish(world.upstream, world.source, { isPending: (_, tag) => tag.startsWith('3.25'), rebuilt: ['busybox'] });
  await all.run(['lock']);
  await gitIn(world.home)('clone', '--quiet', world.mirror, 'merged');
});

/** The destination is empty, and the rendered files are those of an earlier lockfile. */
beforeEach(async () => {
  await all.git('checkout', '--quiet', '--', 'sync');
  rmSync(join(world.destination.storage, 'docker/registry/v2/repositories'), { recursive: true, force: true });
});

const dumb = { TERM: 'dumb' };
const show = (line: Line, whole?: string) => onNarrowTerminal(world, line, { ...all.environment, ...dumb }, whole);

describe.skipIf(!hasScript)('real runs, 40 columns (skipped where script(1) of util-linux is absent)', () => {
  // The third is as the first but for the words of a locale, which none of these has.
  test.each(terminals.slice(0, 2))('%s', { timeout: 300_000 }, async (_, env) => {
    for (const line of lines) await onNarrowTerminal(world, line, { ...all.environment, ...env });
  });

  test.each(clientNames)('client-config %s: its files stay as they are, and its commands work', async (client) => {
    const { destinations } = await all.json(['client-config', client]);
    const [{ files, try: commands }] = destinations as [{ files: { text: string }[]; try: string[] }];
    const texts = files.map(({ text }) => text.trimEnd());
    const shown = await show([`client-config ${client}`, 0], texts.join('\n'));
    for (const text of texts) expect(shown).toContain(`\n${text}\n`);
    // Joined as a shell joins them.
    const joined = shown.replaceAll(/ \\\n +/g, ' ');
    for (const command of commands) expect(joined).toContain(`  ${command}`);
  });

  test('where: what is pulled can be copied', async () => {
    const shown = await show(['where alpine:3.24', 0]);
    const joined = shown.replaceAll(/ \\\n +/g, ' ');
    expect(joined).toMatch(/docker pull \S+\/alpine:3\.24$/m);
    expect(joined).toMatch(/FROM \S+\/alpine:3\.24@sha256:\w{64}$/m);
  });

  test('render --check: its difference can be applied', async () => {
    const { stdout } = await all.run(['render', '--check'], 3);
    const patch = join(world.home, 'shown.patch');
    writeFileSync(patch, (await show(['render --check', 3], stdout)).replace(/^\d+ rendered files.*\n?/m, ''));
    await all.git('apply', patch);
    expect((await all.run(['render', '--check'])).stdout).toBe('The rendered files are up to date.\n');
  });

  test.each(['plan --matrix', 'plan --json -q', 'changes --format json -q', 'diff --format json -q'])(
    '%s: its JSON stays JSON',
    async (line) => {
      const shown = await show([line, 0]);
      expect(JSON.parse(shown.slice(shown.indexOf('{')))).toBeTypeOf('object');
    },
  );

  test('suggest: its rules can be copied', async () => {
    const { yaml } = JSON.parse((await all.run(['suggest', join(world.mirror, 'Dockerfile'), '--json'])).stdout);
    expect(await show(['suggest mirror/Dockerfile', 0], yaml)).toContain(`\n${yaml.trimEnd()}\n`);
  });
});

test('real runs for a reader that closes early', { timeout: 300_000 }, async () => {
  for (const line of lines) await forShortReader(world, line, all.environment);
});

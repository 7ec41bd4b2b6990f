import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Rule } from '../../src/config/types.ts';
import { parseImageName, parseTag } from '../../src/core/names.ts';
import { explain } from '../../src/select/explain.ts';
import { select } from '../../src/select/select.ts';
import { tagVersion } from '../../src/select/tag-version.ts';
import type { Selection } from '../../src/select/types.ts';
import { readLibraryFile } from '../../src/upstream/reader.ts';
import type { Library, UpstreamImage } from '../../src/upstream/types.ts';
import { gitSyncIn } from '../support/git.ts';
import { exclude, include } from '../support/selection.ts';

const bundle = fileURLToPath(new URL('../../../shared/data/official-images.bundle', import.meta.url));
const isAbsent = !existsSync(bundle);

/** The library at the tip of a branch of the bundle, without the files that are refused. */
function readTip(folder: string, branch: string): Library {
  gitSyncIn(folder)('checkout', '--quiet', `origin/${branch}`);
  const images = readdirSync(join(folder, 'library')).flatMap((name): UpstreamImage[] => {
    const reading = readLibraryFile(readFileSync(join(folder, 'library', name), 'utf8'));
    return reading.kind === 'read'
      ? [{ name: parseImageName(name), entryCount: reading.entryCount, groups: reading.groups }]
      : [];
  });
  return { commit: { repository: bundle, sha: '0'.repeat(40) }, images, refusals: [] };
}

function tagsOf({ images }: Selection): string[] {
  return images.flatMap(({ image, groups }) => groups.flatMap(({ wanted }) => wanted.map((tag) => `${image}:${tag}`)));
}

function selected(library: Library, rules: readonly Rule[]): Selection {
  const kind = (wanted: Rule['kind']) => rules.filter((rule) => rule.kind === wanted);
  return select(library, { include: kind('include'), exclude: kind('exclude') });
}

describe.skipIf(isAbsent)(
  `select over the real library (needs ${isAbsent ? 'the absent ' : ''}official-images.bundle)`,
  () => {
    let folder: string;
    let master: Library;
    let old: Library;

    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'mirrorlock-select-'));
      gitSyncIn('.')('clone', '--quiet', '--no-checkout', bundle, folder);
      master = readTip(folder, 'master');
      old = readTip(folder, '2021-02');
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    test('everything is every tag', () => {
      expect(tagsOf(selected(master, [include('*')]))).toHaveLength(9849);
      expect(tagsOf(selected(old, [include('*')]))).toHaveLength(5105);
    });

    test('of the rules of an everyday mirror each tag is what it should be', () => {
      const { images, warnings } = selected(master, [
        include('python', { versions: ['>=3.13'], tags: ['*-slim-bookworm'] }),
        include('debian', { tags: ['12*', 'bookworm*'] }),
        exclude('*', { tags: ['*-backports', 'bookworm-2*'] }),
      ]);
      expect(warnings).toEqual([]);
      expect(images.map(({ image }) => image)).toEqual(['debian', 'python']);
      expect(images[0]?.groups.map(({ wanted }) => wanted.map((tag) => tag.replace(/12\.\d+/, '12.N')))).toEqual([
        ['bookworm', '12.N', '12'],
        ['bookworm-slim', '12.N-slim', '12-slim'],
      ]);
      for (const { wanted } of images[1]?.groups ?? []) {
        for (const tag of wanted) expect(tag).toMatch(/^3\.1[3-9](\.\d+)?-slim-bookworm$/);
      }
    });

    test('a range takes no tag that says of itself to be a pre-release', () => {
      for (const library of [master, old]) {
        const tags = tagsOf(selected(library, [include('*', { versions: ['*'] })]));
        expect(tags.length).toBeGreaterThan(3000);
        const suspect = tags.filter((tag) =>
          /(rc|alpha|beta|[0-9]a|[0-9]b|-m|-ea|-dev|preview)[-.]?\d*(-|$)/i.test(tag),
        );
        // hylang names the pre-release of the Python that it is built on.
        expect(suspect.filter((tag) => !tag.startsWith('hylang:'))).toEqual([]);
      }
    });

    test('every tag that begins with a digit has a version, but for days', () => {
      for (const library of [master, old]) {
        const tags = tagsOf(selected(library, [include('*')])).map((tag) => tag.slice(tag.indexOf(':') + 1));
        const without = tags.filter((tag) => /^v?\d/.test(tag) && tagVersion(tag) === undefined);
        expect(without.filter((tag) => !/^20\d{6}$/.test(tag))).toEqual([]);
      }
    });

    test('each tag is explained as it is selected', () => {
      const rules = {
        include: [include('*', { versions: ['>=3'] }), include('debian')],
        exclude: [exclude('*', { tags: ['*-rc*', '*windowsservercore*', '*nanoserver*'] })],
      };
      const wanted = new Set(tagsOf(select(master, rules)));
      for (const { name, groups } of master.images) {
        for (const tag of groups.flatMap(({ tags }) => tags)) {
          if (wanted.has(`${name}:${tag}`)) expect(explain(master, rules, name, tag).kind).toBe('selected');
        }
      }
      const unwanted = tagsOf(selected(master, [include('golang'), include('alpine')])).filter(
        (tag) => !wanted.has(tag),
      );
      expect(unwanted.length).toBeGreaterThan(20);
      for (const text of unwanted) {
        const [image = '', tag = ''] = text.split(':');
        const fate = explain(master, rules, parseImageName(image), parseTag(tag));
        expect(fate.kind).not.toBe('selected');
      }
    });

    test.each([
      ['goland', 'golang'],
      ['postgresql', 'postgres'],
      ['temurin', 'eclipse-temurin'],
      ['nodejs', 'node'],
      ['mongodb', 'mongo'],
      ['ngnix', 'nginx'],
      ['openjre', 'openjdk'],
    ])('%s is said to mean %s', (typed, meant) => {
      expect(selected(master, [include(typed)]).warnings[0]?.hint).toContain(`\`${meant}\``);
    });
  },
);

import { describe, expect, test } from 'vitest';
import { parseTag } from '../../src/core/names.ts';
import type { ContentsEvidence } from '../../src/evidence/contents/types.ts';
import type { LockEntry, Lockfile } from '../../src/lock/types.ts';
import { describeChange } from '../../src/review/describe.ts';
import type { ChangeInput } from '../../src/review/types.ts';
import { builtFor, evidenceOf, sourceOf } from '../support/evidence.ts';
import { digest, locked, lockedImage, lockfile, pending } from '../support/lockfiles.ts';

const repository = 'https://github.com/docker-library/official-images.git';
const at = (commit: string, lock: Lockfile): Lockfile => ({ ...lock, upstream: { repository, commit } });
const [first, second] = ['c0ffee12'.repeat(5), 'f00dcafe'.repeat(5)];

async function expectGolden(name: string, input: ChangeInput): Promise<void> {
  const { headline, body } = describeChange(input);
  await expect(`${headline}\n\n${body}`).toMatchFileSnapshot(`golden/${name}.md`);
}

/** A change of one image by what upstream released, rebuilt or dropped, with what a mirror usually has. */
describe('what a reviewer reads first', () => {
  const golang = (patch: string, build: string, ...more: readonly LockEntry[]) =>
    lockedImage(
      'golang',
      ...['', '-alpine3.24', '-bookworm'].map((variant) => {
        const names = [`1.26.${patch}`, '1.26', '1'].map((version) => `${version}${variant}`);
        return locked(`${patch} ${build} ${variant}`, `${names.join(' ')} ${variant.slice(1) || 'latest'}`);
      }),
      ...more,
    );
  const old = ['', '-alpine3.24'].map((variant) => locked(`25${variant}`, `1.25.14${variant} 1.25${variant}`));
  const usual = {
    forge: 'github',
    policy: { dropped: 'keep', afterMs: 30 * 86_400_000, exclusive: [], shared: ['main'] },
    destinations: ['`main` at `registry.example.com/library`'],
    budget: { limit: 100, windowMs: 21_600_000 },
    files: ['sync/golang.yaml'],
  } as const;

  /** Each change, told as upstream's git and indexes would. */
  const told = (input: Pick<ChangeInput, 'after'> & { readonly before: Lockfile }) =>
    evidenceOf(input.before, input.after, ({ image, from, tags }) =>
      from === undefined || tags.some((tag) => tag.startsWith('1.26.7'))
        ? { source: sourceOf(image, 'a1'.repeat(20), 'b2'.repeat(20)), build: builtFor('source') }
        : { build: builtFor('base', { name: 'debian:trixie' }) },
    );
  const withCauses = <Input extends ChangeInput & { readonly before: Lockfile }>(input: Input) => ({
    ...input,
    evidence: told(input),
  });

  test('of a rebuild of which nothing is known', () =>
    expectGolden('rebuild', {
      ...usual,
      before: at(first, lockfile(golang('6', 'one'), lockedImage('redis', locked('r1', '8.2.1 8.2 8 latest')))),
      after: at(second, lockfile(golang('6', 'two'), lockedImage('redis', locked('r2', '8.2.1 8.2 8 latest')))),
    }));

  test('of a rebuild of one base, with packages and vulnerabilities', () => {
    const all = (build: string) =>
      lockfile(
        lockedImage('buildpack-deps', locked(`b ${build}`, 'trixie-scm'), locked(`b curl ${build}`, 'trixie-curl')),
        lockedImage('debian', locked(`d ${build}`, 'trixie 13 latest')),
        golang('6', build),
        lockedImage('redis', locked(`r ${build}`, '8.2.1 8.2 8 latest')),
      );
    const [before, after] = [at(first, all('one')), at(second, all('two'))];
    const openssl = {
      ...{ purl: 'pkg:deb/debian/openssl', name: 'openssl', from: '3.5.1-1', to: '3.5.2-1' },
    };
    const contents: ContentsEvidence = {
      platform: 'linux/amd64',
      config: [],
      size: { from: 49_270_000, to: 49_282_000 },
      layers: { count: 1, fresh: 1 },
      packages: { state: 'read', added: [], removed: [], upgraded: [openssl] },
      provenance: { state: 'agrees' },
    };
    const evidence = evidenceOf(before, after, ({ image }) => {
      if (image === 'debian') {
        return { build: builtFor('source'), source: sourceOf('debian', 'a1'.repeat(20), 'b2'.repeat(20)), contents };
      }
      const name = image === 'golang' ? 'buildpack-deps:trixie-scm' : 'debian:trixie';
      return { build: builtFor('base', { name }) };
    });
    const flaw = (id: string) => ({
      ...{ id, ids: [id], severity: 'high' as const, link: `https://osv.dev/vulnerability/${id}`, summary: '' },
      packages: ['openssl'],
    });
    const found = {
      ...{ state: 'answered' as const, fresh: [], notCompared: [], verdict: 'green' as const },
      gone: [flaw('CVE-2026-0001'), flaw('CVE-2026-0002')],
    };
    const vulnerabilities = evidence.groups
      .filter(({ image }) => image === 'debian')
      .map(({ image, to, tags }) => ({ image, to, tags, found }));
    return expectGolden('base', { ...usual, before, after, evidence: { ...evidence, vulnerabilities } });
  });

  test('of a release of golang', () =>
    expectGolden(
      'release',
      withCauses({
        ...usual,
        before: at(first, lockfile(golang('6', 'one'))),
        after: at(second, lockfile(golang('7', 'one'))),
      }),
    ));

  test('of a series that ended, where prune deletes', () =>
    expectGolden(
      'ended',
      withCauses({
        ...usual,
        policy: {
          ...{ dropped: 'prune', afterMs: 30 * 86_400_000, exclusive: ['main'], shared: ['shared'] },
          from: new Date('2026-08-22T00:00:00Z'),
        },
        destinations: ['`main` at `registry.example.com/library`', '`shared` at `ghcr.io/acme`'],
        before: at(
          first,
          lockfile(golang('6', 'one', ...old), lockedImage('alpine', locked('e', 'edge'), locked('a', '3.23'))),
        ),
        after: at(second, lockfile(golang('6', 'two'), lockedImage('alpine', locked('a', '3.23')))),
      }),
    ));

  test('of a typo in a rule', () =>
    expectGolden(
      'typo',
      withCauses({
        ...usual,
        warnings: [
          {
            code: 'select/rule-matches-nothing',
            severity: 'warning',
            message: 'This include rule matches no tag of upstream.',
            place: { file: 'mirrors.yaml', line: 7, column: 5 },
            value: 'alpne',
            hint: 'No image has this name. Did you mean `alpine`?',
          },
        ],
        before: at(first, lockfile(golang('6', 'one'))),
        after: { ...at(second, lockfile(golang('7', 'one'))), configHash: digest('other rules') },
      }),
    ));

  test('of pending tags, which were asked for by the first tag of their group', () =>
    expectGolden(
      'pending',
      withCauses({
        ...usual,
        askedFor: (_, tag) => parseTag(tag.startsWith('1.26') ? '1.26.7-trixie' : '1.27rc1-trixie'),
        before: at(first, lockfile(golang('6', 'one', pending('1.27rc1 1.27-rc')))),
        after: at(
          second,
          lockfile(
            golang('6', 'one', pending('1.27rc1 1.27-rc'), pending('1.26.7')),
            lockedImage('redis', locked('r', '8')),
          ),
        ),
      }),
    ));
});

describe('links of releases in a long text', () => {
  const releases = (count: number) => {
    const at = (patch: string) =>
      lockfile(
        ...Array.from({ length: count }, (_, index) =>
          lockedImage(`image-${String(index).padStart(3, '0')}`, locked(`${index} ${patch}`, `1.26.${patch} 1.26`)),
        ),
      );
    const [before, after] = [at('6'), at('7')];
    const evidence = evidenceOf(before, after, ({ image }) => ({
      source: sourceOf(image, 'a1'.repeat(20), 'b2'.repeat(20)),
    }));
    const { body } = describeChange({ forge: 'github', before, after, evidence });
    return { body, links: body.match(/changes of its source/g)?.length ?? 0 };
  };

  test('are there while all fits, and go before a release does', () => {
    expect(releases(20).links).toBe(20);
    const { body, links } = releases(90);
    expect(links).toBe(0);
    expect(body.match(/^- `image-\d+`: `1\.26\.6` → `1\.26\.7`/gm)).toHaveLength(90);
    expect(body.length).toBeLessThan(12_000);
  });
});

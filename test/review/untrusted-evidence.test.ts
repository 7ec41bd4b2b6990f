import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Digest } from '../../src/core/names.ts';
import type { ContentsEvidence, PackageChange } from '../../src/evidence/contents/types.ts';
import type { Vulnerability } from '../../src/evidence/osv/types.ts';
import { describeChange } from '../../src/review/describe.ts';
import { builtFor, evidenceOf } from '../support/evidence.ts';
import { hostileText } from '../support/hostile-text.ts';
import { locked, lockedImage, lockfile } from '../support/lockfiles.ts';
import { forgeLinks, renderPage } from '../support/markdown-page.ts';

const elements = new Set('p h3 strong code a ul li table thead tbody tr th td details summary br'.split(' '));
const [before, after] = ['old', 'new'].map((build) =>
  lockfile(
    lockedImage('debian', locked(`d ${build}`, 'trixie')),
    lockedImage('golang', locked(build, build === 'old' ? '1.26.6 1.26' : '1.26.7 1.26')),
  ),
) as [ReturnType<typeof lockfile>, ReturnType<typeof lockfile>];
const optional = fc.option(hostileText, { nil: undefined });

const anyPackage: fc.Arbitrary<PackageChange> = fc
  .tuple(hostileText, hostileText, hostileText)
  .map(([name, from, to]) => ({ purl: name, name, from, to }));
const anyContents: fc.Arbitrary<ContentsEvidence> = fc
  .tuple(fc.array(anyPackage, { maxLength: 6 }), hostileText, optional, hostileText, hostileText)
  .map(([packages, name, from, to, named]) => ({
    platform: 'linux/amd64',
    config: [
      { what: 'labels', name, to, ...(from === undefined ? {} : { from }) },
      { what: 'entrypoint', to },
    ],
    size: { from: 1_000, to: 2_000 },
    layers: { count: 2, fresh: 1 },
    packages: { state: 'read', added: packages, removed: packages, upgraded: packages },
    provenance: { state: 'differs', named, expected: name },
  }));

describe('whatever upstream writes into annotations, attestations, settings, commits and packages', () => {
  test('the page has no element, link, mention or reference that is not meant', () => {
    const hostile = fc.record({
      base: hostileText,
      contents: anyContents,
      subject: hostileText,
      note: hostileText,
      id: hostileText,
    });
    fc.assert(
      fc.property(hostile, ({ base, contents, subject, note, id }) => {
        const flaw: Vulnerability = {
          ...{ id, ids: [id], severity: 'critical', link: `https://osv.dev/vulnerability/${id}`, summary: note },
          packages: [note],
        };
        const problem = { code: 'evidence/bad-annotation', severity: 'warning' as const, message: note, value: note };
        const evidence = evidenceOf(before, after, () => ({
          ...{ build: builtFor('base', { name: base, to: base as Digest }), contents, notes: [problem] },
        }));
        const commits = new Map(evidence.groups.map(({ image }) => [image, [{ sha: subject, subject }]]));
        const found = {
          ...{ state: 'answered' as const, gone: [flaw], fresh: [flaw], verdict: 'red' as const },
          notCompared: [{ what: note, why: 'no-data' as const, packages: 1 }],
        };
        const vulnerabilities = evidence.groups.map(({ image, to, tags }) => ({ image, to, tags, found }));
        const { body } = describeChange({
          ...{ forge: 'github', before, after },
          evidence: { ...evidence, commits, vulnerabilities, problems: [problem] },
        });
        const page = renderPage(body);
        const isMeant = ({ name, attributes }: (typeof page.elements)[number]) =>
          elements.has(name) &&
          (name !== 'a' || /^https:\/\/osv\.dev\/vulnerability\/[\w./%-]*$/.test(attributes['href'] ?? ''));
        expect(page.elements.filter((element) => !isMeant(element))).toEqual([]);
        expect(forgeLinks(page)).toEqual([]);
        expect(page.comments).toEqual([]);
        expect(body).not.toMatch(/\u001b|^\s*\/[a-z]/im);
      }),
      { numRuns: 60 },
    );
  });
});

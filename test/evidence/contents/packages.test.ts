import fc from 'fast-check';
import { expect, test } from 'vitest';
import { comparePackages, type ListedPackage, packagesOf } from '../../../src/evidence/contents/packages.ts';
import { parsePurl, purlKey } from '../../../src/evidence/contents/purl.ts';
import { hostileText } from '../../support/hostile-text.ts';
import { spdxDocument } from '../../support/images/upstream-image.ts';

const listed = (key: string, version: string): ListedPackage => ({
  key,
  name: key,
  version,
  purl: `${key}@${version}`,
  source: `${key}@${version}`,
});
const list = fc
  .uniqueArray(fc.tuple(fc.constantFrom('pkg:a/x', 'pkg:a/y', 'pkg:a/__proto__'), fc.nat(12)), { selector: String })
  .map((pairs) => pairs.map(([key, version]) => listed(key, `1.${version}`)));
const texts = (packages: readonly ListedPackage[]) => packages.map(({ key, version }) => `${key}@${version}`).sort();

test('what changed leads from the one list to the other', () => {
  fc.assert(
    fc.property(list, list, (from, to) => {
      const { added, removed, upgraded } = comparePackages(from, to);
      const gone = [...removed, ...upgraded].map((one) => `${one.purl}@${one.from}`);
      const come = [...added, ...upgraded].map((one) => `${one.purl}@${one.to}`);
      expect([...texts(from).filter((text) => !gone.includes(text)), ...come].sort()).toEqual(texts(to));
      expect(gone.every((text) => texts(from).includes(text) && !texts(to).includes(text))).toBe(true);
      // Of one package, nothing is both added and removed.
      expect(added.some(({ purl }) => removed.some((one) => one.purl === purl))).toBe(false);
    }),
  );
});

test('equal lists have no changes, in any order', () => {
  fc.assert(
    fc.property(list, (packages) => {
      const none = { added: [], removed: [], upgraded: [] };
      expect(comparePackages(packages, [...packages].reverse())).toEqual(none);
    }),
  );
});

test('of several versions of a package, those that both have stay, and the others are paired in their order', () => {
  const from = ['3.0.4', '9.0.1', '10.0.0'].map((version) => listed('pkg:npm/minimatch', version));
  const to = ['9.0.1', '10.1.0', '3.1.2', '11.0.0'].map((version) => listed('pkg:npm/minimatch', version));
  const { added, removed, upgraded } = comparePackages(from, to);
  expect(upgraded.map((one) => [one.from, one.to])).toEqual([
    ['3.0.4', '3.1.2'],
    ['10.0.0', '10.1.0'],
  ]);
  expect(added.map((one) => one.to)).toEqual(['11.0.0']);
  expect(removed).toEqual([]);
});

test('another distribution or architecture is the same package', () => {
  const document = (distro: string) =>
    spdxDocument({ name: 'x', packages: [`pkg:deb/debian/openssl@3?arch=amd64&distro=${distro}`] });
  const [from, to] = ['debian-12', 'debian-13'].map((distro) => packagesOf(document(distro)));
  if (from === undefined || to === undefined || 'fault' in from || 'fault' in to) throw new Error('they are SPDX');
  expect(comparePackages(from.packages, to.packages)).toEqual({ added: [], removed: [], upgraded: [] });
});

test('names are as people write them', () => {
  const purls = [
    'pkg:maven/org.a/b@1',
    'pkg:npm/%40scope/x@1',
    'pkg:golang/github.com/a/b@v1#sub',
    'pkg:deb/debian/c@1',
  ];
  const read = packagesOf(spdxDocument({ name: 'x', packages: purls }));
  expect('fault' in read ? [] : read.packages.map(({ name }) => name)).toEqual([
    'org.a:b',
    '@scope/x',
    'github.com/a/b',
    'c',
  ]);
});

test('no document makes it fail', () => {
  const reference = fc.record({
    referenceType: fc.constantFrom('purl', 1, null),
    referenceLocator: fc.oneof(hostileText, fc.constant(null)),
  });
  const entry = fc.oneof(
    fc.anything(),
    fc.record({ externalRefs: fc.oneof(fc.anything(), fc.array(fc.oneof(reference, fc.anything()))) }),
  );
  fc.assert(
    fc.property(fc.array(entry), hostileText, (packages, name) => {
      const purl = {
        referenceType: 'purl',
        referenceLocator: `pkg:deb/debian/${encodeURIComponent(name.replace(/\p{Cs}/gu, '') || 'x')}@1`,
      };
      const read = packagesOf({ spdxVersion: 'SPDX-2.3', packages: [...packages, { externalRefs: [purl] }] });
      expect('fault' in read).toBe(false);
    }),
  );
});

test('a package URL is read back from its key', () => {
  const word = fc.string({ unit: 'binary', minLength: 1 }).filter((text) => !/\p{Cs}/u.test(text));
  fc.assert(
    fc.property(fc.array(word, { maxLength: 2 }), word, word, (spaces, name, version) => {
      const path = [...spaces, name].map(encodeURIComponent).join('/');
      const read = parsePurl(`pkg:deb/${path}@${encodeURIComponent(version)}?distro=debian-13#sub`);
      expect(read).toMatchObject({ type: 'deb', name, version });
      expect(read && parsePurl(purlKey(read))).toMatchObject({ type: 'deb', namespace: read?.namespace, name });
      expect(read?.qualifiers.get('distro')).toBe('debian-13');
    }),
  );
});

test('package URLs as tools write them are read, and others refused', () => {
  const read = (text: string) => {
    const url = parsePurl(text);
    return url && [url.type, url.namespace, url.name, url.version];
  };
  expect(read('pkg:golang/github.com/a/b@(devel)')).toEqual(['golang', 'github.com/a', 'b', '(devel)']);
  expect(read('pkg:npm/@scope/x@1.0')).toEqual(['npm', '@scope', 'x', '1.0']);
  expect(read('pkg:npm/@scope/x')).toEqual(['npm', '@scope', 'x', '']);
  expect(read('pkg://PyPI/Foo_.Bar@1')).toEqual(['pypi', '', 'foo-bar', '1']);
  expect(read('pkg:deb/debian/a@1:2.0+b1~x')).toEqual(['deb', 'debian', 'a', '1:2.0+b1~x']);
  expect(read('pkg:deb/debian/a@1%3A2.0%2Bb1')).toEqual(['deb', 'debian', 'a', '1:2.0+b1']);
  for (const wrong of [
    '',
    'pkg:',
    'pkg:x',
    'pkg:deb/',
    'http://x/y',
    'pkg:1x/y',
    'pkg:deb/a%ZZ@1',
    'pkg:deb/%ff',
    'pkg:deb/\ud800',
  ])
    expect(read(wrong)).toBeUndefined();
});

test('what another package of the same source keeps in the image is said', () => {
  const openssl = (name: string, version: string) => `pkg:deb/debian/${name}@${version}?upstream=openssl`;
  const read = (...packages: string[]) => {
    const list = packagesOf(spdxDocument({ name: 'x', packages }));
    if ('fault' in list) throw new Error(list.fault);
    return list.packages;
  };
  const one = read(openssl('libssl3', '3'));
  const two = read(openssl('libssl3', '3'), openssl('libssl-dev', '3'));
  expect(comparePackages(one, two).added).toMatchObject([{ name: 'libssl-dev', toExisted: true }]);
  expect(comparePackages(two, one).removed).toMatchObject([{ name: 'libssl-dev', fromRemains: true }]);
  const [upgraded] = comparePackages(one, read(openssl('libssl3', '4'))).upgraded;
  expect([upgraded?.fromRemains, upgraded?.toExisted]).toEqual([undefined, undefined]);
});

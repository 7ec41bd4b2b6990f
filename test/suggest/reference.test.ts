import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseMirrorName, parseReference } from '../../src/suggest/reference.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const mirrors = [
  { host: 'registry.example.com', namespace: 'library' },
  { host: 'localhost:5000', namespace: '' },
  { host: 'public.ecr.aws', namespace: 'docker/library' },
];

test.each([
  ['alpine', 'docker.io/library/alpine', 'alpine', 'latest'],
  ['alpine:3.24', 'docker.io/library/alpine', 'alpine', '3.24'],
  ['library/alpine:3', 'docker.io/library/alpine', 'alpine', '3'],
  ['docker.io/alpine', 'docker.io/library/alpine', 'alpine', 'latest'],
  ['docker.io/library/alpine:3', 'docker.io/library/alpine', 'alpine', '3'],
  ['index.docker.io/library/alpine:3', 'docker.io/library/alpine', 'alpine', '3'],
  ['registry-1.docker.io/library/alpine:3', 'docker.io/library/alpine', 'alpine', '3'],
  ['registry.hub.docker.com/library/alpine:3', 'docker.io/library/alpine', 'alpine', '3'],
  ['docker://alpine:3', 'docker.io/library/alpine', 'alpine', '3'],
  [`alpine@${digest}`, 'docker.io/library/alpine', 'alpine', undefined],
  [`alpine:3@${digest}`, 'docker.io/library/alpine', 'alpine', '3'],
  ['registry.example.com/library/alpine:3', 'registry.example.com/library/alpine', 'alpine', '3'],
  ['Registry.Example.com/library/alpine:3', 'registry.example.com/library/alpine', 'alpine', '3'],
  ['localhost:5000/alpine', 'localhost:5000/alpine', 'alpine', 'latest'],
  ['public.ecr.aws/docker/library/alpine:3', 'public.ecr.aws/docker/library/alpine', 'alpine', '3'],
  ['bitnami/redis:7', 'docker.io/bitnami/redis', undefined, '7'],
  ['ghcr.io/a/b/c', 'ghcr.io/a/b/c', undefined, 'latest'],
  ['registry.example.com/other/alpine:3', 'registry.example.com/other/alpine', undefined, '3'],
  ['registry.example.com/library/team/alpine:3', 'registry.example.com/library/team/alpine', undefined, '3'],
  ['localhost/alpine', 'localhost/alpine', undefined, 'latest'],
  ['[::1]:5000/a', '[::1]:5000/a', undefined, 'latest'],
])('%s is read as docker does', (text, repository, image, tag) => {
  const read = parseReference(text, mirrors);
  expect(read).toMatchObject({ repository });
  expect([read?.image, read?.tag]).toEqual([image, tag]);
  expect(read?.digest).toBe(text.includes('@') ? digest : undefined);
});

test.each([
  '',
  ':3',
  'Alpine',
  'alpine:',
  'alpine:-x',
  'alpine@sha256:12',
  'a//b',
  'a/',
  'https://docker.io/library/alpine',
  'a'.repeat(5000),
  'f'.repeat(64),
  'al pine',
  '{{ .Values.image }}',
  '$IMAGE',
])('%j is no reference', (text) => {
  expect(parseReference(text)).toBeUndefined();
});

test('whatever is read is read again from what docker would call it', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'ab3.:/@-_A[]$ '), maxLength: 40 }), (text) => {
      const read = parseReference(text, mirrors);
      if (read === undefined) return;
      const { repository, tag, digest: pinned } = read;
      const whole = `${repository}${tag === undefined ? '' : `:${tag}`}${pinned === undefined ? '' : `@${pinned}`}`;
      expect(parseReference(whole, mirrors)).toEqual(read);
    }),
  );
});

test.each([
  ['registry.example.com/hub/library', { host: 'registry.example.com', namespace: 'hub/library' }],
  ['localhost:5000', { host: 'localhost:5000', namespace: '' }],
  ['registry.example.com/library/', { host: 'registry.example.com', namespace: 'library' }],
  ['library', undefined],
  ['https://registry.example.com/library', undefined],
])('%s as a place of official images', (text, expected) => {
  expect(parseMirrorName(text)).toEqual(expected);
});

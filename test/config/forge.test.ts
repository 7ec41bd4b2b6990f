import { describe, expect, it } from 'vitest';
import { forgeOf } from '../../src/config/update.ts';
import { UserError } from '../../src/core/problem.ts';
import { briefs, parse, yaml } from './support.ts';

const written = (host: string) =>
  yaml('update:', '  forge:', '    provider: gitlab', `    host: ${JSON.stringify(host)}`);

describe('update.forge', () => {
  it.each([
    ['gitlab.example.com', 'gitlab.example.com'],
    ['git.example.com:8443', 'git.example.com:8443'],
    ['git.example.com:443', 'git.example.com'],
    ['127.0.0.1:3000', '127.0.0.1:3000'],
    ['[::1]:3000', '[::1]:3000'],
    ['forge', 'forge'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
  ])('the host %s is %s', (host, read) => {
    expect(parse(written(host)).update.forge).toEqual({ provider: 'gitlab', host: read });
    expect(forgeOf(written(host), 'mirrors.yaml')).toEqual({ provider: 'gitlab', host: read });
  });

  it('is absent where it is not written', () => {
    expect(parse(yaml()).update).not.toHaveProperty('forge');
    expect(forgeOf(yaml(), 'mirrors.yaml')).toBeUndefined();
  });

  it.each([
    'https://gitlab.example.com',
    'gitlab.example.com/group',
    'GitLab.example.com',
    'gitlab.example.com.',
    'gitlab.example.com:0',
    'gitlab.example.com:65536',
    'gitlab.example.com:',
    'git_lab.example.com',
    'bücher.example',
    'github。com',
    'a..b',
    'a b',
    'a\\b',
    'a%2eb',
    '0x7f.1',
    '[::1',
    ':3000',
  ])('the host %s is none', (host) => {
    expect(briefs(written(host))).toEqual([expect.stringMatching(/^6:11\+\d+ forge-host «/)]);
    expect(() => forgeOf(written(host), 'mirrors.yaml')).toThrow(UserError);
  });

  it('a password in it is not shown', () => {
    const [text = '', ...more] = briefs(written('user:secret@gitlab.example.com'));
    expect([text.includes('forge-host «gitlab.example.com»'), more]).toEqual([true, []]);
  });

  it.each([
    ['forge: {provider: gitea, host: a.example}', /^4:\d+/],
    ['forge: {provider: github}', /^4:\d+/],
    ['forge: {host: a.example}', /^4:\d+/],
    ['forge: {provider: github, host: a.example, token: x}', /^4:\d+/],
    ['forge: github.example.com', /^4:\d+/],
  ])('%s is wrong, and where', (text, place) => {
    const file = ['version: 1', 'images: { include: [alpine] }', 'update:', `  ${text}`, ''].join('\n');
    expect(briefs(file)).toEqual([expect.stringMatching(place)]);
    expect(() => forgeOf(file, 'mirrors.yaml')).toThrow(UserError);
  });

  it('is read alone, whatever else is wrong with the file', () => {
    const forge = { provider: 'gitlab', host: 'a.example' };
    expect(forgeOf(`${written('a.example')}images: 3\nnonsense: true\n`, 'x')).toEqual(forge);
    expect(forgeOf(written('a.example').replace('include: [alpine]', 'include: 3'), 'x')).toEqual(forge);
    for (const text of ['', '- a', 'update: 3', '{', 'update: {forge: }\u0000'])
      expect(forgeOf(text, 'x')).toBeUndefined();
  });

  it('decides nothing of the lockfile: the hash of the content is the same with it and without', () => {
    expect(parse(written('a.example')).contentHash).toBe(parse(yaml()).contentHash);
    // As it was before there was such a key.
    expect(parse(yaml()).contentHash).toBe('sha256:72e66b6674289d3bc67e355c3c9199ade0c0e701887673da43c3a4310310f99e');
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forgePages, isSameRepository, pathInRepository, shownRepository } from '../../src/evidence/links.ts';

const [a, b] = ['a'.repeat(40), 'b'.repeat(40)];
const pagesOf = (repository: string) => {
  const pages = forgePages(repository);
  return pages && [pages.commit(a), pages.file(a, 'x/Dockerfile'), pages.compare?.(a, b)];
};

describe('links to a forge', () => {
  const github = [
    `https://github.com/docker-library/golang/commit/${a}`,
    `https://github.com/docker-library/golang/blob/${a}/x/Dockerfile`,
    `https://github.com/docker-library/golang/compare/${a}...${b}`,
  ];
  it.each([
    'https://github.com/docker-library/golang.git',
    'https://github.com/docker-library/golang',
    'https://github.com/docker-library/golang/',
    'http://github.com/docker-library/golang.git',
    'HTTPS://GitHub.com/docker-library/golang.git',
    'git://github.com/docker-library/golang.git',
    'ssh://git@github.com/docker-library/golang.git',
    'git@github.com:docker-library/golang.git',
    'https://user:token@github.com/docker-library/golang.git',
    'https://token@github.com/docker-library/golang.git?access_token=secret',
  ])('are the same for %s', (repository) => {
    expect(pagesOf(repository)).toEqual(github);
  });

  it.each([
    [
      'https://gitlab.archlinux.org/archlinux/archlinux-docker.git',
      `https://gitlab.archlinux.org/archlinux/archlinux-docker/-/commit/${a}`,
      `https://gitlab.archlinux.org/archlinux/archlinux-docker/-/blob/${a}/x/Dockerfile`,
      `https://gitlab.archlinux.org/archlinux/archlinux-docker/-/compare/${a}...${b}`,
    ],
    [
      'https://gitlab.com/group/sub/project.git',
      `https://gitlab.com/group/sub/project/-/commit/${a}`,
      `https://gitlab.com/group/sub/project/-/blob/${a}/x/Dockerfile`,
      `https://gitlab.com/group/sub/project/-/compare/${a}...${b}`,
    ],
    [
      'https://git.launchpad.net/cloud-images/+oci/ubuntu-base',
      `https://git.launchpad.net/cloud-images/+oci/ubuntu-base/commit/?id=${a}`,
      `https://git.launchpad.net/cloud-images/+oci/ubuntu-base/tree/x/Dockerfile?id=${a}`,
      `https://git.launchpad.net/cloud-images/+oci/ubuntu-base/diff/?id=${b}&id2=${a}`,
    ],
    [
      'https://git.kernel.org/pub/scm/x/y.git',
      `https://git.kernel.org/pub/scm/x/y.git/commit/?id=${a}`,
      `https://git.kernel.org/pub/scm/x/y.git/tree/x/Dockerfile?id=${a}`,
      `https://git.kernel.org/pub/scm/x/y.git/diff/?id=${b}&id2=${a}`,
    ],
    [
      'https://bitbucket.org/o/r.git',
      `https://bitbucket.org/o/r/commits/${a}`,
      `https://bitbucket.org/o/r/src/${a}/x/Dockerfile`,
      `https://bitbucket.org/o/r/branches/compare/${b}..${a}`,
    ],
    [
      'https://codeberg.org/o/r.git',
      `https://codeberg.org/o/r/commit/${a}`,
      `https://codeberg.org/o/r/src/commit/${a}/x/Dockerfile`,
      `https://codeberg.org/o/r/compare/${a}...${b}`,
    ],
    [
      'https://git.sr.ht/~me/r',
      `https://git.sr.ht/~me/r/commit/${a}`,
      `https://git.sr.ht/~me/r/tree/${a}/item/x/Dockerfile`,
      undefined,
    ],
  ])('of %s', (repository, ...pages) => {
    expect(pagesOf(repository)).toEqual(pages);
  });

  it.each([
    '',
    '/srv/git/x.git',
    '../golang',
    'https://git.example.org/o/r.git',
    'https://github.com:8443/o/r.git',
    'https://github.com/only-one',
    'https://github.com/o/../r',
    'https://github.com/o/r"onload=x',
    'https://github.com/o/r)[x](y',
    'https://github.com.evil.example/o/r',
    'https://evil.example/github.com/o/r',
    'javascript://github.com/o/r',
    'file:///github.com/o/r',
    'ext::sh -c x',
    'user:password@github.com/o/r',
  ])('are none for %s', (repository) => {
    expect(forgePages(repository)).toBeUndefined();
  });

  it('and addresses that are shown hold no credentials, whatever they are', () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9]{12,20}$/).map((text) => `S${text}S`);
    const form = fc.constantFrom(
      (text: string) => `https://${text}@github.com/o/r.git`,
      (text: string) => `https://u:${text}@github.com/o/r.git`,
      (text: string) => `https://u:p@${text}@github.com/o/r.git`,
      (text: string) => `ssh://u:${text}@git.example.org/o/r.git`,
      (text: string) => `git://${text}@github.com/o/r`,
      (text: string) => `u:${text}@github.com:o/r`,
      (text: string) => `https://github.com/o/r.git?private_token=${text}`,
      (text: string) => `https://gitlab.com/o/r#${text}`,
      (text: string) => `odd://${text}@host/x`,
    );
    fc.assert(
      fc.property(secret, form, (text, write) => {
        const repository = write(text);
        expect(JSON.stringify([pagesOf(repository), shownRepository(repository)])).not.toContain(text);
      }),
    );
  });
});

describe('a path in a repository', () => {
  it.each([
    ['1.27/trixie', 'Dockerfile', '1.27/trixie/Dockerfile'],
    ['.', 'Dockerfile', 'Dockerfile'],
    ['a/', './b//Dockerfile', 'a/b/Dockerfile'],
    ['a', '../Dockerfile', 'Dockerfile'],
    ['a b', 'D#?', 'a%20b/D%23%3F'],
    ['5.44-main,threaded', 'Dockerfile', '5.44-main%2Cthreaded/Dockerfile'],
    ['..', 'Dockerfile', undefined],
    ['a', '../../x', undefined],
  ])('%s and %s: %s', (directory, file, path) => {
    expect(pathInRepository(directory, file)).toBe(path);
  });
});

describe('two addresses are of one repository', () => {
  it.each([
    ['https://github.com/o/r.git', 'git@github.com:O/r', true],
    ['https://github.com/o/r.git', 'https://github.com/o/r2.git', false],
    ['https://git.example.org/r', 'https://git.example.org/r', true],
    ['https://x@git.example.org/r', 'https://git.example.org/r', true],
    ['https://git.example.org/r', 'https://git.example.com/r', false],
  ])('%s and %s: %s', (one, other, is) => {
    expect(isSameRepository(one, other)).toBe(is);
  });
});

import { describe, expect, it } from 'vitest';
import { parseImageName, parseTag } from '../../src/core/names.ts';
import { commitsByImage, type ImagesAt, sourceEvidence } from '../../src/evidence/source.ts';
import { readImage } from '../../src/upstream/reader.ts';

const name = parseImageName('golang');
const [one, two, three] = ['1', '2', '3'].map((digit) => digit.repeat(40)) as [string, string, string];
const step = (...tags: string[]) => ({ image: name, tags: tags.map(parseTag) });

/** The images at a commit, from the paragraphs of a library file. */
function at(...paragraphs: string[]): ImagesAt {
  const text = ['Maintainers: A (@a)\nGitRepo: https://github.com/docker-library/golang.git', ...paragraphs].join(
    '\n\n',
  );
  const image = readImage({ name, text: `${text}\n` }, { repository: 'r', sha: one }, { sources: true });
  if ('code' in image) throw new Error(image.message);
  return new Map([[name, image]]);
}

const trixie = (commit: string, version = '1.27.0', more = '') =>
  `Tags: ${version}-trixie, 1.27-trixie\nSharedTags: ${version}, latest\nArchitectures: amd64, s390x\nGitCommit: ${commit}\nDirectory: 1.27/trixie\n${more}`;
const windows = (commit: string, year: string) =>
  `Tags: 1.27.0-ltsc${year}\nSharedTags: 1.27.0, latest\nArchitectures: windows-amd64\nGitCommit: ${commit}\nDirectory: 1.27/windows/ltsc${year}`;
const github = 'https://github.com/docker-library/golang';

describe('where an image is built from, at two commits', () => {
  it('is the same for a rebuild', () => {
    const found = sourceEvidence(step('1.27.0-trixie'), at(trixie(one)), at(trixie(one)));
    expect(found).toEqual({
      isSame: true,
      steps: [
        {
          platforms: ['linux/amd64', 'linux/s390x'],
          from: { repository: `${github}.git`, commit: one, directory: '1.27/trixie', file: 'Dockerfile' },
          to: { repository: `${github}.git`, commit: one, directory: '1.27/trixie', file: 'Dockerfile' },
          dockerfile: `${github}/blob/${one}/1.27/trixie/Dockerfile`,
        },
      ],
    });
  });

  it('has a link to compare and one to the Dockerfile where the commit is another', () => {
    const found = sourceEvidence(step('1.27.0-trixie', '1.27-trixie'), at(trixie(one)), at(trixie(two)));
    expect(found).toMatchObject({
      isSame: false,
      steps: [
        { compare: `${github}/compare/${one}...${two}`, dockerfile: `${github}/blob/${two}/1.27/trixie/Dockerfile` },
      ],
    });
  });

  it('follows the tags that lead from one version to the next', () => {
    const found = sourceEvidence(step('1.27.1-trixie', '1.27-trixie'), at(trixie(one)), at(trixie(two, '1.27.1')));
    expect(found?.steps[0]?.from?.commit).toBe(one);
  });

  it('has no earlier place for tags that are new, and is nothing for tags that are not there', () => {
    const found = sourceEvidence(
      step('1.28-trixie'),
      at(trixie(one)),
      at(trixie(one), 'Tags: 1.28-trixie\nGitCommit: '.concat(two)),
    );
    expect(found).toMatchObject({ isSame: false, steps: [{ to: { commit: two } }] });
    expect(found?.steps[0]).not.toHaveProperty('from');
    expect(sourceEvidence(step('9'), at(trixie(one)), at(trixie(one)))).toBeUndefined();
    expect(sourceEvidence(step('1.27.0-trixie'), undefined, at(trixie(one)))?.isSame).toBe(false);
  });

  it('differs by architecture', () => {
    const found = sourceEvidence(
      step('1.27.0-trixie'),
      at(trixie(one)),
      at(trixie(one, '1.27.0', `s390x-GitCommit: ${three}\ns390x-Directory: s390x\ns390x-File: Dockerfile.z`)),
    );
    expect(found?.isSame).toBe(false);
    expect(found?.steps).toMatchObject([
      { platforms: ['linux/amd64'], to: { commit: one } },
      {
        platforms: ['linux/s390x'],
        to: { commit: three, directory: 's390x', file: 'Dockerfile.z' },
        dockerfile: `${github}/blob/${three}/s390x/Dockerfile.z`,
      },
    ]);
    const mirrored = sourceEvidence(
      step('1.27.0-trixie'),
      at(trixie(one)),
      at(trixie(one, '1.27.0', `s390x-GitCommit: ${three}`)),
      ['linux/amd64'],
    );
    expect(mirrored?.isSame).toBe(true);
  });

  it('is told of each entry of shared tags, also of several for one platform', () => {
    const before = at(trixie(one), windows(one, '2022'), windows(one, '2025'));
    const after = at(trixie(one), windows(one, '2025'), windows(two, '2022'));
    const found = sourceEvidence(step('1.27.0', 'latest'), before, after);
    expect(found?.isSame).toBe(false);
    expect(
      found?.steps.map(({ platforms, from, to }) => [platforms, from?.directory, from?.commit, to.commit]),
    ).toEqual([
      [['linux/amd64', 'linux/s390x'], '1.27/trixie', one, one],
      [['windows/amd64'], '1.27/windows/ltsc2025', one, one],
      [['windows/amd64'], '1.27/windows/ltsc2022', one, two],
    ]);
  });

  it('has no links for a commit that is none, a folder outside, or a repository of no forge, and never credentials', () => {
    const entry = (more: string) => `Tags: x\nArchitectures: amd64\nGitCommit: ${one}\n${more}`;
    const linksOf = (more: string) => sourceEvidence(step('x'), at(entry('')), at(entry(more)))?.steps[0];
    for (const more of ['amd64-GitCommit: ../../evil', 'Directory: ../..', 'GitRepo: https://git.example.org/x']) {
      expect(linksOf(more), more).not.toHaveProperty('dockerfile');
      expect(linksOf(more), more).not.toHaveProperty('compare');
    }
    const secret = linksOf('GitRepo: https://user:secret@github.com/docker-library/golang.git');
    expect(secret?.dockerfile).toBe(`${github}/blob/${one}/Dockerfile`);
    expect(JSON.stringify(secret)).not.toContain('secret');
    expect(linksOf('GitRepo: git://github.com/a/b')?.dockerfile).toBe(`https://github.com/a/b/blob/${one}/Dockerfile`);
  });
});

describe('the commits of upstream by image', () => {
  const commit = (sha: string, files: string[], isMerge = false) => ({ sha, isMerge, subject: `s${sha}`, files });
  const images = new Set(['golang', 'debian', 'node'].map(parseImageName));

  it('have links, and merges only where nothing else says it', () => {
    const commits = [commit(one, ['golang']), commit(two, ['golang', 'debian'], true), commit(three, ['alpine'])];
    const repository = 'https://github.com/docker-library/official-images.git';
    const found = commitsByImage({ state: 'read', commits }, repository, images);
    const url = (sha: string) => `https://github.com/docker-library/official-images/commit/${sha}`;
    expect([...found]).toEqual([
      ['golang', [{ sha: one, subject: `s${one}`, url: url(one) }]],
      ['debian', [{ sha: two, subject: `s${two}`, url: url(two) }]],
    ]);
  });

  it('have no links where upstream is at no forge', () => {
    const found = commitsByImage({ state: 'read', commits: [commit(one, ['node'])] }, '../official-images', images);
    expect([...found.values()]).toEqual([[{ sha: one, subject: `s${one}` }]]);
  });
});

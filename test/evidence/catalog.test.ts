import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { gitIn } from '../support/git.ts';
import { writeRegistryStorage } from '../support/images/storage.ts';
import { mirrorlock } from '../support/mirror.ts';
import { setWorld, type World } from '../support/world.ts';
import { annotatedImage, annotationsOf } from './annotated.ts';

const [one, two] = ['1', '2'].map((digit) => digit.repeat(40)) as [string, string];
const platforms = ['linux/amd64', 'linux/arm64/v8'];
const entry = (tag: string, commit: string) =>
  `Tags: ${tag}\nArchitectures: amd64, arm64v8\nGitCommit: ${commit}\nDirectory: ${tag}`;
const library = {
  debian: `Maintainers: A (@a)\nGitRepo: https://github.com/debuerreotype/docker-debian-artifacts.git\n\n${entry('trixie', one)}\n`,
  golang: `Maintainers: A (@a)\nGitRepo: https://github.com/docker-library/golang.git\n\n${entry('1.27', one)}\n\n${entry('1.26', one)}\n`,
};

/** Publishes a build of debian, and golang on it. */
function publishBuild({ source }: World, build: number, commit: string): void {
  const day = `2026-08-${10 + build}T00:00:00Z`;
  const debian = annotatedImage('debian', [
    { tags: ['trixie'], platforms, build, annotations: annotationsOf(one, day) },
  ]);
  const base = { name: 'debian:trixie', digest: debian.manifestOf('trixie').digest };
  const group = (tag: string, revision: string) => ({
    ...{ tags: [tag], platforms, build },
    annotations: annotationsOf(revision, day, base),
  });
  writeRegistryStorage(source.storage, [debian, annotatedImage('golang', [group('1.27', commit), group('1.26', one)])]);
}

interface Told {
  readonly kind: string;
  readonly why: string | undefined;
  readonly link: string | undefined;
}

describe('why a tag changed, in the catalogue', () => {
  let world: World;

  const run = async (...args: string[]) => {
    const result = await mirrorlock(world, args);
    expect(result.code, result.stderr).toBe(0);
    return result;
  };

  beforeAll(async () => {
    world = await setWorld({ library, images: '{include: ["*"]}\n' });
    const git = gitIn(world.mirror);
    for (const [build, commit] of [one, two, two].entries()) {
      if (build === 1) {
        world.upstream.write('golang', world.upstream.read('golang').replace(one, two));
        await world.upstream.commit('Update golang 1.27');
      }
      publishBuild(world, build, commit);
      await run('lock');
      // As an update does, which explains what it proposes.
      if (build > 0) await run('changes', '--evidence', 'index');
      await git('add', '--all');
      await git('commit', '--quiet', `--message=Update ${build}`);
    }
    world.source.reset();
    world.destination.reset();
  }, 120_000);

  /** The history of a tag as the page's script has it. */
  function told(out: string, image: string, tag: string): Told[] {
    const script = readFileSync(join(world.home, out, `history/${image}.js`), 'utf8');
    const [, history] = JSON.parse(script.replace(/^.*?\.push\(/, '').replace(/\);\n$/, ''));
    return history.tags[tag].map(([, , kind, why, link]: [number, number, string, string?, number?]) => ({
      ...{ kind, why, link: link === undefined ? undefined : history.links[link] },
    }));
  }

  it('follows from git and from the indexes that were kept, and nobody is asked', async () => {
    const cache = join(world.home, 'cache/manifests');
    const before = readdirSync(cache).map((name) => [name, statSync(join(cache, name)).mtimeMs]);
    const { stderr } = await run('catalog', '--out', join(world.home, 'site'));
    expect(stderr).not.toContain('warning');
    const compare = `https://github.com/docker-library/golang/compare/${one}...${two}`;
    expect(told('site', 'golang', '1.27')).toEqual([
      { kind: 'first', why: undefined, link: undefined },
      { kind: 'rebuilt', why: 'its Dockerfile changed', link: compare },
      { kind: 'rebuilt', why: 'debian:trixie was rebuilt', link: undefined },
    ]);
    expect(told('site', 'debian', 'trixie').at(-1)?.why).toBe('it was built again from the same Dockerfile and base');
    expect(readFileSync(join(world.home, 'site/feed/golang.xml'), 'utf8')).toContain(`<a href="${compare}">`);
    expect([...world.source.seen(), ...world.destination.seen()]).toEqual([]);
    expect(readdirSync(cache).map((name) => [name, statSync(join(cache, name)).mtimeMs])).toEqual(before);
  });

  it('follows from git where no index was kept', async () => {
    rmSync(join(world.home, 'cache/manifests'), { recursive: true });
    await run('catalog', '--out', join(world.home, 'plain'));
    expect(told('plain', 'golang', '1.26').at(-1)?.why).toBe('it was built again from the same Dockerfile');
    expect(told('plain', 'golang', '1.27')[1]?.why).toBe('its Dockerfile changed');
    expect([...world.source.seen(), ...world.destination.seen()]).toEqual([]);
  });

  it('is not said where the cache has no clone, and the rest is', async () => {
    rmSync(join(world.home, 'cache/upstream'), { recursive: true });
    const { stderr } = await run('catalog', '--out', join(world.home, 'none'));
    expect(stderr).not.toContain('warning');
    expect(told('none', 'golang', '1.27').map(({ why }) => why)).toEqual([undefined, undefined, undefined]);
    expect(readdirSync(join(world.home, 'cache'))).not.toContain('manifests');
  });
});

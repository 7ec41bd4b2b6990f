import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { bytesText } from '../../src/core/bytes.ts';
import { gitIn } from '../support/git.ts';
import { writeRegistryStorage } from '../support/images/storage.ts';
import { mirrorlock } from '../support/mirror.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
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

  const run = async (args: readonly string[], cache = join(world.home, 'cache')) => {
    const result = await mirrorlock(world, args, { MIRRORLOCK_CACHE: cache });
    expect(result.code, result.stderr).toBe(0);
    return result;
  };

  /** A copy of the cache folder that updates left, without some of its folders. */
  function cacheWithout(...names: readonly string[]): string {
    const cache = join(temporaryDirectory().path, 'cache');
    cpSync(join(world.home, 'cache'), cache, { recursive: true, preserveTimestamps: true });
    for (const name of names) rmSync(join(cache, name), { recursive: true });
    return cache;
  }

  beforeAll(async () => {
    world = await setWorld({ library, images: '{include: ["*"]}\n' });
    const git = gitIn(world.mirror);
    for (const [build, commit] of [one, two, two].entries()) {
      if (build === 1) {
        world.upstream.write('golang', world.upstream.read('golang').replace(one, two));
        await world.upstream.commit('Update golang 1.27');
      }
      publishBuild(world, build, commit);
      await run(['lock']);
      // As an update does, which explains what it proposes.
      if (build > 0) await run(['changes', '--evidence', 'index']);
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
    const cache = cacheWithout();
    const kept = join(cache, 'manifests');
    const before = readdirSync(kept).map((name) => [name, statSync(join(kept, name)).mtimeMs]);
    const { stderr } = await run(['catalog', '--out', join(world.home, 'site')], cache);
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
    const page = readFileSync(join(world.home, 'site/image/golang.html'), 'utf8');
    expect(page).toContain('<td>linux/amd64, linux/arm64/v8</td><td>2026-08-12</td>');
    expect(readdirSync(kept).map((name) => [name, statSync(join(kept, name)).mtimeMs])).toEqual(before);
  });

  it('is what the chart by week is made of', async () => {
    const charted = async (out: string, cache: string) => {
      await run(['catalog', '--out', join(world.home, out)], cache);
      const page = readFileSync(join(world.home, out, 'index.html'), 'utf8');
      return {
        said: /<desc id="changes-desc">(.*?)<\/desc>/.exec(page)?.[1],
        legend: [...page.matchAll(/<li class="k-(\w+)">/g)].map(([, cause]) => cause),
      };
    };
    // No index of before the first change was kept: of golang:1.26 git says that its source is the same.
    expect(await charted('caused', cacheWithout())).toEqual({
      said: '1 by its Dockerfile, 2 by its base, 3 rebuilt',
      legend: ['source', 'base', 'rebuilt'],
    });
    expect(await charted('by-git', cacheWithout('manifests'))).toEqual({
      said: '1 by its Dockerfile, 5 rebuilt',
      legend: ['source', 'rebuilt'],
    });
    expect(await charted('by-kind', cacheWithout('manifests', 'upstream'))).toEqual({
      said: '6 rebuilt',
      legend: ['rebuilt'],
    });
  });

  it('comes with the sizes of images whose manifests were kept', async () => {
    const sizeOf = (bytes: Uint8Array) => {
      const { config, layers } = JSON.parse(Buffer.from(bytes).toString()) as Record<'config', { size: number }> &
        Record<'layers', { size: number }[]>;
      return [config, ...layers].reduce((sum, { size }) => sum + size, 0);
    };
    const debian = annotatedImage('debian', [
      { tags: ['trixie'], platforms, build: 2, annotations: annotationsOf(one, '2026-08-12T00:00:00Z') },
    ]);
    const [child] = debian.manifestOf('trixie').children;
    const manifest = child === undefined ? undefined : debian.manifests.get(child);
    if (manifest === undefined) throw new Error('The index has no child.');
    const cache = cacheWithout();
    const kept = join(cache, 'manifests', manifest.digest.replace(':', '-'));
    writeFileSync(kept, Buffer.concat([Buffer.from(`${manifest.mediaType}\n`), manifest.bytes]));
    await run(['catalog', '--out', join(world.home, 'sized')], cache);
    const page = readFileSync(join(world.home, 'sized/image/debian.html'), 'utf8');
    expect(page).toContain(`<td>linux/amd64 (${bytesText(sizeOf(manifest.bytes))}), linux/arm64/v8</td>`);
    writeFileSync(kept, 'application/vnd.oci.image.manifest.v1+json\n{}');
    await run(['catalog', '--out', join(world.home, 'sized')], cache);
    expect(readFileSync(join(world.home, 'sized/image/debian.html'), 'utf8')).toContain(
      '<td>linux/amd64, linux/arm64/v8</td>',
    );
  });

  it('follows from git where no index was kept', async () => {
    await run(['catalog', '--out', join(world.home, 'plain')], cacheWithout('manifests'));
    expect(told('plain', 'golang', '1.26').at(-1)?.why).toBe('it was built again from the same Dockerfile');
    expect(told('plain', 'golang', '1.27')[1]?.why).toBe('its Dockerfile changed');
    expect([...world.source.seen(), ...world.destination.seen()]).toEqual([]);
  });

  it('is not said where the cache has no clone, and the rest is', async () => {
    const cache = cacheWithout('manifests', 'upstream');
    const { stderr } = await run(['catalog', '--out', join(world.home, 'none')], cache);
    expect(stderr).not.toContain('warning');
    expect(told('none', 'golang', '1.27').map(({ why }) => why)).toEqual([undefined, undefined, undefined]);
    expect(readdirSync(cache)).not.toContain('manifests');
  });
});

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { parse } from 'parse5';
import { beforeEach, describe, expect, test } from 'vitest';
import { HistoryBuilder } from '../../src/catalog/history.ts';
import { formatLockfile } from '../../src/lock/format.ts';
import { type Lockfile, tagDigests } from '../../src/lock/types.ts';
import { twoLockfiles } from '../support/arbitrary-lockfiles.ts';
import { type CliResult, runCli } from '../support/cli.ts';
import { gitIn } from '../support/git.ts';
import { digest, kept, locked, lockedImage, lockfile, pending, rewritten } from '../support/lockfiles.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const configuration = `version: 1
destinations:
  - {name: main, registry: registry.example.com, namespace: library}
images: {include: ["*"]}
`;
const first = lockfile(lockedImage('alpine', locked('a', '3.23 3')), lockedImage('redis', locked('r', '8 latest')));
const second = lockfile(
  lockedImage('alpine', pending('3.25'), locked('b', '3.24 3'), locked('a', '3.23')),
  lockedImage('debian', rewritten('13', kept('d', 'linux/amd64'))),
);

let mirror: string;
let out: string;

beforeEach(() => {
  mirror = join(temporaryDirectory().path, 'mirror');
  out = join(mirror, '..', 'site');
  mkdirSync(mirror);
  writeFileSync(join(mirror, 'mirrors.yaml'), configuration);
});

function writeLock(one: Lockfile | string): void {
  writeFileSync(join(mirror, 'mirrors.lock.yaml'), typeof one === 'string' ? one : formatLockfile(one));
}

async function commitAll(message: string, date: string): Promise<void> {
  const git = gitIn(mirror, { name: 'bot', email: 'bot@example.com', date });
  await git('init', '--quiet');
  await git('add', '--all');
  await git('commit', '--quiet', `--message=${message}`);
}

function catalog(...args: readonly string[]): Promise<CliResult> {
  return runCli(['catalog', '--out', '../site', ...args], { cwd: mirror });
}

/** All paths below a folder with the texts of files. */
function filesBelow(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path, entry.isFile() ? readFileSync(path, 'utf8') : ''];
    }),
  );
}

const day = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 10);
/** What the script of an image's history holds. */
const historyOf = (image: string) =>
  JSON.parse(
    page(`history/${image}.js`)
      .replace(/^.*?\.push\(/, '')
      .replace(/\);\n$/, ''),
  )[1];

const page = (path: string) => readFileSync(join(out, path), 'utf8');

describe('a catalogue', () => {
  test('has a page, a feed and a history for each image, also for one that left the lockfile', async () => {
    for (const [index, one] of [first, second].entries()) {
      writeLock(one);
      await commitAll('Update', `2026-0${index + 1}-05T00:00:00Z`);
    }
    expect(await catalog()).toMatchObject({ code: 0, stderr: expect.not.stringContaining('warning') });
    expect(readdirSync(join(out, 'image'))).toEqual(['alpine.html', 'debian.html', 'redis.html']);
    expect(readdirSync(join(out, 'feed'))).toEqual(['alpine.xml', 'debian.xml', 'redis.xml']);
    expect(page('image/redis.html')).toContain('This image left the lockfile');
    expect(page('image/redis.html')).toContain('2026-02-05');
    expect(page('image/debian.html')).toContain('linux/amd64');
    expect(page('feed/alpine.xml')).toContain('1 tag moved (3), 1 tag added (3.24)');
    expect(page('index.html')).toContain('1 image with tags that are announced and not published yet');
  });

  test('has feeds that name their own address, where the site has one', async () => {
    writeLock(first);
    const selfOf = (text: string) => /<link rel="self" href="([^"]*)"\/>/.exec(text)?.[1];
    expect((await catalog('--url', 'https://mirror.example.com/c')).code).toBe(0);
    expect(selfOf(page('feed/alpine.xml'))).toBe('https://mirror.example.com/c/feed/alpine.xml');
    expect((await catalog()).code).toBe(0);
    expect(selfOf(page('feed/alpine.xml'))).toBeUndefined();
  });

  test('says so where the lockfile has changes that are not committed', async () => {
    writeLock(first);
    await commitAll('Update', '2026-01-05T00:00:00Z');
    expect((await catalog()).stderr).not.toContain('catalog/uncommitted');
    expect(page('index.html')).toContain('The lockfile is of 2026-01-05');
    writeLock(second);
    const result = await catalog();
    expect(result.code).toBe(0);
    expect(result.stderr).toContain('catalog/uncommitted');
    expect(page('image/debian.html')).toContain('changes that are not committed; its history ends at 2026-01-05');
  });

  test('is the same for the same inputs, and keeps files that it does not know', async () => {
    writeLock(first);
    expect((await catalog('--json')).code).toBe(0);
    writeFileSync(join(out, 'CNAME'), 'mirror.example.com');
    mkdirSync(join(out, 'image/mine'));
    writeFileSync(join(out, 'image/other.html'), 'mine');
    const again = JSON.parse((await catalog('--json')).stdout);
    expect(again.files).toMatchObject({ written: 0, removed: 0 });
    writeLock(second);
    expect(JSON.parse((await catalog('--json')).stdout).files).toMatchObject({ removed: 2 });
    expect(readdirSync(join(out, 'image')).sort()).toEqual(['alpine.html', 'debian.html', 'mine', 'other.html']);
    expect(page('CNAME')).toBe('mirror.example.com');
  });

  test('writes nothing where a file of somebody else is in the way', async () => {
    writeLock(first);
    mkdirSync(join(out, 'image'), { recursive: true });
    writeFileSync(join(out, 'image/alpine.html'), 'mine');
    const result = await catalog();
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain('catalog/foreign-file');
    expect(result.stderr).toContain('image/alpine.html');
    expect(readdirSync(out)).toEqual(['image']);
    expect(page('image/alpine.html')).toBe('mine');
  });

  test('removes nothing that a forged list names, and follows no link', async () => {
    writeLock(first);
    mkdirSync(out);
    writeFileSync(join(out, 'precious.txt'), 'mine');
    const files = ['precious.txt', '../mirror/mirrors.yaml', '/etc/passwd', 'image/../precious.txt'];
    writeFileSync(
      join(out, 'mirrorlock-catalog.json'),
      JSON.stringify({ schema: 'mirrorlock/catalog-files/v1', files }),
    );
    expect((await catalog()).code).toBe(0);
    expect(page('precious.txt')).toBe('mine');
    expect(readFileSync(join(mirror, 'mirrors.yaml'), 'utf8')).toBe(configuration);
    const linked = join(mirror, '..', 'linked');
    mkdirSync(linked);
    symlinkSync(mirror, join(linked, 'image'));
    const result = await runCli(['catalog', '--out', linked], { cwd: mirror });
    expect(result.stderr).toContain('catalog/symbolic-link');
    expect(readdirSync(mirror)).not.toContain('alpine.html');
  });

  test.each([
    ['none', undefined, 'lock/missing'],
    ['an empty one', '', 'lock/invalid'],
    ['a newer one', formatLockfile(first).replace('version: 1', 'version: 7'), 'lock/newer-version'],
    ['an older one', formatLockfile(first).replace('version: 1', 'version: 0'), 'lock/'],
    ['one without a version', formatLockfile(first).replace('version: 1\n', ''), 'lock/invalid'],
    ['a broken one', `${formatLockfile(first)}x: [`, 'lock/not-yaml'],
    ['one in a conflict', `<<<<<<< HEAD\n${formatLockfile(first)}=======\n>>>>>>> other\n`, 'lock/'],
    ['one cut off', formatLockfile(first).slice(0, -60), 'lock/'],
    ['one of binary bytes', '\u0000\u0001\u0002', 'lock/'],
    ['a list', '- 1\n', 'lock/invalid'],
    ['one with a name that is HTML', formatLockfile(first).replace('alpine:', '"<b>alpine</b>":'), 'lock/'],
    ['one with a name that leaves the folder', formatLockfile(first).replace('alpine:', '"../../alpine":'), 'lock/'],
  ])('says what is wrong with the lockfile, and writes nothing: %s', async (_, text, code) => {
    if (text !== undefined) writeLock(text);
    const result = await catalog();
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(code);
    expect(readdirSync(join(mirror, '..'))).toEqual(['mirror']);
  });

  test.each([
    ['a file where the folder should be', () => writeFileSync(out, 'mine'), 'catalog/unwritable'],
    ['a link to nothing', () => symlinkSync(join(mirror, 'nothing'), out), 'catalog/unwritable'],
    [
      'a file where a folder in it should be',
      () => {
        mkdirSync(out);
        writeFileSync(join(out, 'image'), 'mine');
      },
      'catalog/',
    ],
    [
      'a folder where a file should be',
      () => mkdirSync(join(out, 'index.html'), { recursive: true }),
      'catalog/not-a-file',
    ],
    [
      'a link to a file of somebody else',
      () => {
        mkdirSync(out);
        symlinkSync(join(mirror, 'mirrors.yaml'), join(out, 'index.html'));
      },
      'catalog/symbolic-link',
    ],
    [
      'a list of files that is a link',
      () => {
        mkdirSync(out);
        symlinkSync(join(mirror, 'mirrors.yaml'), join(out, 'mirrorlock-catalog.json'));
      },
      'catalog/symbolic-link',
    ],
  ])('is not written over %s', async (_, prepare, code) => {
    writeLock(first);
    prepare();
    const before = filesBelow(join(mirror, '..'));
    const result = await catalog();
    expect(result.code, result.stderr).not.toBe(0);
    expect(result.stdout).toBe('');
    expect(result.stderr).toContain(code);
    expect(result.stderr).not.toMatch(/^ +at /m);
    expect(filesBelow(join(mirror, '..'))).toEqual(before);
  });

  test.each([
    ['a folder', (path: string) => mkdirSync(path)],
    ['a link', (path: string) => symlinkSync(join(mirror, 'mirrors.yaml'), path)],
  ])('writes nothing where %s stands for a file that it would remove', async (_, replace) => {
    writeLock(first);
    expect((await catalog('--no-history')).code).toBe(0);
    rmSync(join(out, 'image/redis.html'));
    replace(join(out, 'image/redis.html'));
    writeLock(second);
    const before = filesBelow(join(mirror, '..'));
    const result = await catalog('--no-history');
    expect(result.code).not.toBe(0);
    expect(result.stderr).toContain('image/redis.html');
    expect(filesBelow(join(mirror, '..'))).toEqual(before);
  });

  test.each([
    ['an empty name, which is the working directory', ''],
    ['a blank name', ' '],
    ['git’s own folder', '.git'],
    ['a folder in it', '.git/site'],
    ['one in it by another way', 'sync/../.git/a/b'],
  ])('is not written to %s', async (_, folder) => {
    writeLock(first);
    await commitAll('Update', '2026-01-05T00:00:00Z');
    const before = filesBelow(mirror);
    const result = await runCli(['catalog', `--out=${folder}`], { cwd: mirror });
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain('catalog/bad-folder');
    expect(filesBelow(mirror)).toEqual(before);
  });

  test.runIf(existsSync('/proc/self'))(
    'says that a folder cannot be made, and ends, where a file system makes none',
    async () => {
      writeLock(first);
      const result = await runCli(['catalog', '--no-history', '--out', '/proc/mirrorlock/site'], { cwd: mirror });
      expect(result.code).toBe(1);
      expect(result.stderr).toContain('catalog/unwritable');
    },
  );

  test('is written through a link to a folder, which is where its owner wants it', async () => {
    writeLock(first);
    mkdirSync(join(mirror, '..', 'elsewhere'));
    symlinkSync('elsewhere', out);
    expect((await catalog()).code).toBe(0);
    expect(readdirSync(join(mirror, '..', 'elsewhere'))).toContain('index.html');
  });

  test('of a lockfile without images says so', async () => {
    writeLock(formatLockfile(lockfile()));
    expect((await catalog()).code).toBe(0);
    expect(page('index.html')).toContain('The lockfile names no image.');
  });

  test('goes past versions that cannot be read, and says so', async () => {
    for (const [index, one] of [formatLockfile(first), 'broken: [', formatLockfile(second)].entries()) {
      writeLock(one);
      await commitAll('Update', `2026-0${index + 1}-05T00:00:00Z`);
    }
    const result = await catalog();
    expect(result.code).toBe(0);
    expect(result.stderr).toContain('catalog/unreadable-version');
    expect(page('feed/alpine.xml')).toContain('1 tag moved (3)');
  });

  test('says since when each destination is known to serve what was merged, by the marks', async () => {
    const two = configuration.replace(
      'library}\n',
      'library}\n  - {name: dr, registry: dr.example.com, namespace: library}\n',
    );
    writeFileSync(join(mirror, 'mirrors.yaml'), two);
    const mark = (name: string, at: string, date: string) =>
      gitIn(mirror, { name: 'bot', email: 'bot@example.com', date })(
        'tag',
        '--annotate',
        `mirrored/${name}`,
        `--message=All that the lockfile names is at: ${at}`,
      );
    writeLock(first);
    await commitAll('Begin', '2026-01-05T00:00:00Z');
    await mark('2026-01-06T0000Z', 'main, dr, <img src=x>', '2026-01-06T00:00:00Z');
    writeLock(lockfile(lockedImage('alpine', locked('c', '3.23 3'))));
    await commitAll('Never served', '2026-01-20T00:00:00Z');
    writeLock(second);
    await commitAll('Update', '2026-02-05T00:00:00Z');
    writeFileSync(join(mirror, 'README.md'), 'A mirror');
    await commitAll('Write a README', '2026-02-06T00:00:00Z');
    await mark('2026-02-07T0000Z', 'main', '2026-02-07T00:00:00Z');
    await mark('2026-02-09T0000Z', 'main, dr', '2026-02-09T00:00:00Z');
    await mark('other/2026', 'main', '2026-01-01T00:00:00Z');
    expect((await catalog()).code).toBe(0);
    const cells = [...page('image/debian.html').matchAll(/<time datetime="([^"]+)"/g)].map(([, day]) => day);
    expect(cells).toEqual(['2026-02-05', '2026-02-07', '2026-02-09']);
    expect(page('image/debian.html')).toContain('<li>dr: <time');
    expect(page('index.html')).toContain('all of it seen there last');
    expect(page('index.html')).not.toContain('<img');
    const { versions } = historyOf('alpine');
    expect(versions.map(([, , subject, served]: [number, string, string, number]) => [subject, day(served)])).toEqual([
      ['Begin', '2026-01-06'],
      ['Never served', '2026-02-07'],
      ['Update', '2026-02-07'],
    ]);
  });

  test('says without git that it has no history', async () => {
    writeLock(first);
    const result = await catalog();
    expect(result.code).toBe(0);
    expect(result.stderr).toContain('catalog/no-history');
    expect((await catalog('--no-history')).stderr).not.toContain('catalog/no-history');
  });
});

const nasty = `</script><script>alert(1)</script><img src=x onerror=alert(2)> ]]> & "' \u001b[31m \u202e`;

test('nothing of a commit becomes markup, in pages, scripts and feeds', async () => {
  for (const [index, one] of [first, second].entries()) {
    writeLock(one);
    await commitAll(nasty, `2026-0${index + 1}-05T00:00:00Z`);
  }
  expect((await catalog()).code).toBe(0);
  for (const path of readdirSync(out, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(?:html|js|xml)$/.test(path) || path === 'assets/catalog.js') continue;
    const text = page(path);
    expect(text, path).not.toMatch(/<img|<script>|[\u001b\u202e]/);
  }
  expect(page('history/alpine.js')).toContain('\\u003c/script>');
  const call = page('history/alpine.js')
    .replace(/^.*?\.push\(/, '')
    .replace(/\);\n$/, '');
  expect(JSON.parse(call)[1].versions[0][2]).toContain('</script><script>alert(1)');
  const inFeed = /<summary type="html"><!\[CDATA\[([\s\S]*?)\]\]><\/summary>/.exec(page('feed/alpine.xml'))?.[1] ?? '';
  expect(inFeed).toContain('&#60;/script&#62;');
  expect(parse(page('index.html')).nodeName).toBe('#document');
});

describe('reports', () => {
  const verify = (drift: readonly object[], more: object = {}) =>
    JSON.stringify({
      schema: 'mirrorlock/verify/v1',
      drift: drift.length > 0,
      destinations: [{ name: 'main', tags: 5, drift, ...more }],
      warnings: [],
    });

  test('say of each group how it stands at each destination', async () => {
    writeLock(second);
    const drift = [
      { kind: 'missing', image: 'alpine', tag: '3.24', wanted: digest('b') },
      { kind: 'different', image: 'alpine', tag: '3.23', wanted: digest('a'), seen: digest('x') },
      { kind: 'extra', image: 'debian', tag: '1' },
    ];
    writeFileSync(join(mirror, 'verify.json'), verify(drift));
    expect((await catalog('--verify', 'verify.json')).code).toBe(0);
    const states = [...page('image/alpine.html').matchAll(/s-(\w+)/g)].map(([, state]) => state);
    expect(states).toEqual(['waits', 'drift']);
    expect(page('image/debian.html')).toContain('✓ mirrored');
  });

  test('of what was not looked at say so, and failures of an apply as well', async () => {
    writeLock(second);
    const drift = [{ kind: 'missing', image: 'alpine', tag: '3.23', wanted: digest('a') }];
    writeFileSync(join(mirror, 'verify.json'), verify(drift, { failures: [{ image: 'debian', problem: {} }] }));
    const failures = [{ image: 'alpine', digest: digest('a'), tags: ['3.23'], problem: {} }];
    const apply = { schema: 'mirrorlock/apply/v2', counts: { waiting: 3 }, destinations: [{ name: 'main', failures }] };
    writeFileSync(join(mirror, 'apply.json'), JSON.stringify(apply));
    expect((await catalog('--verify', 'verify.json', '--apply', 'apply.json')).code).toBe(0);
    expect(page('image/debian.html')).toContain('? not looked at');
    expect(page('image/alpine.html')).toContain('✗ failed');
    expect(page('index.html')).toContain('The last apply left 3 groups for a later run.');
  });

  test('that are empty are not used, with a warning', async () => {
    writeLock(second);
    writeFileSync(join(mirror, 'verify.json'), '');
    const result = await catalog('--verify', 'verify.json');
    expect(result.code).toBe(0);
    expect(result.stderr).toContain('catalog/empty-report');
  });

  test.each([
    ['that is no JSON', 'oops'],
    ['of another shape', '{"schema":"mirrorlock/diff/v1"}'],
    ['whose drift is no list', '{"schema":"mirrorlock/verify/v1","destinations":[{"name":"main","drift":{}}]}'],
    ['that is a list', '[]'],
    ['that is null', 'null'],
    ['with bytes that are no text', '\u0000\ufffd{'],
    ['of another command', JSON.stringify({ schema: 'mirrorlock/apply/v2', counts: {}, destinations: [] })],
  ])('one %s is refused, and nothing is written', async (_, text) => {
    writeLock(second);
    writeFileSync(join(mirror, 'verify.json'), text);
    writeFileSync(join(mirror, 'good.json'), verify([{ kind: 'missing', image: 'alpine', tag: '3.24' }]));
    const result = await catalog('--verify', 'good.json', 'verify.json', '--json');
    expect(result.code).toBe(2);
    expect(JSON.parse(result.stdout).problems).toMatchObject([
      { code: 'catalog/bad-report', severity: 'error', place: { file: 'verify.json' } },
    ]);
    expect(result.stderr).toContain('`mirrorlock verify`');
    expect(existsSync(out)).toBe(false);
  });

  test.each([
    ['that is missing', 'none.json'],
    ['in a folder that is missing', 'none/verify.json'],
    ['that is a folder', 'folder'],
  ])('one %s is refused for each option, and nothing is written', async (_, file) => {
    writeLock(second);
    mkdirSync(join(mirror, 'folder'));
    const result = await catalog('--apply', file, '--verify', file, '--json');
    expect(result.code).toBe(2);
    expect(JSON.parse(result.stdout).problems).toMatchObject([
      { code: 'catalog/no-report', place: { file }, hint: expect.stringContaining('leave out `--apply`') },
      { code: 'catalog/no-report', place: { file }, hint: expect.stringContaining('leave out `--verify`') },
    ]);
    expect(existsSync(out)).toBe(false);
  });

  const failed = { schema: 'mirrorlock/error/v1', problems: [{ code: 'registry/unreachable', severity: 'error' }] };
  test.each([
    ['of a command that failed', ['--verify', 'one.json'], failed, 'catalog/failed-report'],
    [
      'of an apply of an older version',
      ['--apply', 'one.json'],
      { schema: 'mirrorlock/apply/v1' },
      'catalog/report-version',
    ],
    [
      'of a verify of a newer version',
      ['--verify', 'one.json'],
      { schema: 'mirrorlock/verify/v9' },
      'catalog/report-version',
    ],
  ])('one %s is said and not used, and the rest is built', async (_, args, report, code) => {
    writeLock(second);
    writeFileSync(join(mirror, 'one.json'), JSON.stringify(report));
    const result = await catalog(...args);
    expect(result.code).toBe(0);
    expect(result.stderr).toContain(code);
    expect(page('image/alpine.html')).not.toContain('class="state');
  });

  test('of several jobs of an apply are taken together, and a look that found a tag right ends its failure', async () => {
    writeLock(second);
    const report = (image: string, tag: string, one: string, waiting: number) => {
      const failures = [{ image, digest: digest(one), tags: [tag], problem: {} }];
      return JSON.stringify({
        schema: 'mirrorlock/apply/v2',
        counts: { waiting },
        destinations: [{ name: 'main', failures }],
      });
    };
    writeFileSync(join(mirror, 'apply-0.json'), report('alpine', '3.23', 'a', 1));
    writeFileSync(join(mirror, 'apply-1.json'), report('debian', '13', 'd', 2));
    writeFileSync(join(mirror, 'verify.json'), verify([{ kind: 'missing', image: 'debian', tag: '13' }]));
    expect((await catalog('--apply', 'apply-0.json', 'apply-1.json')).code).toBe(0);
    expect(page('image/alpine.html')).toContain('✗ failed');
    expect(page('image/debian.html')).toContain('✗ failed');
    expect(page('index.html')).toContain('The last apply left 3 groups for a later run.');
    expect((await catalog('--apply', 'apply-0.json', 'apply-1.json', '--verify', 'verify.json')).code).toBe(0);
    expect(page('image/alpine.html')).not.toContain('✗ failed');
    expect(page('image/debian.html')).toContain('✗ failed');
  });

  test.each([['not a url'], ['file:///x'], ['https://user:secret@example.com/'], ['https://example.com/?q']])(
    'an address of the site that is not one is refused: %s',
    async (url) => {
      writeLock(first);
      const result = await catalog('--url', url);
      expect(result.code).toBe(2);
      expect(result.stderr).toContain('catalog/bad-url');
    },
  );
});

test('in a week without a version there is pending what was pending before it', () => {
  const builder = new HistoryBuilder();
  const waiting = (count: number) =>
    lockfile(
      lockedImage(
        'alpine',
        ...(count === 0 ? [locked('a', '3')] : []),
        ...Array.from({ length: count }, (_, at) => pending(`${at}`)),
      ),
    );
  for (const [index, [week, count]] of [
    [0, 0],
    [3, 2],
    [3, 4],
    [3, 1],
    [6, 0],
  ].entries()) {
    const version = { commit: `${index}`, time: 1_767_571_200 + (week ?? 0) * 604_800, subject: '' };
    expect(builder.addText(version, formatLockfile(waiting(count ?? 0)))).toBe(true);
  }
  expect(builder.history(false).weeks.map((week) => week.pending)).toEqual([0, 0, 0, 4, 1, 1, 1]);
});

test('a history ends at what the last version has, whatever changed before', () => {
  fc.assert(
    fc.property(fc.array(twoLockfiles, { minLength: 1, maxLength: 3 }), (pairs) => {
      const all = pairs.flat();
      const builder = new HistoryBuilder();
      for (const [index, one] of all.entries()) {
        const version = { commit: `${index}`, time: index * 86_400, subject: '' };
        // One that YAML writes otherwise is added as parsed.
        if (!builder.addText(version, formatLockfile(one))) builder.addParsed(version, one);
      }
      const { images, weeks } = builder.history(false);
      const events = [...images.values()].flatMap((tags) => [...tags.values()].flat());
      const inWeeks = weeks.flatMap(({ counts }) => Object.values(counts)).reduce((sum, count) => sum + count, 0);
      expect(inWeeks).toBe(events.filter(({ kind }) => kind !== 'first').length);
      const ends = [...images].flatMap(([image, tags]) =>
        [...tags].flatMap(([tag, events]) => {
          const last = events.at(-1);
          return last?.digest === undefined ? [] : [`${image}:${tag} ${last.digest}`];
        }),
      );
      const expected = (all.at(-1)?.images ?? []).flatMap((image) =>
        [...tagDigests(image)].map(([tag, one]) => `${image.image}:${tag} ${one}`),
      );
      expect(ends.sort()).toEqual(expected.sort());
    }),
  );
});

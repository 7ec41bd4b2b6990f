import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { type DocsMachine, docsMachine } from './docs-machine.ts';
import { botRights, token } from './forge-world.ts';
import { gitIn } from './git.ts';
import { startGitHub } from './github/github.ts';

/** The mirror repository that the pages speak of. */
const mirrorName = 'my-mirror';

const configuration = `version: 1
source: {alternates: [public.ecr.aws/docker/library]}
destinations:
  - {name: main, registry: registry.example.com, namespace: library, exclusive: true}
  - {name: eu, registry: registry.example.com, namespace: eu/library, exclusive: true}
  - {name: lab, registry: registry.example.com, namespace: lab/library, exclusive: true}
policy: {dropped: prune}
images:
  include: [alpine, debian, golang, python, redis]
`;

/** Inputs that pages name, in the home folder and in the mirror's. */
const inputs: Readonly<Record<string, string>> = {
  'projects/app/Dockerfile': 'FROM python:3.13-slim\nCOPY --from=golang:1.27 /bin/sh /bin/sh\n',
  'projects/app/compose.yaml': 'services:\n  cache:\n    image: redis:8\n',
  'pods.json': JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: [{ apiVersion: 'v1', kind: 'Pod', spec: { containers: [{ name: 'web', image: 'debian:12' }] } }],
  }),
  'access.log':
    '10.0.0.1 - - [20/Nov/2026:08:00:00 +0000] "GET /v2/library/debian/manifests/12 HTTP/1.1" 200 1000 "-" "docker/29.0"\n',
  'usage.csv':
    'datehour,user_name,repository,tag,digest,version_checks,pulls\n2026-11-20T08,me,library/alpine,latest,,0,3\n',
  'images.txt': 'docker.io/library/alpine:latest\ndebian:12\n',
  'regsync.yml':
    'version: 1\nsync:\n  - source: alpine\n    target: registry.example.com/library/alpine\n    type: repository\n    tags: {allow: ["3", "latest"]}\n',
  'skopeo.yaml': 'docker.io:\n  images:\n    library/alpine: ["latest"]\n    library/debian: ["12"]\n',
  'other.yaml': configuration.replace(', redis', ''),
};

/** What a command did. */
export interface DocsRun {
  readonly code: number;
  readonly output: string;
}

/** A machine with a mirror that is applied, at a GitHub, with marks of earlier states. */
export interface DocsWorld {
  readonly machine: DocsMachine;
  /** Puts the mirror repository as it was at first; or takes it away, for pages that begin one. */
  begin(where: 'with a mirror' | 'without a mirror'): void;
  /** Runs a line of a page by a shell: in the mirror repository, or beside it where the line names its folder. */
  run(line: string): Promise<DocsRun>;
}

/** Makes the world that the commands of the docs run in. */
export async function docsWorld(): Promise<DocsWorld> {
  const machine = await docsMachine();
  const { home } = machine;
  const mirror = join(home, mirrorName);
  const pristine = join(home, 'pristine');
  writeInputs(home);
  const github = await startGitHub();
  const repository = await github.addRepository('acme/mirror');
  github.addToken(token, { login: 'github-actions[bot]', kind: 'actions', permissions: botRights });
  const env = {
    ...machine.env,
    GITHUB_API_URL: github.apiUrl,
    GITHUB_SERVER_URL: github.serverUrl,
    GITHUB_REPOSITORY: 'acme/mirror',
    GITHUB_TOKEN: token,
  };
  const shell = async (line: string, cwd: string): Promise<DocsRun> => {
    const { exitCode, all } = await execa('sh', ['-c', line], { cwd, env, extendEnv: false, reject: false, all: true });
    return { code: exitCode ?? -1, output: all };
  };
  const must = async (line: string, cwd: string): Promise<void> => {
    const { code, output } = await shell(line, cwd);
    if (code !== 0) throw new Error(`${line} ended with ${code}:\n${output}`);
  };
  await must('docker login registry.example.com', home);
  await makeMirror(mirror, repository.url, repository.git.folder, must);
  cpSync(mirror, pristine, { recursive: true });
  return {
    machine,
    begin(where) {
      rmSync(mirror, { recursive: true, force: true });
      if (where === 'with a mirror') cpSync(pristine, mirror, { recursive: true });
    },
    run: (line) =>
      shell(
        line.replace(/(?<=^|[\s=])\/(media|var)\//g, `${home}/$1/`).replace('/srv/mirror', mirror),
        line.includes(mirrorName) || !existsSync(mirror) ? home : mirror,
      ),
  };
}

function writeInputs(folder: string): void {
  for (const [name, text] of Object.entries(inputs)) {
    const file = join(folder, name);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, text);
  }
  for (const place of ['media/usb', 'media/disk', 'var/lib/node_exporter', 'var/log/nginx', 'var/www/mirror']) {
    mkdirSync(join(folder, place), { recursive: true });
  }
  writeFileSync(join(folder, 'var/log/nginx/access.log'), inputs['access.log'] ?? '');
}

async function makeMirror(
  mirror: string,
  url: string,
  bare: string,
  must: (line: string, cwd: string) => Promise<void>,
): Promise<void> {
  mkdirSync(mirror);
  writeFileSync(join(mirror, 'mirrors.yaml'), configuration);
  const git = gitIn(mirror);
  await git('init', '--quiet', '--initial-branch=main');
  await must('mirrorlock lock && mirrorlock render', mirror);
  await git('add', '--all');
  await git('commit', '--quiet', '--message=Begin a mirror');
  for (let day = 0; day < 8; day += 1) await git('commit', '--quiet', '--allow-empty', `--message=Day ${day}`);
  await git('remote', 'add', 'origin', url);
  await git('push', '--quiet', bare, 'HEAD:main');
  await git('fetch', '--quiet', 'origin');
  await git('branch', '--quiet', '--set-upstream-to=origin/main');
  await must('mirrorlock apply && mirrorlock verify --mark', mirror);
  const mark = (await git('tag', '--list', 'mirrored/*')).split('\n')[0] ?? '';
  const message = await git('tag', '--list', mark, '--format=%(contents)');
  for (const [name, commit] of [
    ['mirrored/2026-08-21T1200Z', 'HEAD~4'],
    ['mirrored/2026-11-20T0800Z', 'HEAD~2'],
  ] as const) {
    await git('tag', '--annotate', `--message=${message}`, name, commit);
  }
  writeInputs(mirror);
  const own = ['site', 'public', 'out', '*.json', '*.prom', '*.html'];
  writeFileSync(join(mirror, '.git/info/exclude'), [...Object.keys(inputs), ...own, 'media', 'var'].join('\n'));
  await must('mirrorlock verify --json >verify.json && mirrorlock apply --json >apply.json', mirror);
}

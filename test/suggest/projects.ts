import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** A project: its files, and the references that they use, written as `image:tag`, each as often as it is used. */
interface Project {
  readonly files: Readonly<Record<string, string | Buffer>>;
  readonly uses: readonly string[];
}

const nginxLine = (request: string, agent: string) =>
  `10.0.0.7 - - [21/Aug/2026:10:00:00 +0000] "${request}" 200 1024 "-" "${agent}"\n`;

const kinds: readonly ((index: number) => Project)[] = [
  (index) => {
    const python = `3.${11 + (index % 4)}`;
    return {
      files: {
        Dockerfile: `# syntax=docker/dockerfile:1\nARG PYTHON=${python}\nFROM python:\${PYTHON}-slim AS build\nRUN pip install .\nFROM python:\${PYTHON}-slim\nCOPY --from=build /app /app\n`,
        '.dockerignore': 'FROM not:read\n',
      },
      uses: ['docker/dockerfile:1', `python:${python}-slim`, `python:${python}-slim`],
    };
  },
  (index) => ({
    files: {
      'build/Dockerfile.web': `FROM --platform=$BUILDPLATFORM node:${index % 2 === 0 ? 24 : 26}-alpine AS web\nFROM nginxinc/nginx-unprivileged:1\nCOPY --from=web /a /b\nCOPY --from=docker.io/library/busybox:1.38 /bin/busybox /\n`,
    },
    uses: [`node:${index % 2 === 0 ? 24 : 26}-alpine`, 'nginxinc/nginx-unprivileged:1', 'busybox:1.38'],
  }),
  (index) => ({
    files: {
      'compose.yaml': `services:\n  cache: {image: "redis:\${REDIS_TAG}"}\n  os: {image: index.docker.io/library/debian:${index % 2 === 0 ? '12' : 'trixie-slim'}}\n  app: {build: ., image: ours/app}\n`,
      '.env': 'REDIS_TAG=8-alpine\n',
    },
    uses: ['redis:8-alpine', `debian:${index % 2 === 0 ? '12' : 'trixie-slim'}`],
  }),
  (index) => ({
    files: {
      'deploy/all.yaml': `apiVersion: apps/v1\nkind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n        - image: golang:1.26.${index % 2 === 0 ? 7 : 3}-alpine\n---\napiVersion: v1\nkind: Pod\nspec: {containers: [{image: "quay.io/prometheus/node-exporter:v1"}, {image: alpine}]}\n`,
    },
    uses: [`golang:1.26.${index % 2 === 0 ? 7 : 3}-alpine`, 'quay.io/prometheus/node-exporter:v1', 'alpine:latest'],
  }),
  (index) => ({
    files: {
      Containerfile: `FROM alpin:3\nFROM golang:\${GO}\nFROM python:3.7-slim\n`,
      'node_modules/x/Dockerfile': 'FROM never:read\n',
      'chart/templates/a.yaml': 'apiVersion: v1\nkind: Pod\nspec: {containers: [{image: {{ .Values.image }}}]}\n',
      'pods.json': JSON.stringify({
        apiVersion: 'v1',
        kind: 'List',
        items: [
          { kind: 'Pod', spec: { containers: [{ image: `registry.example.com/library/alpine:3.2${index % 5}` }] } },
        ],
      }),
    },
    uses: ['alpin:3', 'python:3.7-slim', `alpine:3.2${index % 5}`],
  }),
];

const logProject: Project = {
  files: {
    'access.log.1.gz': gzipSync(
      nginxLine('GET /v2/library/hello-world/manifests/latest HTTP/1.1', 'docker/27') +
        nginxLine('HEAD /v2/library/redis/manifests/7 HTTP/1.1', 'containerd/2') +
        nginxLine('HEAD /v2/library/debian/manifests/sid HTTP/1.1', 'mirrorlock/0.1.0'),
    ),
    'usage.csv': 'datehour,repository,tag,digest,version_checks,pulls\n2026/08/21/10,library/busybox,1.38,,0,1\n',
  },
  uses: ['hello-world:latest', 'redis:7', 'busybox:1.38'],
};

/** Writes forty projects into a folder, and gives what they use. */
export function writeProjects(folder: string): string[] {
  const projects = Array.from({ length: 39 }, (_, index) =>
    kinds[index % kinds.length]?.(Math.floor(index / kinds.length)),
  );
  return [...projects, logProject].flatMap((project, index) => {
    for (const [name, content] of Object.entries(project?.files ?? {})) {
      const path = join(folder, `project-${String(index).padStart(2, '0')}`, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
    }
    return project?.uses ?? [];
  });
}

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AccessLog } from '../../src/suggest/access-log.ts';
import { readDockerfile } from '../../src/suggest/dockerfile.ts';
import { readHubUsage } from '../../src/suggest/hub-usage.ts';
import { readManifests } from '../../src/suggest/manifests.ts';
import type { Reading } from '../../src/suggest/types.ts';
import { expandVariables } from '../../src/suggest/variables.ts';

const shown = ({ uses }: Reading) => uses.map(({ text, place }) => `${place.line ?? '-'} ${text}`);
const codes = ({ problems }: Reading) => problems.map(({ code, place }) => `${place?.line ?? '-'} ${code}`);

describe('variables', () => {
  const values: Record<string, string> = { A: 'one', B: '', V: '3.12.4', P: 'x/y/z' };
  test.each([
    ['$A-$A', 'one-one'],
    ['${A}x', 'onex'],
    ['${B:-two}', 'two'],
    ['${B-two}', ''],
    ['${C:-two}', 'two'],
    ['${C:-${A}}', 'one'],
    ['${C:-${D:-deep}}', 'deep'],
    ['${A:+set}', 'set'],
    ['${B:+set}', ''],
    ['${B+set}', 'set'],
    ['${A:?must}', 'one'],
    ['${V%.*}', '3.12'],
    ['${V%%.*}', '3'],
    ['${V#*.}', '12.4'],
    ['${V##*.}', '4'],
    ['${P/\u0079/b}', 'x/b/z'],
    ['${V//./-}', '3-12-4'],
    ['\\$A', '$A'],
    ['a$', 'a$'],
    ['${', '${'],
    ['${A', '${A'],
  ])('%s', (text, expected) => {
    expect(expandVariables(text, { lookup: (name) => values[name], escape: '\\' })).toEqual({ text: expected });
  });
  test.each(['$C', '${C}', '${B:?must}', '${C%.*}', '${C:-$D}'])('%s has no value', (text) => {
    expect(expandVariables(text, { lookup: (name) => values[name], escape: '\\' })).toHaveProperty('missing');
  });
  test('any text ends, and soon', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'${}:-AB%#/*?'), maxLength: 200 }), (text) => {
        expect(expandVariables(text, { lookup: (name) => values[name], escape: '$' })).toBeTypeOf('object');
      }),
    );
  });
});

describe('Dockerfiles', () => {
  test('all stages, arguments, platforms, heredocs, mounts, copies, triggers and the syntax', () => {
    const reading = readDockerfile(
      'Dockerfile',
      `# syntax=docker/dockerfile:1.7
ARG VERSION=3.12
ARG BASE=python:\${VERSION}-slim OTHER="redis:8"
FROM --platform=$BUILDPLATFORM \${BASE} AS Build
ARG VERSION=9
RUN <<EOF
FROM alpine:1
EOF
COPY <<-EOT /x
FROM alpine:2
EOT
from $OTHER as second
COPY --from=build /a /b
COPY --from=0 /a /b
COPY --from=nginx:1.29 /a /b
RUN --mount=type=bind,from=busybox:1,target=/x --mount=type=cache,target=/y true
ONBUILD COPY --from=node:24 /a /b
FROM scratch
FROM BUILD
FROM \\
  # a comment
  "golang:1.26"
FROM python:\${VERSION}
`,
    );
    expect(shown(reading)).toEqual([
      '1 docker/dockerfile:1.7',
      '4 python:3.12-slim',
      '12 redis:8',
      '15 nginx:1.29',
      '16 busybox:1',
      '17 node:24',
      '20 golang:1.26',
      '23 python:3.12',
    ]);
    expect(reading.problems).toEqual([]);
  });
  test('the escape directive of Windows', () => {
    const text =
      '# escape=`\nFROM mcr.microsoft.com/windows:1 AS a\nFROM `\n  golang:1.26\nCOPY --from=a C:\\x C:\\y\\\nFROM node:24\n';
    expect(shown(readDockerfile('Dockerfile', text))).toEqual([
      '2 mcr.microsoft.com/windows:1',
      '3 golang:1.26',
      '6 node:24',
    ]);
  });
  test('what needs a value is told by line, and the rest counts', () => {
    const reading = readDockerfile('Dockerfile', '\ufeffARG A\r\nFROM $A\r\nFROM alpine:3\r\nFROM\r\nFROM b:${C}\r\n');
    expect(shown(reading)).toEqual(['3 alpine:3']);
    expect(codes(reading)).toEqual(['2 suggest/variable', '4 suggest/no-image', '5 suggest/variable']);
    expect(codes(readDockerfile('Dockerfile', 'RUN true'))).toEqual(['1 suggest/no-from']);
  });
});

describe('manifests', () => {
  test('Kubernetes objects of many kinds, one document broken and one a template', () => {
    const reading = readManifests(
      'all.yaml',
      `# Source: chart/templates/a.yaml
apiVersion: apps/v1
kind: Deployment
spec:
  template:
    spec:
      initContainers: [{name: i, image: "busybox:1"}]
      containers:
        - name: a
          image: nginx:1.29
          env: [{name: image, value: not}]
      volumes: [{name: v, image: {reference: "alpine:3"}}]
---
apiVersion: batch/v1
kind: CronJob
spec: {jobTemplate: {spec: {template: {spec: {containers: [{image: python:3.13}]}}}}}
---
apiVersion: v1
kind: Pod
spec: [
---
apiVersion: v1
kind: Pod
spec: {containers: [{image: "{{ .Values.image }}:{{ .tag }}"}, {{ include "x" . }}]}
---
apiVersion: v1
kind: ConfigMap
data: {image: logo.png}
---
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
images: [{name: redis, newTag: "8"}, {name: x, newName: node, newTag: 24-slim}, {name: only}]
---
apiVersion: tekton.dev/v1
kind: Task
spec: {steps: [{image: golang:1.26}]}
`,
    );
    expect(reading.kind).toBe('kubernetes');
    expect(shown(reading)).toEqual([
      '7 busybox:1',
      '10 nginx:1.29',
      '12 alpine:3',
      '16 python:3.13',
      '32 redis:8',
      '32 node:24-slim',
      '36 golang:1.26',
    ]);
    expect(codes(reading)).toEqual(['20 suggest/bad-yaml', '24 suggest/template']);
  });
  test('the pods of a cluster, as kubectl prints them', () => {
    const pod = (image: string) => ({
      kind: 'Pod',
      spec: { containers: [{ name: 'a', image }], ephemeralContainers: [{ image: 'busybox:1' }] },
      status: { containerStatuses: [{ image: `docker.io/library/${image}`, imageID: 'x' }] },
    });
    const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [pod('redis:8'), pod('redis:8')] });
    expect(shown(readManifests('pods.json', text))).toEqual(['- redis:8', '- busybox:1', '- redis:8', '- busybox:1']);
  });
  test('compose: variables, .env, merges, tags, builds and inline Dockerfiles', () => {
    const text = `x-base: &base {image: "alpine:\${ALPINE:-3.24}", restart: always}
services:
  a: *base
  b:
    <<: *base
    command: x
  c: {image: "redis:$REDIS"}
  d: {build: ., image: "own/app"}
  e: {build: {dockerfile_inline: "FROM node:24"}}
  f: {image: "python:\${PYTHON?}"}
  g: {image: "a$$b"}
  h: {image: !reset null, ports: !override []}
`;
    const reading = readManifests('compose.yaml', text, { REDIS: '8' });
    expect(shown(reading)).toEqual(['1 alpine:3.24', '5 alpine:3.24', '7 redis:8', '9 node:24', '11 a$b']);
    expect(codes(reading)).toEqual(['10 suggest/variable']);
    expect(readManifests('stack.yml', 'services: {a: {image: b}}').kind).toBe('compose');
    expect(readManifests('values.yaml', 'services: {a: {port: 1}}').kind).toBeUndefined();
  });
  test('pipelines of GitLab and workflows of GitHub', () => {
    const gitlab =
      'image: node:24\njob:\n  image: {name: "golang:1.26"}\n  services: [redis:8, {name: postgres:17}]\n  script: [x]\nother: {image: $X}\n';
    expect(shown(readManifests('a/.gitlab-ci.yml', gitlab))).toEqual([
      '1 node:24',
      '3 golang:1.26',
      '4 redis:8',
      '4 postgres:17',
    ]);
    const github = `jobs:
  a:
    container: node:24
    services: {db: {image: postgres:17, env: {name: x}}}
    steps: [{uses: docker://alpine:3}, {uses: actions/checkout@v4, with: {image: no}}]
  b: {container: {image: golang:1.26}}
`;
    expect(shown(readManifests('.github/workflows/ci.yml', github))).toEqual([
      '3 node:24',
      '4 postgres:17',
      '5 alpine:3',
      '6 golang:1.26',
    ]);
  });
  test('what would take the parser for ever is refused by line', () => {
    expect(codes(readManifests('a.yaml', `kind: x\n${'? '.repeat(2000)}`))).toEqual(['2 suggest/bad-yaml']);
    expect(codes(readManifests('a.yaml', '['.repeat(5000)))).toEqual(['1 suggest/bad-yaml']);
    const bomb = `a: &a [x]\n${[...'bcdefghi'].map((name, at) => `${name}: &${name} [${`*${'abcdefghi'[at]},`.repeat(9)}]`).join('\n')}\n`;
    expect(codes(readManifests('a.yaml', bomb))).toEqual(['1 suggest/bad-yaml']);
  });
});

describe('access logs', () => {
  const digest = `sha256:${'b'.repeat(64)}`;
  const pulls = (lines: readonly string[]) => {
    const log = new AccessLog('access.log', [{ host: 'registry.example.com', namespace: 'hub/library' }]);
    for (const line of lines) log.add(line);
    return log.uses().map(({ text, count, place }) => `${place.line} ${text} ${count}`);
  };
  const nginx = (request: string, status = 200, agent = 'docker/27.0') =>
    `10.0.0.1 - - [21/Aug/2026:10:00:00 +0000] "${request}" ${status} 1024 "-" "${agent}"`;

  test('nginx: pulls by tag, each with the requests that it makes', () => {
    expect(
      pulls([
        nginx('HEAD /v2/hub/library/alpine/manifests/3.24 HTTP/1.1', 401),
        nginx('HEAD /v2/hub/library/alpine/manifests/3.24 HTTP/1.1'),
        nginx(`GET /v2/hub/library/alpine/manifests/${digest} HTTP/1.1`),
        nginx('GET /v2/hub/library/alpine/manifests/3.24?ns=docker.io HTTP/1.1'),
        nginx('GET /v2/hub/library/redis/manifests/8 HTTP/1.1', 404),
        nginx('GET /v2/team/app/manifests/1 HTTP/1.1'),
        nginx('GET /v2/library/node/manifests/24 HTTP/2.0'),
        nginx('PUT /v2/hub/library/busybox/manifests/1 HTTP/1.1', 201),
        nginx('GET /v2/hub/library/debian/manifests/12 HTTP/1.1', 200, 'mirrorlock/0.1.0 (+https://example.com)'),
        nginx(`GET /v2/hub/library/python/manifests/${digest} HTTP/1.1`),
        nginx('GET /v2/hub/library/alpine/blobs/x HTTP/1.1'),
        'nonsense',
        '"GET /v2/',
        `{"broken /v2/`,
      ]),
    ).toEqual([
      '2 docker.io/library/alpine:3.24 2',
      '5 docker.io/library/redis:8 1',
      '6 docker.io/team/app:1 1',
      '7 docker.io/library/node:24 1',
      `10 docker.io/library/python@${digest} 1`,
    ]);
  });
  test("distribution's log, as text and as JSON", () => {
    const text = (uri: string, status: string) =>
      `time="2026-08-21T10:00:00Z" level=info msg="response completed" go.version=go1.22 http.request.host="registry.example.com" http.request.method=GET http.request.uri="${uri}"${status}`;
    const json = (uri: string, host: string) =>
      JSON.stringify({
        'http.request.host': host,
        'http.request.method': 'HEAD',
        'http.request.uri': uri,
        'http.response.status': 200,
      });
    expect(
      pulls([
        text('/v2/hub/library/alpine/manifests/3', ''),
        text('/v2/hub/library/alpine/manifests/3', ' http.response.status=200 http.response.written=5'),
        text('/v2/hub/library/alpine/blobs/3', ' http.response.status=200'),
        json('/v2/hub/library/redis/manifests/8', 'registry.example.com'),
        json('/v2/team/app/manifests/8', 'other.example.com'),
        '{"request":"GET /v2/hub/library/node/manifests/24 HTTP/1.1","status":"200"}',
      ]),
    ).toEqual([
      '2 docker.io/library/alpine:3 1',
      '4 docker.io/library/redis:8 1',
      '5 other.example.com/team/app:8 1',
      '6 docker.io/library/node:24 1',
    ]);
  });
});

describe("the Hub's usage report", () => {
  test('columns in any order, quoted fields, rows that are broken', () => {
    const reading = readHubUsage(
      'usage.csv',
      `\ufeffdatehour,user_name,repository,access_token_name,ips,repository_privacy,tag,digest,version_checks,pulls
2026/08/21/10,me,library/alpine,generated,"[1.1.1.1, 2.2.2.2]",public,3.24,sha256:${'a'.repeat(64)},2,5
2026/08/21/11,me,library/redis
2026/08/21/11,me,bitnami/redis,t,1.1.1.1,public,,sha256:${'a'.repeat(64)},0,1
2026/08/21/11,me,library/node,t,1.1.1.1,public,,,0,1
2026/08/21/11,me,library/node,t,1.1.1.1,public,24,,,
`,
    );
    expect(reading?.uses.map(({ text, count, place }) => `${place.line} ${text} ${count}`)).toEqual([
      '2 library/alpine:3.24 7',
      `4 bitnami/redis@sha256:${'a'.repeat(64)} 1`,
      '6 library/node:24 1',
    ]);
    expect(reading && codes(reading)).toEqual(['3 suggest/bad-row', '5 suggest/bad-row']);
    expect(readHubUsage('a.csv', 'name,count\nx,1\n')).toBeUndefined();
    expect(readHubUsage('a.csv', 'tag;repository\n3;alpine\n')?.uses.map(({ text }) => text)).toEqual(['alpine:3']);
  });
});

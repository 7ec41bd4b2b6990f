import { describe, expect, test } from 'vitest';
import { skopeoProblem } from '../../../src/apply/skopeo/causes.ts';
import { readSkopeoLog } from '../../../src/apply/skopeo/log.ts';
import { parseLogLine } from '../../../src/apply/skopeo/log-line.ts';
import { digest } from '../../lock/build.ts';

const a = digest('a');
const ref = `docker://127.0.0.1:41773/library/alpine@${a}`;
const begin = 'time="2026-11-24T06:19:58Z"';
const reading = `initializing source ${ref}: reading manifest ${a} in 127.0.0.1:41773/library/alpine`;
const pinging = `initializing source ${ref}: pinging container registry 127.0.0.1:41773`;
const initiating = 'writing blob: initiating layer upload to /v2/library/alpine/blobs/uploads/ in 127.0.0.1:44089';
const putting = `writing manifest: uploading manifest ${a} to 127.0.0.1:44089/library/alpine`;
const patching =
  'writing blob: Patch "http://127.0.0.1:41929/v2/library/alpine/blobs/uploads/4803?_state=MdR4": readfrom tcp 127.0.0.1:38828->127.0.0.1:41929: happened during read';

/** As skopeo 1.9.3 said them to docker-registry 2.8.2, and to a server that answers the status in the name. */
const said: readonly (readonly [name: string, text: string, code: string])[] = [
  ['manifest 401', `${reading}: unauthorized: authentication required`, 'unauthorized'],
  ['manifest 403', `${reading}: denied: requested access to the resource is denied`, 'denied'],
  ['manifest 404', `${reading}: manifest unknown: manifest unknown`, 'not-found'],
  ['manifest 429', `${reading}: toomanyrequests: You have reached your pull rate limit.`, 'rate-limited'],
  ['manifest 500', `${reading}: received unexpected HTTP status: 500 Internal Server Error`, 'server'],
  ['manifest 502 with HTML', `${reading}: received unexpected HTTP status: 502 Bad Gateway`, 'server'],
  ['ping 403', `${pinging}: invalid status code from registry 403 (Forbidden)`, 'denied'],
  ['ping 404', `${pinging}: invalid status code from registry 404 (Not Found)`, 'not-found'],
  ['ping 429', `${pinging}: too many requests to registry`, 'rate-limited'],
  ['ping 500', `${pinging}: invalid status code from registry 500 (Internal Server Error)`, 'server'],
  [
    'blob 401',
    `reading blob ${a}: unable to retrieve auth token: invalid username/password: unauthorized: authentication required`,
    'unauthorized',
  ],
  ['blob 403', `reading blob ${a}: Error fetching blob: invalid status code from registry 403 (Forbidden)`, 'denied'],
  [
    'blob 404',
    `reading blob ${a}: Error fetching blob: invalid status code from registry 404 (Not Found)`,
    'not-found',
  ],
  ['blob 429', `reading blob ${a}: too many requests to registry`, 'rate-limited'],
  [
    'blob 500',
    `reading blob ${a}: Error fetching blob: invalid status code from registry 500 (Internal Server Error)`,
    'server',
  ],
  ['upload 405', `${initiating}: StatusCode: 405, Method not allowed\n`, 'refused'],
  ['upload 500', `${initiating}: received unexpected HTTP status: 500 Internal Server Error`, 'server'],
  ['upload 507', `${initiating}: received unexpected HTTP status: 507 Insufficient Storage`, 'no-space'],
  [
    'upload without credentials',
    `trying to reuse blob ${a} at destination: checking whether a blob ${a} exists in 127.0.0.1:43983/library/alpine: unauthorized: authentication required`,
    'unauthorized',
  ],
  [
    'a blob that a registry fails at',
    `trying to reuse blob ${a} at destination: failed to read from destination repository library/python: 500 (Internal Server Error)`,
    'destination-blob',
  ],
  [
    'a repository that may not be read',
    `trying to reuse blob ${a} at destination: failed to read from destination repository library/python: 403 (Forbidden)`,
    'denied',
  ],
  ['put 400', `${putting}: manifest invalid: manifest invalid`, 'refused'],
  ['put 500', `${putting}: received unexpected HTTP status: 500 Internal Server Error`, 'server'],
  [
    'connection refused',
    `${pinging}: Get "http://127.0.0.1:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused`,
    'network',
  ],
  [
    'no such host',
    `${pinging}: Get "http://nohost.invalid:5000/v2/": dial tcp: lookup nohost.invalid on 192.0.2.1:53: no such host`,
    'network',
  ],
  ['a manifest that is cut', `initializing source ${ref}: unexpected EOF`, 'network'],
  ['a blob that is cut', `${patching}: unexpected EOF`, 'network'],
  [
    'an unknown authority',
    `${pinging}: Get "https://127.0.0.1:39123/v2/": x509: certificate signed by unknown authority`,
    'tls',
  ],
  [
    'plain HTTP for TLS',
    `${pinging}: Get "https://127.0.0.1:1/v2/": http: server gave HTTP response to HTTPS client`,
    'tls',
  ],
  [
    'a manifest of other bytes',
    `determining manifest MIME type for ${ref}: Manifest does not match provided manifest digest ${a}`,
    'digest-mismatch',
  ],
  ['a blob of other bytes', `${patching}: Digest did not match, expected ${a}, got ${digest('b')}`, 'digest-mismatch'],
  ['a full folder for temporary files', 'reading blob: write /var/tmp/storage1/2: no space left on device', 'no-space'],
  ['no policy', 'Error loading trust policy: open /etc/containers/policy.json: no such file or directory', 'policy'],
  ['what nobody knows', 'something new went wrong', 'failed'],
];

describe('what skopeo says becomes a typed error', () => {
  test.each(said)('%s', (_, text, code) => {
    expect(skopeoProblem(text)).toMatchObject({ code: `skopeo/${code}`, severity: 'error' });
  });

  test.each(said)('%s, in its log', (_, text, code) => {
    const log = readSkopeoLog();
    log.read(`${begin} level=error msg="Error copying ref \\"${ref}\\"" error=${JSON.stringify(text)}`);
    log.read(`${begin} level=fatal msg="Sync failed due to previous reported error(s) for one or more images"`);
    const { problem, itemProblems } = log.result('skopeo ended with exit code 1');
    expect(problem?.code).toBe(`skopeo/${code}`);
    expect([...itemProblems].map(([item, { code: own }]) => [item, own])).toEqual([[a, `skopeo/${code}`]]);
  });

  test('and names that look like a cause are no cause', () => {
    const odd = 'docker://denied.example:429/unauthorized/toomanyrequests@sha256:403';
    expect(
      skopeoProblem(`initializing source ${odd}: reading manifest 1 in denied.example:429/unauthorized: strange`).code,
    ).toBe('skopeo/failed');
    expect(skopeoProblem('Get "https://x509.example/EOF": strange').code).toBe('skopeo/failed');
  });

  test('with its words, fit to print', () => {
    expect(skopeoProblem('odd\u001B[31m\nnews').value).toBe('odd [31m news');
    expect(skopeoProblem('x'.repeat(10_000)).value).toHaveLength(500);
  });
});

describe('promise 7: no secret in a log', () => {
  test.each([
    [
      'the state of an upload',
      'Patch "http://r/v2/a/blobs/uploads/1?_state=SECRET&digest=sha256%3A1": EOF',
      'Patch "http://r/v2/a/blobs/uploads/1?…": EOF',
    ],
    ['a signature', 'GET https://cdn.example/blob?X-Amz-Signature=SECRET', 'GET https://cdn.example/blob?…'],
    ['a password', 'Get "https://user:SECRET@r.example/v2/": EOF', 'Get "https://r.example/v2/": EOF'],
    ['a query without more', 'https://r.example/a? b', 'https://r.example/a?… b'],
  ])('%s is left out of what is printed', (_, text, expected) => {
    expect(skopeoProblem(text).value).toBe(expected);
  });
});

describe('a line of the log', () => {
  test.each([
    [`${begin} level=debug msg="GET https://r/v2/"`, { level: 'debug', message: 'GET https://r/v2/' }],
    [`${begin} level=info msg=done`, { level: 'info', message: 'done' }],
    [
      `${begin} level=error msg="a \\"b\\" \\\\ c\\n" error="x\\ty"`,
      { level: 'error', message: 'a "b" \\ c\n', error: 'x\ty' },
    ],
    [`${begin} level=info msg="\\x1b[0m\\u00e9\\U0001f600\\a"`, { level: 'info', message: '\u001B[0mé😀\u0007' }],
    [`${begin} level=info msg="level=fatal msg=no"`, { level: 'info', message: 'level=fatal msg=no' }],
    [
      `${begin} level=info msg="Processing repo" registry="r:1" repo=library/alpine`,
      { level: 'info', message: 'Processing repo' },
    ],
    [`${begin} level=info msg=`, { level: 'info', message: '' }],
    ['panic: runtime error: index out of range', undefined],
    ['', undefined],
  ])('%j', (line, expected) => {
    expect(parseLogLine(line)).toEqual(expected);
  });
});

describe('what a log tells', () => {
  test('is the cause of each item, and the first of all as the cause of the whole', () => {
    const log = readSkopeoLog();
    const failed = (name: string, error: string) =>
      log.read(`${begin} level=error msg="Error copying ref \\"docker://r/alpine@${digest(name)}\\"" error="${error}"`);
    failed('a', 'toomanyrequests: slow down');
    failed('b', `reading blob ${digest('layer')}: unexpected EOF`);
    log.read(`${begin} level=fatal msg="Sync failed due to previous reported error(s) for one or more images"`);
    const { problem, itemProblems } = log.result('skopeo ended with exit code 1');
    expect(problem?.code).toBe('skopeo/rate-limited');
    expect([...itemProblems].map(([item, { code }]) => [item, code])).toEqual([
      [digest('a'), 'skopeo/rate-limited'],
      [digest('b'), 'skopeo/network'],
    ]);
  });

  test('is no problem of the whole where skopeo ended well', () => {
    const log = readSkopeoLog();
    log.read(`${begin} level=warning msg="Failed, retrying in 1s ... (1/3). Error: unexpected EOF"`);
    expect(log.result(undefined)).toEqual({ itemProblems: new Map() });
  });

  test('is a fatal error before any image', () => {
    const log = readSkopeoLog();
    log.read(
      `${begin} level=fatal msg="Error loading trust policy: open /etc/containers/policy.json: no such file or directory"`,
    );
    expect(log.result('skopeo ended with exit code 1').problem?.code).toBe('skopeo/policy');
  });

  test('is how it ended, and its last words, where it said nothing in a log', () => {
    const log = readSkopeoLog();
    expect(log.result('skopeo was ended by SIGKILL').problem).toEqual({
      code: 'skopeo/failed',
      severity: 'error',
      message: 'skopeo could not copy.',
      value: 'skopeo was ended by SIGKILL',
    });
    log.read('panic: runtime error');
    log.read('');
    expect(log.result('skopeo ended with exit code 2').problem?.value).toBe(
      'skopeo ended with exit code 2: panic: runtime error',
    );
  });
});

test('tells which item skopeo begins to copy', () => {
  const items: string[] = [];
  const log = readSkopeoLog((item) => items.push(item));
  const digest = `sha256:${'ab'.repeat(32)}`;
  const from = `from="docker://127.0.0.1:5000/library/golang@${digest}" to="docker://127.0.0.1:5001/mirror/golang@${digest}"`;
  log.read(`time="2026-11-24T06:13:51Z" level=info msg="Copying image ref 1/6" ${from}`);
  log.read('time="2026-11-24T06:13:51Z" level=info msg="Synced 6 images from 1 sources"');
  expect(items).toEqual([`golang@sha256:${'ab'.repeat(6)}`]);
});

import { describe, expect, test } from 'vitest';
import { scopesAround } from '../../../src/apply/policy/names.ts';
import { parsePolicy, ruleFor } from '../../../src/apply/policy/policy-json.ts';
import { UserError } from '../../../src/core/problem.ts';

const accept = [{ type: 'insecureAcceptAnything' }];
const reject = [{ type: 'reject' }];
const signed = [{ type: 'signedBy', keyType: 'GPGKeys', keyPath: '/etc/pki/key' }];
const sigstore = [{ type: 'sigstoreSigned', keyPath: '/etc/pki/key.pub' }];

const policyOf = (docker: object, fallback: object = reject) =>
  parsePolicy(JSON.stringify({ default: fallback, transports: { docker } }), 'policy.json');

test('scopes go from the repository to its host, and from there to the domains above it, without the port', () => {
  expect(scopesAround('registry.example.com:5000/a/b')).toEqual([
    'registry.example.com:5000/a/b',
    'registry.example.com:5000/a',
    'registry.example.com:5000',
    '*.example.com',
    '*.com',
  ]);
  expect(scopesAround('localhost:5000/a')).toEqual(['localhost:5000/a', 'localhost:5000']);
});

const digest = `sha256:${'a'.repeat(64)}`;

describe('the narrowest scope decides', () => {
  const cases: readonly [string, object, string, string, string][] = [
    [
      'a tag',
      { 'docker.io/library/debian:12': accept, 'docker.io/library/debian': reject },
      ':12',
      'accept',
      'docker.io/library/debian:12',
    ],
    ['another tag', { 'docker.io/library/debian:12': accept }, ':13', 'reject', 'default'],
    [
      'a digest',
      { [`docker.io/library/debian@${digest}`]: accept },
      `@${digest}`,
      'accept',
      `docker.io/library/debian@${digest}`,
    ],
    [
      'a repository',
      { 'docker.io/library/debian': accept, 'docker.io/library': reject },
      '',
      'accept',
      'docker.io/library/debian',
    ],
    ['a namespace', { 'docker.io/library': accept, 'docker.io': reject }, '', 'accept', 'docker.io/library'],
    ['a host', { 'docker.io': accept, '*.io': reject }, '', 'accept', 'docker.io'],
    ['a domain', { '*.io': accept, '': reject }, '', 'accept', '*.io'],
    ['the transport', { '': accept }, '', 'accept', ''],
    ['the default', { 'quay.io': accept }, '', 'reject', 'default'],
    ['no part of a name', { 'docker.io/lib': accept }, '', 'reject', 'default'],
    ['no short name', { debian: accept, library: accept }, '', 'reject', 'default'],
  ];
  test.each(cases)('%s', (_, docker, reference, verdict, scope) => {
    expect(ruleFor(policyOf(docker), 'docker.io/library/debian', reference)).toMatchObject({ verdict, scope });
  });

  test('scopes of other transports do not count', () => {
    const policy = parsePolicy(
      JSON.stringify({ default: accept, transports: { atomic: { 'docker.io': reject } } }),
      'p',
    );
    expect(ruleFor(policy, 'docker.io/library/debian').verdict).toBe('accept');
  });
});

test.each([
  ['signedBy', signed, 'signatures'],
  ['sigstoreSigned', sigstore, 'signatures'],
  ['a base layer, which containers/image cannot check', [{ type: 'signedBaseLayer' }], 'reject'],
  ['all of a list', [...accept, ...signed], 'signatures'],
  ['a rejection among others', [...signed, ...reject], 'reject'],
])('a requirement counts: %s', (_, requirements, verdict) => {
  expect(ruleFor(policyOf({ '': requirements }), 'docker.io/library/debian').verdict).toBe(verdict);
});

describe('a policy that containers/image does not take is an error with its place', () => {
  const cases: readonly [string, string, object][] = [
    ['broken JSON', '{\n  "default": [\n}', { message: 'The policy is not JSON.' }],
    ['a comma too many', '{"default": [{"type": "reject"}],}', { message: 'The policy is not JSON.' }],
    ['a list', '[]', { message: 'A policy is a JSON object.' }],
    ['nothing', '', { message: 'The policy is not JSON.' }],
    ['no default', '{"transports": {}}', { message: 'A policy has a `default`.' }],
    [
      'an unknown key',
      '{"default": [{"type": "reject"}],\n "defualt": []}',
      { value: 'defualt', place: { file: 'f', line: 2, column: 2, source: ' "defualt": []}' } },
    ],
    [
      'a key that stands twice',
      '{"default": [{"type": "reject"}],\n "default": [{"type": "reject"}]}',
      { message: 'A key stands twice in an object of the policy.' },
    ],
    ['an empty list', '{"default": []}', { value: 'default', place: { line: 1, column: 2 } }],
    [
      'an unknown type',
      '{"default": [{"type": "rejct"}]}',
      { value: 'rejct', message: 'Not a known type of policy requirement.' },
    ],
    ['a type that objects have', '{"default": [{"type": "toString"}]}', { value: 'toString' }],
  ];
  test.each(cases)('%s', (_, text, expected) => {
    let problems: readonly unknown[] = [];
    try {
      parsePolicy(text, 'f');
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems = error.problems;
    }
    expect(problems[0]).toMatchObject({ code: 'apply/policy-file', severity: 'error', ...expected });
    expect(problems[0]).toHaveProperty('place.file', 'f');
  });
});

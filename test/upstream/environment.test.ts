import { describe, expect, test } from 'vitest';
import { parseRemote } from '../../src/git/address.ts';
import { localEnvironment, remoteEnvironment } from '../../src/git/environment.ts';

const remote = parseRemote('https://example.com/up.git', '/');

describe('the environment of git', () => {
  const users = {
    PATH: '/bin',
    HOME: '/home/x',
    SSH_AUTH_SOCK: '/s',
    GIT_SSH_COMMAND: 'ssh -i key',
    HTTPS_PROXY: 'http://proxy',
    no_proxy: 'x',
    GIT_SSL_CAINFO: '/ca',
    GIT_PROXY_SSL_CAINFO: '/ca2',
    SSL_CERT_FILE: '/certs',
  };

  test('for a server has proxies, keys and certificates of the user', () => {
    expect(remoteEnvironment(users, remote)).toMatchObject(users);
  });

  test('has nothing that points at another repository, nor what the user did not set', () => {
    const others = {
      GIT_DIR: '/other',
      GIT_WORK_TREE: '/other',
      GIT_INDEX_FILE: '/other',
      GIT_OBJECT_DIRECTORY: '/other',
      GIT_ALTERNATE_OBJECT_DIRECTORIES: '/other',
      GIT_CONFIG_PARAMETERS: "'a.b=c'",
      GIT_EDITOR: 'vi',
      GIT_TRACE_CURL: '1',
      AWS_SECRET_ACCESS_KEY: 'secret',
      HOME: undefined,
    };
    expect(remoteEnvironment(others, remote)).toEqual({
      GIT_TERMINAL_PROMPT: '0',
      GIT_NO_LAZY_FETCH: '1',
      GIT_ALLOW_PROTOCOL: 'http:https:ssh:git:file',
      LC_ALL: 'C',
    });
    expect(localEnvironment({ ...others, PATH: '/bin' }, '/repo')).toEqual({
      PATH: '/bin',
      GIT_DIR: '/repo',
      GIT_CONFIG_COUNT: '3',
      GIT_CONFIG_KEY_0: 'core.hooksPath',
      GIT_CONFIG_VALUE_0: '/dev/null',
      GIT_CONFIG_KEY_1: 'core.fsmonitor',
      GIT_CONFIG_VALUE_1: 'false',
      GIT_CONFIG_KEY_2: 'remote.origin.uploadpack',
      GIT_CONFIG_VALUE_2: 'git-upload-pack',
      GIT_ALLOW_PROTOCOL: 'none',
      GIT_NO_LAZY_FETCH: '1',
      LC_ALL: 'C',
    });
  });

  test('passes on the settings that concern servers, and no others', () => {
    const env = remoteEnvironment(
      {
        GIT_CONFIG_COUNT: '5',
        GIT_CONFIG_KEY_0: 'http.https://example.com/.extraHeader',
        GIT_CONFIG_VALUE_0: 'X: 1',
        GIT_CONFIG_KEY_1: 'core.pager',
        GIT_CONFIG_VALUE_1: 'less',
        GIT_CONFIG_KEY_2: 'url.https://mirror/.insteadOf',
        GIT_CONFIG_VALUE_2: 'https://example.com/',
        GIT_CONFIG_KEY_3: 'remote.origin.uploadpack',
        GIT_CONFIG_VALUE_3: 'touch hacked',
      },
      remote,
    );
    expect(env).toMatchObject({
      GIT_CONFIG_COUNT: '2',
      GIT_CONFIG_KEY_0: 'http.https://example.com/.extraHeader',
      GIT_CONFIG_VALUE_0: 'X: 1',
      GIT_CONFIG_KEY_1: 'url.https://mirror/.insteadOf',
      GIT_CONFIG_VALUE_1: 'https://example.com/',
    });
    expect(Object.keys(env).filter((name) => name.startsWith('GIT_CONFIG_'))).toHaveLength(5);
  });

  test.each(['x', '-1', '1e9', 'NaN'])('takes no harm from a count of %s', (count) => {
    expect(remoteEnvironment({ GIT_CONFIG_COUNT: count }, remote)).not.toHaveProperty('GIT_CONFIG_COUNT');
  });

  test('holds the credentials of the address, for that server alone', () => {
    expect(remoteEnvironment({}, parseRemote('https://bot:pass@example.com:8443/up.git', '/'))).toMatchObject({
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'http.https://example.com:8443/.extraHeader',
      GIT_CONFIG_VALUE_0: `Authorization: Basic ${Buffer.from('bot:pass').toString('base64')}`,
    });
  });

  test('leaves a name without a password to the credential helpers', () => {
    expect(remoteEnvironment({}, parseRemote('https://bot@example.com/up.git', '/'))).toMatchObject({
      GIT_CONFIG_KEY_0: 'credential.https://example.com.username',
      GIT_CONFIG_VALUE_0: 'bot',
    });
  });
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareConfigs } from '../../../src/evidence/contents/image-config.ts';

const bytes = (config: unknown, more: object = { os: 'linux' }) => Buffer.from(JSON.stringify({ ...more, config }));
const compare = (from: unknown, to: unknown) => compareConfigs(bytes(from), bytes(to));

test('each setting is compared by its own rule', () => {
  const from = { Cmd: ['sh'], WorkingDir: '/a', Volumes: { '/v': {} }, StopSignal: 'SIGTERM', Entrypoint: null };
  const to = {
    Cmd: ['sh', '-c'],
    WorkingDir: '/b',
    Volumes: { '/w': {} },
    StopSignal: 'SIGQUIT',
    Entrypoint: ['/e'],
    Healthcheck: { Test: ['CMD', 'x'] },
    Shell: ['bash'],
    OnBuild: ['RUN x'],
  };
  expect(compare(from, to)).toEqual([
    { what: 'entrypoint', to: '["/e"]' },
    { what: 'command', from: '["sh"]', to: '["sh","-c"]' },
    { what: 'working directory', from: '/a', to: '/b' },
    { what: 'volumes', name: '/v', from: '/v' },
    { what: 'volumes', name: '/w', to: '/w' },
    { what: 'healthcheck', to: '{"Test":["CMD","x"]}' },
    { what: 'stop signal', from: 'SIGTERM', to: 'SIGQUIT' },
    { what: 'shell', to: '["bash"]' },
    { what: 'build triggers', to: '["RUN x"]' },
  ]);
});

test('what is not set is the same however it is written', () => {
  expect(compare({ Cmd: null, Entrypoint: [], User: '', Env: null }, {})).toEqual([]);
  expect(compare(null, undefined)).toEqual([]);
});

test('of a variable that is there twice, the last counts', () => {
  expect(compare({ Env: ['A=1', 'A=2'] }, { Env: ['A=2'] })).toEqual([]);
  expect(compare({ Env: ['A=1=2', 'B'] }, { Env: ['A=1=3'] })).toEqual([
    { what: 'environment', name: 'A', from: '1=2', to: '1=3' },
    { what: 'environment', name: 'B', from: '' },
  ]);
});

test('what is not the config of an image is not compared', () => {
  for (const other of ['[]', '{', 'null', '{}', '{"os": "linux", "config": []}', '{"os": 1}']) {
    expect(compareConfigs(Buffer.from(other), bytes({}))).toBeUndefined();
    expect(compareConfigs(bytes({}), Buffer.from(other))).toBeUndefined();
  }
});

test('a config is equal to itself, and no config makes it fail', () => {
  fc.assert(
    fc.property(fc.json(), fc.json(), (one, other) => {
      const [from, to] = [one, other].map((text) => {
        const value = JSON.parse(text);
        return { Env: value, Labels: value, ExposedPorts: value, Cmd: value, Volumes: value };
      });
      expect(compare(from, from)).toEqual([]);
      expect(compare(from, to)).toHaveLength(compare(to, from)?.length ?? -1);
    }),
  );
});

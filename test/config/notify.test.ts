import { describe, expect, it } from 'vitest';
import { parse, problemsOf, yaml } from './support.ts';

const webhook = 'https://hooks.slack.com/services/T0/B0/s3cr3t';

describe('metrics and notify', () => {
  it('fills in what is left out', () => {
    const { metrics, notify } = parse(yaml('metrics: {push: GATEWAY}', 'notify: [{to: slack, address: SLACK}]'));
    expect(metrics).toEqual({ push: 'GATEWAY', job: 'mirrorlock', labels: {} });
    expect(notify).toMatchObject([
      {
        ...{ to: 'slack', address: 'SLACK', template: '{{title}}\n{{text}}\n{{url}}' },
        on: ['failure', 'drift', 'waiting-pull-request', 'end-of-life'],
        ...{ waitsMs: 3 * 86_400_000, repeatMs: 86_400_000 },
      },
    ]);
  });

  it('leaves a configuration without them, and the hash of one with them, as they are', () => {
    const plain = parse(yaml());
    expect([plain.metrics, plain.notify]).toEqual([undefined, undefined]);
    const full = yaml(
      'metrics: {job: x, labels: [{name: mirror, value: eu}]}',
      'notify: [{to: teams, address: TEAMS}]',
    );
    expect(parse(full).contentHash).toBe(plain.contentHash);
  });

  it.each([
    ['metrics: {push: GITHUB_TOKEN}', 'variable-secret'],
    ['metrics: {labels: [{name: job, value: x}]}', 'metric-label'],
    ['metrics: {labels: [{name: __name__, value: x}]}', 'metric-label'],
    ['metrics: {labels: [{name: a-b, value: x}]}', 'metric-label'],
    ['metrics: {labels: [{name: a, value: x}, {name: a, value: y}]}', 'metric-label'],
    ['notify: []', 'empty'],
    ['notify: [{to: slack}]', 'missing-key'],
    ['notify: [{address: SLACK}]', 'missing-key'],
    ['notify: [{to: irc, address: IRC}]', 'unknown-value'],
    ['notify: [{to: slack, address: MIRRORLOCK_TOKEN}]', 'variable-secret'],
    ['notify: [{to: generic, address: HOOK, token: ci_job_token}]', 'variable-secret'],
    ['notify: [{to: slack, address: SLACK, token: X}]', 'notice-target'],
    ['notify: [{to: teams, address: TEAMS, room: "!a:b"}]', 'notice-target'],
    ['notify: [{to: matrix, address: M, token: T}]', 'notice-target'],
    ['notify: [{to: matrix, address: M, room: "!a:b"}]', 'notice-target'],
    ['notify: [{to: matrix, address: M, token: T, room: "#a:b"}]', 'matrix-room'],
    ['notify: [{to: slack, address: SLACK, on: [success]}]', 'unknown-value'],
    ['notify: [{to: slack, address: SLACK, waits: 3 days}]', 'duration'],
    ['notify: [{to: slack, address: SLACK, template: "{{titel}}"}]', 'notice-template'],
    ['notify: [{to: slack, address: SLACK, template: "{{title"}]', 'notice-template'],
    ['notify: [{to: slack, address: SLACK, template: "{{title}} }}"}]', 'notice-template'],
  ])('refuses %s in its place', (line, code) => {
    const problems = problemsOf(yaml(line));
    expect(problems.map((problem) => problem.code)).toContain(`config/${code}`);
    for (const { place } of problems) expect(place).toMatchObject({ line: 3 });
  });

  it.each([
    `notify: [{to: slack, address: "${webhook}"}]`,
    `notify: [{to: slack, address: SLACK, url: "${webhook}"}]`,
    `notify: {to: slack, address: "${webhook}"}`,
    `notify: ["${webhook}"]`,
    `metrics: {push: "${webhook}"}`,
    `metrics: "${webhook}"`,
    `notify: [{to: generic, address: "https://user:s3cr3t@hooks.example"}]`,
  ])('shows nothing of an address that stands in the file: %s', (line) => {
    const problems = problemsOf(yaml(line));
    expect(problems.length).toBeGreaterThan(0);
    expect(JSON.stringify(problems)).not.toMatch(/s3cr3t|hooks\.|services/);
    for (const { place } of problems) expect(place?.source).toHaveLength(line.length);
  });

  it('says where an address goes', () => {
    const [problem] = problemsOf(yaml(`notify: [{to: slack, address: "${webhook}"}]`));
    expect(problem).toMatchObject({
      code: 'config/setting-name',
      hint: expect.stringContaining('environment variable'),
    });
  });
});

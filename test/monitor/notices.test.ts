import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NoticeTarget } from '../../src/config/notify.ts';
import { noticeRequest } from '../../src/monitor/notice-request.ts';
import { type Notice, noticesOf, noticeText } from '../../src/monitor/notices.ts';
import type { RunFacts } from '../../src/monitor/types.ts';

const day = 86_400_000;
const at = new Date('2026-11-20T08:00:00Z');
const run: RunFacts = { command: 'verify', scope: 'all', startedAt: at, endedAt: at, exitCode: 0, problems: [] };
const everything = ['failure', 'drift', 'waiting-pull-request', 'end-of-life'] as const;
const all = { on: everything, waitsMs: 3 * day };
const events = (facts: Partial<RunFacts>, target = all) =>
  noticesOf({ ...run, ...facts }, target).map(({ event }) => event);
const opened = (ageMs: number) => ({
  proposal: { number: 7, url: 'https://forge.example/7', createdAt: new Date(at.getTime() - ageMs) },
});
const drift = (missing: number) => ({
  destinations: [
    {
      name: 'main',
      wanted: 9,
      mirrored: 9 - missing,
      failed: 0,
      drift: { missing, different: 0, extra: 0, broken: 0 },
    },
  ],
});

describe('what people hear of a run', () => {
  it.each([
    ['a run that is done', {}, []],
    ['a run that failed', { exitCode: 1 as const }, ['failure']],
    ['a wrong configuration', { exitCode: 2 as const }, ['failure']],
    ['a run that is stale', { exitCode: 3 as const }, []],
    ['a run that waits for pulls', { exitCode: 4 as const }, []],
    ['drift', { exitCode: 3 as const, ...drift(1) }, ['drift']],
    ['no drift', drift(0), []],
    ['a pull request that is old', opened(3 * day + 1), ['waiting-pull-request']],
    ['a pull request that is just old enough', opened(3 * day), []],
    ['no pull request', { proposal: null }, []],
    ['an end of life', { ended: [{ title: 'Ended', text: '`debian` `10` has ended.' }] }, ['end-of-life']],
  ])('%s', (_, facts, expected) => {
    expect(events(facts)).toEqual(expected);
  });

  it('only what a target wants', () => {
    expect(events({ exitCode: 1, ...drift(1) }, { ...all, on: ['drift'] as never })).toEqual(['drift']);
  });

  it('the same news has the same key, other news another', () => {
    const key = (facts: Partial<RunFacts>) => noticesOf({ ...run, ...facts }, all)[0]?.key;
    const later = { endedAt: new Date(at.getTime() + day) };
    expect(key(drift(1))).toBe(key({ ...drift(1), ...later }));
    expect(key(drift(1))).not.toBe(key(drift(2)));
    expect(key(opened(4 * day))).toBe(key({ ...opened(4 * day), ...later }));
  });

  it('has few and short lines, whatever went wrong', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 2_000, unit: 'binary' }), { maxLength: 40 }), (messages) => {
        const problems = messages.map((message) => ({ code: 'a/b', severity: 'error' as const, message }));
        const [notice] = noticesOf({ ...run, exitCode: 1, problems }, all);
        const lines = notice?.text.split('\n') ?? [];
        expect(lines.length).toBeLessThanOrEqual(11);
        for (const line of lines) expect([...line].length).toBeLessThanOrEqual(300);
      }),
    );
  });
});

describe('the request of a notice', () => {
  const target = (to: NoticeTarget['to']) => ({ to, room: '!r:x', template: '{{title}}\n{{text}}\n{{url}}' });
  const words = fc.string({ unit: 'binary' });
  const notices: fc.Arbitrary<Notice> = fc.record({
    ...{ event: fc.constant('drift' as const), command: fc.constant('verify' as const), title: words, text: words },
    key: fc.constant('k'),
  });
  const request = (to: NoticeTarget['to'], notice: Notice) =>
    noticeRequest(target(to), notice, new URL('https://x.example/base/'), at);

  it('to Slack holds no mention and no link of others', () => {
    fc.assert(
      fc.property(notices, (notice) => {
        const { text } = request('slack', notice).body as { text: string };
        expect(text).not.toMatch(/[<>]/);
        expect(text).not.toMatch(/&(?!amp;|lt;|gt;)/);
      }),
    );
    const hostile = {
      event: 'drift',
      command: 'verify',
      title: '<!channel>',
      text: '<https://x|y> & {{url}}',
      key: 'k',
    } as const;
    expect(request('slack', hostile).body).toEqual({ text: '&lt;!channel&gt;\n&lt;https://x|y&gt; &amp; {{url}}' });
  });

  it('to Teams holds only text runs', () => {
    fc.assert(
      fc.property(notices, (notice) => {
        const { attachments } = request('teams', notice).body as {
          attachments: [{ content: { body: { type: string }[] } }];
        };
        for (const { type } of attachments[0].content.body) expect(type).toBe('RichTextBlock');
      }),
    );
  });

  it('to Matrix goes to the room and nowhere else, once', () => {
    const room = '!../../a?b#c:x';
    const notice = { event: 'drift', command: 'verify', title: 't', text: '@room', key: 'k' } as const;
    const to = { ...target('matrix'), room };
    const { url, method } = noticeRequest(to, notice, new URL('https://x.example/base/'), at);
    expect(method).toBe('PUT');
    expect(url.href).toMatch(
      /^https:\/\/x\.example\/base\/_matrix\/client\/v3\/rooms\/!\.\.%2F\.\.%2Fa%3Fb%23c%3Ax\/send\/m\.room\.message\/[0-9a-f]{32}$/,
    );
    expect(noticeRequest(to, notice, new URL('https://x.example/base/'), at).url.href).toBe(url.href);
  });

  it('has nothing of a template filled twice', () => {
    const notice = { event: 'drift', command: 'verify', title: '{{text}}', text: 'x', key: 'k' } as const;
    expect(noticeText(notice, '{{title}}|{{event}}|{{command}}|{{url}}')).toBe('{{text}}|drift|verify|');
  });
});

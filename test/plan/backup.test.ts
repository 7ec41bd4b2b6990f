import { describe, expect, it } from 'vitest';
import { parseDigest, parseImageName, parseTag } from '../../src/core/names.ts';
import { backupNames, withBackups } from '../../src/plan/backup.ts';
import type { Plan } from '../../src/plan/types.ts';

const [old, next] = ['a', 'b'].map((digit) => parseDigest(`sha256:${digit.repeat(64)}`)) as [
  ReturnType<typeof parseDigest>,
  ReturnType<typeof parseDigest>,
];
const alpine = parseImageName('alpine');
const planOf = (tag: string, replaces: typeof old | undefined = old): Plan => ({
  groups: [{ image: alpine, digest: next, copy: false, put: [{ tag: parseTag(tag), replaces }] }],
  unchanged: 0,
});
const none = () => new Set<string>();

describe('the name of a backup', () => {
  it('stands in the plan for a tag that moves, and for no tag that is new', () => {
    const { plan, problems } = withBackups(planOf('3'), '{{tag}}-previous', none);
    expect(plan.groups[0]?.put).toEqual([{ tag: '3', replaces: old, backup: '3-previous' }]);
    expect(problems).toEqual([]);
    const put = [{ tag: parseTag('3'), replaces: undefined }];
    const fresh: Plan = { groups: [{ image: alpine, digest: next, copy: true, put }], unchanged: 0 };
    expect(withBackups(fresh, '{{tag}}-previous', none).plan).toEqual(fresh);
  });

  it('is left out, and told, where the lockfile names it or it is too long', () => {
    const taken = withBackups(planOf('3'), '{{tag}}-previous', () => new Set(['3-previous']));
    expect(taken.problems).toMatchObject([{ code: 'apply/no-backup', value: '3-previous' }]);
    expect(taken.plan.groups[0]?.put[0]).not.toHaveProperty('backup');
    expect(taken.problems[0]).toMatchObject({
      message: expect.stringContaining('alpine:3'),
      hint: expect.stringMatching(/`/),
    });
    const long = withBackups(planOf('x'.repeat(125)), '{{tag}}-previous', none);
    expect(long.problems).toMatchObject([{ code: 'apply/no-backup', severity: 'warning' }]);
    const [why, other] = [taken, long].map(
      ({ problems: [problem] }) => /: ([^:]+)\.$/.exec(problem?.message ?? '')?.[1],
    );
    expect(why).toMatch(/\w{3}/);
    expect(other).toMatch(/\w{3}/);
    expect(why).not.toBe(other);
  });

  it('is none where the configuration wants no backups', () => {
    const plan = planOf('3');
    expect(withBackups(plan, undefined, none)).toEqual({ plan, problems: [] });
  });

  it('knows no other replacement than the tag', () => {
    expect(backupNames('old-{{tag}}', [parseTag('3.20'), parseTag('x'.repeat(128))])).toEqual(['old-3.20']);
    expect(backupNames(undefined, [parseTag('3.20')])).toEqual([]);
  });
});

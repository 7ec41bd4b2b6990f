import { describe, expect, it } from 'vitest';
import { platformsKept } from '../../src/config/platforms.ts';
import { briefs, parse, problemsOf, yaml } from './support.ts';

const both = ['linux/amd64', 'linux/arm64/v8'];

describe('which platforms and attestations of an image are kept', () => {
  it('is all where nothing is said', () => {
    expect(platformsKept(parse(yaml()), 'golang')).toBeUndefined();
    expect(platformsKept(parse(yaml('attestations: keep')), 'golang')).toBeUndefined();
  });

  it('is what counts for all, or what the first override that speaks of it says', () => {
    const config = parse(
      yaml(
        'platforms: [linux/arm64, linux/amd64]',
        'overrides:',
        '  - {image: golang, platforms: [linux/amd64]}',
        '  - {image: "{golang,redis}", platforms: all, attestations: drop}',
        '  - {image: busybox, platforms: all}',
      ),
    );
    expect(platformsKept(config, 'alpine')).toEqual({ platforms: both, attestations: true });
    expect(platformsKept(config, 'golang')).toEqual({ platforms: ['linux/amd64'], attestations: false });
    expect(platformsKept(config, 'redis')).toEqual({ attestations: false });
    expect(platformsKept(config, 'busybox')).toBeUndefined();
  });

  it('is told wrong with its place', () => {
    expect(briefs(yaml('overrides:', '  - {image: golang, platforms: [linux/amd46]}'))).toEqual([
      '4:33+11 platform «linux/amd46»',
    ]);
    expect(briefs(yaml('overrides: [{image: golang, platforms: some}]'))).toMatchObject([
      expect.stringContaining('«some»'),
    ]);
    expect(briefs(yaml('overrides: [{platforms: all}]'))[0]).toContain('missing-key');
    expect(briefs(yaml('overrides: [{image: "a b", platforms: all}]'))[0]).toContain('«a b»');
    expect(problemsOf(yaml('attestations: maybe'))[0]?.value).toBe('maybe');
  });

  it('warns of an override that says nothing', () => {
    expect(parse(yaml('overrides: [{image: golang}]')).warnings.map(({ code }) => code)).toEqual([
      'config/idle-override',
    ]);
  });

  it('decides the content hash, and the order of overrides with it', () => {
    const hash = (...lines: string[]) => parse(yaml(...lines)).contentHash;
    const [one, other] = ['{image: golang, platforms: all}', '{image: "*", attestations: drop}'];
    expect(hash('attestations: keep')).toBe(hash());
    expect(hash('attestations: drop')).not.toBe(hash());
    expect(hash(`overrides: [${one}]`)).not.toBe(hash());
    expect(hash(`overrides: [${one}, ${other}]`)).not.toBe(hash(`overrides: [${other}, ${one}]`));
  });
});

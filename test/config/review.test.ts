import { describe, expect, it } from 'vitest';
import { briefs, parse, problemsOf, yaml } from './support.ts';

const usual = { evidence: 'git', share: 0.2, platform: 'linux/amd64' };

describe('the review section', () => {
  it.each([
    [[], usual],
    [['review: {}'], usual],
    [['review: {evidence: index}'], { ...usual, evidence: 'index' }],
    [['review: {evidence: index, share: "0%"}'], { ...usual, evidence: 'index', share: 0 }],
    [['review: {evidence: index, share: 12.5%}'], { ...usual, evidence: 'index', share: 0.125 }],
    [
      ['review: {evidence: contents, share: 100%, platform: linux/arm64}'],
      { evidence: 'contents', share: 1, platform: 'linux/arm64/v8' },
    ],
    [
      ['review: {evidence: contents, vulnerabilities: {osv: "https://api.osv.dev", failOn: high}}'],
      { ...usual, evidence: 'contents', vulnerabilities: { osv: 'https://api.osv.dev', failOn: 'high' } },
    ],
    [
      ['review: {evidence: contents, vulnerabilities: {osv: "https://api.osv.dev", timeout: 2m}}'],
      { ...usual, evidence: 'contents', vulnerabilities: { osv: 'https://api.osv.dev', timeoutMs: 120_000 } },
    ],
    [
      ['review: {evidence: contents, vulnerabilities: {osv: ./osv}}'],
      { ...usual, evidence: 'contents', vulnerabilities: { osv: './osv' } },
    ],
  ])('%j', (lines, review) => {
    expect(parse(yaml(...lines)).review).toEqual(review);
  });

  it('leaves the hash of the configuration as it is', () => {
    const plain = parse(yaml()).contentHash;
    const full =
      'review: {evidence: contents, share: 5%, platform: linux/s390x, vulnerabilities: {osv: "https://x.example", timeout: 9s}}';
    expect(parse(yaml(full)).contentHash).toBe(plain);
  });

  it.each([
    ['evidence: all', 'unknown-value «all»'],
    ['share: 20', 'type «20»'],
    ['share: "20"', 'percentage «20»'],
    ['share: 101%', 'percentage «101%»'],
    ['share: -1%', 'percentage «-1%»'],
    ['share: 020%', 'percentage «020%»'],
    ['platform: amd64', 'platform «amd64»'],
    ['platform: linux/vax', 'platform «linux/vax»'],
    ['vulnerabilities: {}', 'missing-key'],
    ['vulnerabilities: {osv: "https://u:p@osv.example"}', 'osv «https://…@osv.example»'],
    ['vulnerabilities: {osv: "http://osv.example"}', 'osv «http://osv.example»'],
    ['vulnerabilities: {osv: "ftp://osv.example"}', 'osv «ftp://osv.example»'],
    ['vulnerabilities: {osv: x, failOn: bad}', 'unknown-value «bad»'],
    ['vulnerabilities: {osv: "https://osv.example", timeout: 0s}', '«0s»'],
    ['vulnerabilities: {osv: "https://osv.example", timeout: 10}', 'type «10»'],
    ['evidenc: git', 'unknown-key «evidenc»'],
  ])('refuses %s in its place', (text, expected) => {
    const found = briefs(yaml('review:', `  ${text}`)).filter((one) => !one.includes('?'));
    expect(found).toEqual([expect.stringMatching(/^4:\d+\+\d+ /)]);
    expect(found[0]).toContain(expected);
  });

  it.each([
    ['review: {share: 10%}', 'share', 'index'],
    ['review: {evidence: index, platform: linux/amd64}', 'platform', 'contents'],
    ['review: {vulnerabilities: {osv: ./osv}}', 'vulnerabilities', 'contents'],
  ])('warns where %s has no effect', (line, key, needs) => {
    expect(parse(yaml(line)).warnings).toMatchObject([
      { code: 'config/idle-review', severity: 'warning', hint: expect.stringContaining(`evidence: ${needs}`) },
    ]);
    expect(parse(yaml(line)).warnings[0]?.message).toContain(`review.${key}`);
  });

  it('warns of a timeout for a folder, which is not asked over the network', () => {
    const { warnings } = parse(yaml('review: {evidence: contents, vulnerabilities: {osv: ./osv, timeout: 1m}}'));
    expect(warnings).toMatchObject([{ code: 'config/idle-review', message: expect.stringContaining('timeout') }]);
  });

  it('gives a remedy for a share that is a number', () => {
    expect(problemsOf(yaml('review: {share: 20}'))[0]?.hint).toContain('20%');
  });
});

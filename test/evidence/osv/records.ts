import type { PackageChange, PackageChanges } from '../../../src/evidence/contents/types.ts';

/** CVSS vectors by the level of their base score. */
export const vectors = {
  critical: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H',
  high: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N',
  medium: 'CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:N/A:N',
  low: 'CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N',
} as const;

interface RecordSpec {
  readonly id: string;
  readonly ecosystem: string;
  readonly name: string;
  readonly fixed?: string;
  readonly introduced?: string;
  readonly versions?: readonly string[];
  readonly level?: keyof typeof vectors;
  readonly more?: object;
}

/** A record as OSV publishes it (OSV schema 1.7). */
export function recordOf({ id, ecosystem, name, fixed, introduced = '0', versions, level, more }: RecordSpec) {
  const events = [{ introduced }, ...(fixed === undefined ? [] : [{ fixed }])];
  const type = ['npm', 'Go', 'crates.io'].includes(ecosystem) ? 'SEMVER' : 'ECOSYSTEM';
  return {
    schema_version: '1.7.0',
    id,
    modified: '2026-01-01T00:00:00Z',
    published: '2026-01-01T00:00:00Z',
    summary: `A flaw in ${name}`,
    affected: [{ package: { ecosystem, name }, ranges: [{ type, events }], ...(versions && { versions }) }],
    ...(level && { severity: [{ type: 'CVSS_V3', score: vectors[level] }] }),
    ...more,
  };
}

/** A package that went from one version to another; a side that is absent was not there. */
export function changed(purl: string, from?: string, to?: string, qualifiers = ''): PackageChange {
  const name = purl.split('/').at(-1) ?? '';
  return {
    purl,
    name,
    ...(from === undefined ? {} : { from, fromPurl: `${purl}@${from}${qualifiers}` }),
    ...(to === undefined ? {} : { to, toPurl: `${purl}@${to}${qualifiers}` }),
  };
}

export function changesOf(...all: readonly PackageChange[]): PackageChanges {
  return {
    added: all.filter(({ from }) => from === undefined),
    removed: all.filter(({ to }) => to === undefined),
    upgraded: all.filter(({ from, to }) => from !== undefined && to !== undefined),
  };
}

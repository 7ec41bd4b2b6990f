import type { Problem } from '../../core/problem.ts';

/** How severe a vulnerability is, by its CVSS base score (FIRST, "Qualitative Severity Rating Scale") or its database's word. */
export type Severity = 'critical' | 'high' | 'medium' | 'low' | 'unknown';

/** A package as OSV names it (OSV schema, "affected[].package"). */
export interface OsvPackage {
  /** Such as `Debian:13` or `PyPI`. */
  readonly ecosystem: string;
  /** Of a distribution, the source package. */
  readonly name: string;
  readonly version: string;
}

/** A vulnerability that an image got rid of, or has got. */
export interface Vulnerability {
  /** The CVE where there is one, else the name in its database. */
  readonly id: string;
  /** All names that OSV's records gave it, `id` first. */
  readonly ids: readonly string[];
  readonly severity: Severity;
  /** Its page at osv.dev. */
  readonly link: string;
  /** One line, upstream's text; empty where there is none. */
  readonly summary: string;
  /** The changed packages that it is in, by OSV's names. */
  readonly packages: readonly string[];
}

/** Packages that nothing is known of, and why. */
export interface NotCompared {
  /** An ecosystem of OSV's, or the type of a package URL that OSV has no ecosystem for. */
  readonly what: string;
  readonly why: 'no-ecosystem' | 'no-data' | 'no-comparer' | 'no-version' | 'refused';
  readonly packages: number;
}

/** What OSV says of the packages that changed. */
export type VulnerabilityEvidence =
  | {
      readonly state: 'answered';
      readonly gone: readonly Vulnerability[];
      readonly fresh: readonly Vulnerability[];
      readonly notCompared: readonly NotCompared[];
      /** `red`: a new one is as severe as `failOn` says, or more. `neutral`: nothing was asked to fail. */
      readonly verdict: 'green' | 'red' | 'neutral';
    }
  | { readonly state: 'unanswered'; readonly verdict: 'neutral'; readonly problem: Problem };

/** A record of OSV's, as far as it is of interest (OSV schema 1.7). */
export interface OsvRecord {
  readonly id: string;
  /** Names of the same vulnerability in other databases. */
  readonly aliases: readonly string[];
  /** The vulnerabilities that a distribution's record is about. */
  readonly upstream: readonly string[];
  readonly severity: Severity;
  readonly summary: string;
  readonly isWithdrawn: boolean;
  readonly affected: readonly AffectedPackage[];
}

export interface AffectedPackage {
  readonly ecosystem: string;
  readonly name: string;
  readonly versions: readonly string[];
  readonly ranges: readonly VersionRange[];
}

/** Events in the order of the record. Ranges of git commits are left out. */
export interface VersionRange {
  readonly events: readonly RangeEvent[];
}

export interface RangeEvent {
  readonly kind: 'introduced' | 'fixed' | 'last_affected' | 'limit';
  readonly version: string;
}

/** The vulnerabilities of packages, in the order in which they were asked. */
export interface OsvAnswer {
  /** Identifiers of records. */
  readonly ids: readonly string[];
  /** Why that is perhaps not all. */
  readonly gap?: 'no-data' | 'no-comparer' | 'refused';
}

/** OSV itself, or a folder with its files. */
export interface OsvDatabase {
  /** @throws UserError `osv/unreachable`, `osv/refused`, `osv/bad-answer`, `osv/folder`; the signal's reason */
  find(packages: readonly OsvPackage[], signal: AbortSignal): Promise<readonly OsvAnswer[]>;
  /** A record; `undefined` where there is none. @throws as `find` does */
  record(id: string, signal: AbortSignal): Promise<OsvRecord | undefined>;
}

import { isRecord } from '../../core/json.ts';
import type { ProvenanceEvidence } from './types.ts';

const commitPattern = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * The commit that a SLSA provenance names as the source of the build: that of BuildKit's build context (slsa.dev, provenance
 * v0.2, `invocation.configSource`, and v1, `externalParameters.configSource`; moby/buildkit, slsa-definitions.md), by its
 * digest or in the fragment of its URL, else BuildKit's `vcs`, else the only git repository among what v1 lists.
 *
 * @returns `undefined` where it names none
 */
export function sourceCommit(predicate: unknown): string | undefined {
  const definition = at(predicate, 'buildDefinition');
  const sources = [at(predicate, 'invocation', 'configSource'), at(definition, 'externalParameters', 'configSource')];
  const metadata = [
    at(predicate, 'metadata', 'https://mobyproject.org/buildkit@v1#metadata', 'vcs', 'revision'),
    at(predicate, 'runDetails', 'metadata', 'buildkit_metadata', 'vcs', 'revision'),
  ];
  const named = [...sources.flatMap(commitsOfSource), ...metadata].find(isCommit);
  return named ?? onlyRepository(at(definition, 'resolvedDependencies'));
}

/** Compares the commit that a provenance names with the one that the library's entry names. */
export function compareCommits(named: string | undefined, expected: string | undefined): ProvenanceEvidence {
  if (named === undefined) {
    const why = 'it names no commit of its source';
    return { state: 'unreadable', why, ...(expected === undefined ? {} : { expected }) };
  }
  if (expected === undefined) return { state: 'unknown', named };
  return { state: named === expected ? 'agrees' : 'differs', named, expected };
}

function commitsOfSource(source: unknown): unknown[] {
  const uri = at(source, 'uri');
  const fragment = typeof uri === 'string' ? /#([^:]*)/.exec(uri)?.[1] : undefined;
  return [...gitDigests(source), fragment];
}

function gitDigests(resource: unknown): unknown[] {
  return [at(resource, 'digest', 'gitCommit'), at(resource, 'digest', 'sha1')];
}

function onlyRepository(dependencies: unknown): string | undefined {
  if (!Array.isArray(dependencies)) return undefined;
  const isGit = (one: unknown) => /^git\+|\.git(?:#|$)/.test(String(at(one, 'uri') ?? ''));
  const commits = new Set(dependencies.filter(isGit).flatMap(commitsOfSource).filter(isCommit));
  const [only, another] = commits;
  return another === undefined ? only : undefined;
}

function isCommit(value: unknown): value is string {
  return typeof value === 'string' && commitPattern.test(value);
}

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (isRecord(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined),
    value,
  );
}

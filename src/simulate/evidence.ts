import type { Config } from '../config/types.ts';
import type { PlatformText } from '../core/platform.ts';
import { problemError } from '../core/problem.ts';
import { type GroupContent, manifestsOfChild } from './content.ts';

/** What is read for the reviewer of a pull request, as `review` of mirrors.yaml says it. */
export interface Evidence {
  readonly kind: 'git' | 'index' | 'contents';
  /** The part of a window's pulls that evidence may take, 0 to 1. */
  readonly share: number;
  /** The platform of which contents are read. */
  readonly platform: PlatformText;
}

/** What the command line says of it. */
export type EvidenceRequest = Partial<Pick<Evidence, 'kind' | 'share'>>;

const rule =
  '`--evidence` is `git`, `index` or `contents`, and may go on with the share of the pulls that it may take: contents,share=20%.';

/** Reads `index` or `contents,share=20%`. Throws a UserError `simulate/bad-evidence`. */
export function parseEvidence(text: string): EvidenceRequest {
  const [, kind, share] = /^(git|index|contents)(?:,share=(\d{1,3}(?:\.\d{1,3})?)%)?$/.exec(text) ?? [];
  const part = share === undefined ? undefined : Number(share) / 100;
  if (kind === undefined || (part ?? 0) > 1) throw problemError('simulate/bad-evidence', rule, text);
  return { kind: kind as Evidence['kind'], ...(part === undefined ? {} : { share: part }) };
}

/** What counts: the command line, else the configuration, which has what mirrors.yaml leaves out. */
export function evidenceOf({ review }: Pick<Config, 'review'>, request: EvidenceRequest = {}): Evidence {
  const { kind = review.evidence, share = review.share } = request;
  return { kind, share, platform: review.platform };
}

/** A manifest that is read as evidence, or a platform's with its attestation. */
interface Read {
  readonly name: string;
  readonly cost: number;
  /** Whether `apply` does not need it. */
  readonly isExtra: boolean;
}

/**
 * What is read of a new group: its index; for contents also the manifest and the attestation of one platform, even where
 * the mirror keeps neither. Pure.
 */
export function readsOf(content: GroupContent, kind: 'index' | 'contents'): Read[] {
  const { indexes, children, reviewed, perChild = manifestsOfChild } = content;
  const index = indexes.map((name): Read => ({ name, cost: 1, isExtra: false }));
  if (kind === 'index' || reviewed === undefined) return index;
  const isKept = children.includes(reviewed);
  const manifest = isKept
    ? { name: reviewed, cost: perChild, isExtra: false }
    : { name: `${reviewed} reviewed`, cost: manifestsOfChild, isExtra: true };
  if (!isKept || perChild === manifestsOfChild) return [...index, manifest];
  return [...index, manifest, { name: `${reviewed} attestation`, cost: manifestsOfChild - perChild, isExtra: true }];
}

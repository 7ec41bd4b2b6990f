import type { Destination } from '../../config/types.ts';
import type { ImageName } from '../../core/names.ts';
import type { Place, Problem } from '../../core/problem.ts';
import { someOf } from '../../core/words.ts';
import type { Verdict } from './policy-json.ts';
import type { RegistryEntry } from './registries-conf.ts';

/** Why images of a place may not be copied: one rule, with all images that it is for. */
export interface Refusal {
  readonly what: Exclude<Verdict, 'accept'> | 'blocked';
  /** `HOST/NAMESPACE`. */
  readonly at: string;
  /** The scope of a policy, or the prefix of a registries.conf. */
  readonly scope: string;
  /** Whether the scope names a registry or a part of one, and is no default. */
  readonly isNamed: boolean;
  readonly place: Place;
  readonly images: readonly ImageName[];
}

/** An entry of a registries.conf that the direct engine does not follow. */
export interface Rewrite {
  readonly at: string;
  readonly entry: RegistryEntry;
  /** Where containers tools read instead, or first. */
  readonly to: readonly string[];
}

const bySkopeo = '`apply: {engine: skopeo}` in mirrors.yaml, or `--engine skopeo` for one run';

/** @param hasSkopeo whether the command can copy by skopeo instead */
export function sourceError(refusal: Refusal, hasSkopeo: boolean): Problem {
  const message = `${ruleText(refusal)} for images of the source ${refusal.at}.`;
  return refused(
    refusal,
    'error',
    message,
    refusal.what === 'signatures' ? signatureHint(hasSkopeo) : sourceHint(refusal),
  );
}

/** A policy is not asked for what is written, so that the skopeo engine writes where one rejects; what is blocked stays so. */
export function destinationError({ name }: Destination, refusal: Refusal, hasSkopeo: boolean): Problem {
  const message = `${ruleText(refusal)} for the destination ${name} (${refusal.at}).`;
  const change = `${changeOf(refusal)}, or leave the destination out with \`--destination\`.`;
  const hint =
    refusal.what === 'blocked'
      ? `${change} skopeo (\`engine: skopeo\`) refuses it too.`
      : `${change}${hasSkopeo ? ` Or let skopeo decide, which asks a policy only for what it reads: ${bySkopeo}.` : ''}`;
  return refused(refusal, 'error', message, hint);
}

export function alternateWarning(refusal: Refusal): Problem {
  const message = `${ruleText(refusal)} for images of the alternate ${refusal.at}: it is not asked.`;
  return refused(refusal, 'warning', message, `${changeOf(refusal)}, or remove the alternate from mirrors.yaml.`);
}

export function sourceRewritten({ at, entry, to }: Rewrite): Problem {
  const message = `The registries.conf of this machine reads images of the source ${at} from other places; the direct engine does not.`;
  const hint = `Name these places as the source or its alternates in mirrors.yaml, or follow the file by ${bySkopeo}.`;
  return rewritten(entry, to, message, hint);
}

export function destinationRewritten({ name }: Destination, { at, entry, to }: Rewrite): Problem {
  const message = `The registries.conf of this machine reads images of the destination ${name} (${at}) from another place; mirrorlock writes and reads ${at} itself.`;
  return rewritten(entry, to, message, 'If the other address is meant, configure it as the destination.');
}

function rewritten({ prefix, file }: RegistryEntry, to: readonly string[], message: string, hint: string): Problem {
  const value = `${prefix} → ${to.join(', ')}`;
  return { code: 'apply/registries-conf', severity: 'warning', message, place: { file }, value, hint };
}

function ruleText({ what }: Refusal): string {
  if (what === 'blocked') return 'The registries.conf of this machine has `blocked = true`';
  if (what === 'reject') return 'The policy.json of this machine says `reject`';
  return 'The policy.json of this machine wants signatures, which the direct engine does not check,';
}

function sourceHint(refusal: Refusal): string {
  return `${changeOf(refusal)}, or the source in mirrors.yaml. skopeo (\`engine: skopeo\`) follows the same file and refuses it too.`;
}

function signatureHint(hasSkopeo: boolean): string {
  if (hasSkopeo) return `Let skopeo check them: ${bySkopeo}.`;
  return 'Fill a destination by `mirrorlock apply --engine skopeo`, which checks them, and export with `--from` it.';
}

/** How a rule is changed: its own, or one more where a default is what refuses. */
function changeOf({ isNamed, scope, at, place }: Refusal): string {
  return isNamed ? `Change \`${scope}\` in ${place.file}` : `Accept \`${at}\` in ${place.file}`;
}

const mostNames = 5;

function refused(
  { scope, place, images }: Refusal,
  severity: Problem['severity'],
  message: string,
  hint: string,
): Problem {
  const value = `${scope === '' ? '""' : scope}: ${someOf(images, mostNames)}`;
  return { code: 'apply/policy', severity, message, place, value, hint };
}

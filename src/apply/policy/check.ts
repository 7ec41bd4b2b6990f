import type { Alternate, Destination, RegistryNamespace } from '../../config/types.ts';
import { groupBy } from '../../core/group-by.ts';
import type { Digest, ImageName, Tag } from '../../core/names.ts';
import { type Problem, UserError } from '../../core/problem.ts';
import { placeName } from '../../core/written-place.ts';
import { type MachineOptions, type MachineRegistries, readPolicy, readRegistries } from './machine.ts';
import { fullName } from './names.ts';
import { type Policy, ruleFor } from './policy-json.ts';
import { findEntry, locationOf, type RegistryEntry } from './registries-conf.ts';
import {
  alternateWarning,
  destinationError,
  destinationRewritten,
  type Refusal,
  type Rewrite,
  sourceError,
  sourceRewritten,
} from './words.ts';

/** An image, and what is copied of it. */
export interface CopiedImage {
  readonly image: ImageName;
  readonly groups: readonly { readonly digest: Digest; readonly tags: readonly Tag[] }[];
}

/** What the direct engine is about to copy. */
export interface PolicyQuestion {
  /** What is read from; absent: no registry is. */
  readonly source?: RegistryNamespace;
  readonly alternates: readonly Alternate[];
  readonly destinations: readonly Destination[];
  readonly images: readonly CopiedImage[];
  /** Whether the command can copy by skopeo instead: `apply` can. */
  readonly hasSkopeo: boolean;
}

export interface PolicyAnswer {
  readonly warnings: readonly Problem[];
  /** Alternates that are not to be asked. */
  readonly refusedAlternates: readonly Alternate[];
}

/**
 * Checks that the policy.json and registries.conf of this machine let the direct engine copy (containers-policy.json(5),
 * containers-registries.conf(5)). The source can do without an alternate, which is refused with a warning.
 *
 * @throws UserError `apply/policy` for a source or destination that is rejected or blocked, or whose signatures only
 *   skopeo can check; `apply/policy-file` for a file that cannot be read
 */
export async function checkPolicy(question: PolicyQuestion, machine: MachineOptions): Promise<PolicyAnswer> {
  const read = await Promise.allSettled([readPolicy(machine), readRegistries(machine)]);
  const broken = read.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
  const [policy, registries] = read;
  if (policy.status === 'rejected' || registries.status === 'rejected') throw allOf(broken);
  const { errors, ...answer } = judge(question, policy.value, registries.value);
  if (errors.length > 0) throw new UserError([...answer.warnings, ...errors]);
  return answer;
}

/** What a machine's files say of a question; see {@link checkPolicy}. */
function judge(
  { source, alternates, destinations, images, hasSkopeo }: PolicyQuestion,
  policy: Policy | undefined,
  { entries }: MachineRegistries,
): PolicyAnswer & { readonly errors: readonly Problem[] } {
  const reads = (at: RegistryNamespace) => [...rejections(at, images, policy), ...blocks(at, images, entries)];
  const ofSource = source === undefined ? [] : reads(source).map((one) => sourceError(one, hasSkopeo));
  // containers tools ask the policy for what they read; only a rule that names a destination says that it is meant.
  const ofDestinations = destinations.flatMap((at) =>
    [
      ...rejections(at, images, policy).filter(({ isNamed, what }) => isNamed && what === 'reject'),
      ...blocks(at, images, entries),
    ].map((one) => destinationError(at, one, hasSkopeo)),
  );
  const refused = alternates.map((alternate) => ({ alternate, refusals: reads(alternate) }));
  return {
    errors: [...ofSource, ...ofDestinations],
    warnings: [
      ...refused.flatMap(({ refusals }) => refusals.map(alternateWarning)),
      ...(source === undefined ? [] : rewrites(source, images, entries, true).map(sourceRewritten)),
      ...destinations.flatMap((at) => rewrites(at, images, entries, false).map((one) => destinationRewritten(at, one))),
    ],
    refusedAlternates: refused.flatMap(({ alternate, refusals }) => (refusals.length > 0 ? [alternate] : [])),
  };
}

type Found = Omit<Refusal, 'at' | 'images'> & { readonly image: ImageName };

/** An image is read by digest, which is what the policy is asked for; a rule for one of its tags means it too. */
function rejections(at: RegistryNamespace, images: readonly CopiedImage[], policy: Policy | undefined): Refusal[] {
  if (policy === undefined) return [];
  const found = images.flatMap(({ image, groups }) => {
    const name = fullName(at, image);
    const references = groups.flatMap(({ digest, tags }) => [
      { scoped: `@${digest}`, isExact: false },
      ...tags.map((tag) => ({ scoped: `:${tag}`, isExact: true })),
    ]);
    return references.flatMap(({ scoped, isExact }): Found[] => {
      const { verdict, ...rule } = ruleFor(policy, name, scoped);
      if (verdict === 'accept' || (isExact && rule.scope !== `${name}${scoped}`)) return [];
      return [{ ...rule, image, what: verdict }];
    });
  });
  return mergeRefusals(at, found);
}

function blocks(at: RegistryNamespace, images: readonly CopiedImage[], entries: readonly RegistryEntry[]): Refusal[] {
  const found = images.flatMap(({ image }): Found[] => {
    const entry = findEntry(entries, fullName(at, image));
    if (entry?.blocked !== true) return [];
    return [{ what: 'blocked', scope: entry.prefix, isNamed: true, place: { file: entry.file }, image }];
  });
  return mergeRefusals(at, found);
}

function mergeRefusals(at: RegistryNamespace, found: readonly Found[]): Refusal[] {
  const byRule = groupBy(found, ({ what, scope, place }) => JSON.stringify([what, scope, place.file]));
  return [...byRule.values()].flatMap((ofOne) => {
    const [first] = ofOne;
    if (first === undefined) return [];
    const { image: _, ...rule } = first;
    return [{ ...rule, at: placeName(at), images: [...new Set(ofOne.map(({ image }) => image))] }];
  });
}

/** All that is wrong with several files. @throws what a user cannot put right */
function allOf(errors: readonly unknown[]): UserError {
  const problems = errors.flatMap((error) => {
    if (error instanceof UserError) return error.problems;
    throw error;
  });
  return new UserError(problems);
}

/** @param withMirrors whether mirrors count too, which are asked before the location */
function rewrites(
  at: RegistryNamespace,
  images: readonly CopiedImage[],
  entries: readonly RegistryEntry[],
  withMirrors: boolean,
): Rewrite[] {
  const found = images.flatMap(({ image }) => {
    const name = fullName(at, image);
    const entry = findEntry(entries, name);
    if (entry === undefined || entry.blocked) return [];
    const moved = locationOf(entry, name) === name ? [] : [entry.location ?? ''];
    const to = [...(withMirrors ? entry.mirrors : []), ...moved];
    return to.length === 0 ? [] : [{ at: placeName(at), entry, to }];
  });
  return [...new Map(found.map((one) => [one.entry, one])).values()];
}

import { groupBy } from '../core/group-by.ts';
import type { ImageName, Tag } from '../core/names.ts';
import { tagVersion } from '../select/tag-version.ts';
import { versionRange } from '../select/version-range.ts';
import type { Library, UpstreamImage } from '../upstream/types.ts';
import { type TagParts, tagParts } from './tag-parts.ts';

/** An include rule as it is to stand in mirrors.yaml. */
export interface RuleDraft {
  /** A name, or a glob of several. */
  readonly image: string;
  /** Absent: every tag. */
  readonly tags?: readonly string[];
  readonly versions?: readonly string[];
}

/**
 * The fewest include rules that select the wanted tags of each image: one an image, and one for images that want the same.
 * None selects a group of which no tag is wanted, so that they cost no pull more than what is in use. A full version becomes
 * the line that it belongs to (`3.12.*-slim`), where that selects no other group: the next patch is then covered as well.
 */
export function coverTags(library: Library, wanted: ReadonlyMap<ImageName, ReadonlySet<Tag>>): RuleDraft[] {
  const drafts = library.images.flatMap((image): RuleDraft[] => {
    const tags = wanted.get(image.name);
    return tags === undefined || tags.size === 0 ? [] : [coverImage(image, [...tags])];
  });
  return joinEqual(drafts);
}

/** A value of `tags`, and what it matches. */
interface TagValue {
  readonly text: string;
  /** A version's line or a whole tag: values of one form can be written as one. */
  readonly form: 'tag' | 'line';
  readonly parts: TagParts | undefined;
  matches(tag: string): boolean;
}

function coverImage(image: UpstreamImage, wanted: readonly Tag[]): RuleDraft {
  const wants = new Set(wanted);
  const free = new Set(
    image.groups.filter(({ tags }) => tags.some((tag) => wants.has(tag))).flatMap(({ tags }) => tags),
  );
  const all = image.groups.flatMap(({ tags }) => tags);
  // `free` are the tags of the groups that are mirrored anyway.
  if (free.size === all.length) return { image: image.name };
  const values = withoutCovered(wanted.map((tag) => valueFor(tag, all, free)));
  const texts = joinValues(values);
  const byVersion = coverByVersion(wanted, all, free);
  if (byVersion !== undefined && byVersion.count < values.length) return { image: image.name, ...byVersion.fields };
  return { image: image.name, tags: texts };
}

/** The tag itself, or the line of its version, the shortest that selects only what is free. */
function valueFor(tag: Tag, all: readonly Tag[], free: ReadonlySet<string>): TagValue {
  const parts = tagParts(tag);
  for (let length = 1; parts !== undefined && length < parts.numbers.length; length += 1) {
    const line = lineOf({ numbers: parts.numbers.slice(0, length), variant: parts.variant });
    if (all.every((other) => free.has(other) || !line.matches(other))) return line;
  }
  return { text: tag, form: 'tag', parts, matches: (other) => other === tag };
}

/** All versions that begin with some numbers, in one variant. */
function lineOf(parts: TagParts): TagValue {
  const start = `${parts.numbers.join('.')}.`;
  if (parts.variant === '') {
    const text = `/^${parts.numbers.join('\\.')}(\\.\\d+)+$/`;
    const matches = (tag: string) => tag.startsWith(start) && /^\d+(?:\.\d+)*$/.test(tag.slice(start.length));
    return { text, form: 'line', parts, matches };
  }
  const shortest = start.length + parts.variant.length;
  return {
    text: `${start}*${parts.variant}`,
    form: 'line',
    parts,
    matches: (tag) => tag.length >= shortest && tag.startsWith(start) && tag.endsWith(parts.variant),
  };
}

/** Without values twice, and tags that a line covers. */
function withoutCovered(values: readonly TagValue[]): TagValue[] {
  const once = [...new Map(values.map((value) => [value.text, value])).values()];
  const lines = once.filter(({ form }) => form === 'line');
  return once.filter((value) =>
    value.form === 'line'
      ? !lines.some((line) => isWider(line, value))
      : !lines.some((line) => line.matches(value.text)),
  );
}

function isWider(line: TagValue, other: TagValue): boolean {
  if (line === other || line.parts?.variant !== other.parts?.variant) return false;
  const [short, long] = [line.parts?.numbers ?? [], other.parts?.numbers ?? []];
  return short.length < long.length && short.every((number, index) => number === long[index]);
}

/** More values than this of one variant are written as one, with `{…}`. */
const mostSingle = 2;

/** Writes values of one form and variant as one where there are several: `{3.12,3.13}-slim`. Sorted, so that equal ones are equal. */
function joinValues(values: readonly TagValue[]): string[] {
  const joined = [...groupBy(values, keyOf)].flatMap(([key, own]) => {
    if (own.length <= mostSingle || key === '') return own.map(({ text }) => text);
    const [{ form, parts } = { form: 'tag', parts: undefined }] = own;
    const heads = own.map((value) => value.parts?.numbers.join('.') ?? '').sort(compareVersions);
    const variant = parts?.variant ?? '';
    if (form === 'line' && variant === '') return [`/^(${heads.join('|').replaceAll('.', '\\.')})(\\.\\d+)+$/`];
    return [`{${heads.join(',')}}${form === 'line' ? '.*' : ''}${variant}`];
  });
  return joined.sort((one, other) => compareVersions(one.replace(/^\{/, ''), other.replace(/^\{/, '')));
}

function keyOf({ form, parts }: TagValue): string {
  return parts === undefined ? '' : `${form} ${parts.variant}`;
}

function compareVersions(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true }) || (one < other ? -1 : 1);
}

interface ByVersion {
  readonly count: number;
  readonly fields: Pick<RuleDraft, 'tags' | 'versions'>;
}

/** All versions from the lowest that is wanted, in the wanted variants; `undefined` where that selects what nobody uses, or too little. */
function coverByVersion(wanted: readonly Tag[], all: readonly Tag[], free: ReadonlySet<string>): ByVersion | undefined {
  const versions = wanted.map((tag) => ({ version: tagVersion(tag), parts: tagParts(tag) }));
  const texts = versions.flatMap(({ version, parts }) =>
    version && parts ? [parts.numbers.slice(0, 2).join('.')] : [],
  );
  const [lowest] = texts.toSorted(compareVersions);
  if (lowest === undefined || texts.length < wanted.length) return undefined;
  const range = versionRange(`>=${lowest}`);
  const isInRange = (tag: string) => {
    const version = tagVersion(tag);
    return version !== undefined && range.holds(version);
  };
  const variants = [...new Set(versions.map(({ parts }) => parts?.variant ?? ''))].sort();
  const tagFields = [undefined, ...(variants.includes('') ? [] : [variants.map((variant) => `*${variant}`)])];
  for (const tags of tagFields) {
    const isSelected = (tag: string) =>
      isInRange(tag) && (tags === undefined || variants.some((variant) => tag.endsWith(variant)));
    if (!wanted.every(isSelected) || !all.every((tag) => free.has(tag) || !isSelected(tag))) continue;
    const fields = { ...(tags === undefined ? {} : { tags }), versions: [`>=${lowest}`] };
    return { count: 1 + (tags?.length ?? 0), fields };
  }
  return undefined;
}

/** More images than this in one rule nobody reads. */
const mostImages = 12;

/** Images that want the same become one rule, `{nginx,redis}`. */
function joinEqual(drafts: readonly RuleDraft[]): RuleDraft[] {
  const joined = [...groupBy(drafts, ({ tags, versions }) => JSON.stringify([tags, versions]))].flatMap(([, own]) => {
    const chunks = Array.from({ length: Math.ceil(own.length / mostImages) }, (_, index) =>
      own.slice(index * mostImages, (index + 1) * mostImages),
    );
    return chunks.flatMap((chunk): RuleDraft[] => {
      const [first] = chunk;
      if (first === undefined || chunk.length === 1) return chunk;
      return [
        {
          ...first,
          image: `{${chunk
            .map(({ image }) => image)
            .sort()
            .join(',')}}`,
        },
      ];
    });
  });
  const name = ({ image }: RuleDraft) => image.replace('{', '');
  return joined.sort((one, other) => (name(one) < name(other) ? -1 : 1));
}

/** The drafts as `images` of a mirrors.yaml; empty where there are none, which no mirrors.yaml may have. */
export function rulesYaml(include: readonly RuleDraft[], exclude: readonly RuleDraft[] = []): string {
  const part = (key: string, drafts: readonly RuleDraft[]) =>
    drafts.length === 0 ? [] : [`  ${key}:`, ...drafts.map((draft) => `    - ${draftText(draft)}`)];
  const lines = [...part('include', include), ...part('exclude', exclude)];
  return lines.length === 0 ? '' : ['images:', ...lines].join('\n');
}

/** A draft as an entry of `images.include`, on one line. */
export function draftText({ image, tags, versions }: RuleDraft): string {
  if (tags === undefined && versions === undefined) return scalar(image);
  const list = (values: readonly string[]) => `[${values.map(quoted).join(', ')}]`;
  const fields = [
    `image: ${scalar(image)}`,
    ...(versions === undefined ? [] : [`versions: ${list(versions)}`]),
    ...(tags === undefined ? [] : [`tags: ${list(tags)}`]),
  ];
  return `{${fields.join(', ')}}`;
}

/** In quotes unless YAML reads it as text: names of letters only, which no `true`, `null` or number is. */
function scalar(text: string): string {
  const isPlain = /^[a-z][a-z0-9-]*[a-z0-9]$/.test(text) && !/^(?:true|false|null|yes|no|on|off)$/.test(text);
  return isPlain ? text : quoted(text);
}

const quoted = (text: string) => (/[\\"]/.test(text) && !text.includes("'") ? `'${text}'` : JSON.stringify(text));

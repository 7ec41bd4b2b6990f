import { isRecord } from '../../core/json.ts';
import type { Place, Problem } from '../../core/problem.ts';
import type { Path } from '../../yaml/locate.ts';
import type { RuleDraft } from '../cover.ts';
import type { ReadDocument } from '../documents.ts';
import { type MirrorName, mirrorText, parseReference, publicMirrors } from '../reference.ts';

/** What of a sync file becomes rules. */
export interface Rules {
  readonly include: readonly RuleDraft[];
  readonly exclude: readonly RuleDraft[];
}

type Fields = Pick<RuleDraft, 'tags' | 'versions'>;

/** Collects the rules, destinations and losses of one file. Places have no source line: it could hold a password. */
export class Importer {
  readonly problems: Problem[] = [];
  readonly #include: RuleDraft[] = [];
  readonly #exclude: { readonly draft: RuleDraft; readonly place: Place }[] = [];
  readonly #targets = new Map<string, { readonly name: MirrorName; readonly place: Place; count: number }>();

  /** The official image that a source is; what is none is reported, and `undefined`. */
  imageOf(source: string, place: Place): { readonly image: string; readonly tag?: string } | undefined {
    if (/\{\{|\$/.test(source)) {
      this.lost(
        place,
        'template',
        'A source with variables is not read.',
        source,
        'Write the name out, and import again.',
      );
      return undefined;
    }
    const reference = parseReference(source, publicMirrors);
    if (reference === undefined) {
      this.lost(place, 'bad-reference', 'This is not a valid image reference.', source);
      return undefined;
    }
    const { image, digest, repository } = reference;
    if (image === undefined) {
      this.lost(
        place,
        'not-official',
        'Only Docker Official Images are mirrored.',
        repository,
        'Keep the other tool for it.',
      );
      return undefined;
    }
    if (digest !== undefined) {
      const hint = 'The lockfile pins digests: name the tag that it belongs to.';
      this.lost(place, 'digest', 'A rule selects tags, not a digest.', source, hint);
      if (reference.tag === undefined) return undefined;
    }
    const tag = /:[^/]*$/.test(source.replace(/@.*/s, '')) ? reference.tag : undefined;
    return { image, ...(tag === undefined ? {} : { tag }) };
  }

  include(image: string, fields: Fields = {}): void {
    if (fields.tags?.length !== 0) this.#include.push({ image, ...fields });
  }

  exclude(image: string, tags: readonly string[], place: Place): void {
    if (tags.length > 0) this.#exclude.push({ draft: { image, tags }, place });
  }

  /** Remembers where an image goes. A destination holds it by its own name and tags. */
  target(text: string, { image, tag }: { readonly image: string; readonly tag?: string }, place: Place): void {
    if (text === '' || /\{\{|\$/.test(text)) return;
    const reference = parseReference(text.replace(/\/$/, ''));
    const [, host = '', namespace = '', name = ''] =
      /^([^/]+)\/(?:(.*)\/)?([^/]+)$/.exec(reference?.repository ?? '') ?? [];
    if (name === '') {
      this.lost(place, 'bad-reference', 'This is not a valid image reference.', text);
      return;
    }
    const ownTag = /:[^/]*$/.test(text) ? reference?.tag : undefined;
    if (name !== image || (ownTag !== undefined && ownTag !== tag)) {
      const hint = 'Images keep their name and tags: change those who pull the other name.';
      this.lost(place, 'renamed', 'An image cannot be given another name or tag.', text, hint);
      return;
    }
    const known = this.#targets.get(`${host}/${namespace}`);
    if (known === undefined) this.#targets.set(`${host}/${namespace}`, { name: { host, namespace }, place, count: 1 });
    else known.count += 1;
  }

  lost(place: Place, code: string, message: string, value?: string, hint?: string): void {
    const { source: _, ...at } = place;
    this.problems.push({
      code: `from/${code}`,
      severity: 'warning',
      message,
      place: at,
      ...(value === undefined ? {} : { value: value.slice(0, 200) }),
      ...(hint === undefined ? {} : { hint }),
    });
  }

  /** Reports keys that have no counterpart in a rule. */
  lostKeys({ data, place }: ReadDocument, path: Path, keys: Readonly<Record<string, string>>): void {
    const value = path.reduce<unknown>((inner, key) => (isCollection(inner) ? inner[key] : undefined), data);
    if (!isRecord(value)) return;
    for (const [key, hint] of Object.entries(keys)) {
      if (key in value) this.lost(place([...path, key]), 'setting', `\`${key}\` is not carried over.`, undefined, hint);
    }
  }

  /** The destination of most images; the others are reported. */
  destination(): MirrorName | undefined {
    const [first, ...others] = [...this.#targets.values()].sort((one, other) => other.count - one.count);
    for (const { name, place } of others) {
      const hint = 'Add it to `destinations`: each holds everything that the rules select.';
      this.lost(place, 'other-destination', 'There is more than one destination.', mirrorText(name), hint);
    }
    return first?.name;
  }

  /** An exclude rule takes its tags from all include rules of the image, so that it needs to be the only word on it. */
  rules(): Rules {
    const exclude = this.#exclude.flatMap(({ draft, place }) => {
      const counted = this.#include.filter(({ image }) => image === draft.image);
      if (counted.length <= 1) return [draft];
      const hint = 'Add it under `exclude` where it is to count for all of them.';
      const tags = draft.tags?.join(', ');
      this.lost(
        place,
        'exclude',
        `\`${draft.image}\` has several rules, and an exclude rule would count for all.`,
        tags,
        hint,
      );
      return [];
    });
    return { include: joined(this.#include), exclude: joined(exclude) };
  }
}

function isCollection(value: unknown): value is Record<string | number, unknown> {
  return typeof value === 'object' && value !== null;
}

/** One rule an image for those that only name tags, none besides one that takes all, and none twice. Sorted by image. */
export function joined(drafts: readonly RuleDraft[]): RuleDraft[] {
  const byImage = new Map<string, RuleDraft[]>();
  for (const draft of drafts) byImage.set(draft.image, [...(byImage.get(draft.image) ?? []), draft]);
  const names = [...byImage.keys()].sort();
  return names.flatMap((image) => {
    const own = byImage.get(image) ?? [];
    const whole = own.find(({ tags, versions }) => tags === undefined && versions === undefined);
    if (whole !== undefined) return [whole];
    const plain = own.filter(({ versions }) => versions === undefined);
    const tags = [...new Set(plain.flatMap((draft) => draft.tags ?? []))];
    const others = new Map(
      own.filter(({ versions }) => versions !== undefined).map((draft) => [JSON.stringify(draft), draft]),
    );
    return [...(tags.length === 0 ? [] : [{ image, tags }]), ...others.values()];
  });
}

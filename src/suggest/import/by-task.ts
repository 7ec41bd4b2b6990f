import { isRecord } from '../../core/json.ts';
import { isTag } from '../../core/names.ts';
import type { Path } from '../../yaml/locate.ts';
import type { ReadDocument } from '../documents.ts';
import { rangeOrLost, regexOrLost } from './by-repository.ts';
import type { Importer } from './importer.ts';
import { onlyVersions } from './patterns.ts';

const text = (value: unknown) => (typeof value === 'string' || typeof value === 'number' ? String(value) : '');
const texts = (value: unknown) => (Array.isArray(value) ? value : [value]).map(text).filter((one) => one !== '');

const platformHint = 'Name it in `platforms` of mirrors.yaml, or in an override for the image.';

/** A regsync.yml (regclient's page on regsync): the steps under `sync`. */
export function importRegsync(document: ReadDocument, importer: Importer): void {
  const { data, place } = document;
  const steps = isRecord(data) && Array.isArray(data['sync']) ? data['sync'] : [];
  importer.lostKeys(document, [], { creds: 'Log in with `docker login`, or name CI secrets in `ci.logins`.' });
  importer.lostKeys(document, ['defaults'], {
    backup: '`policy.backup` keeps what a tag pointed at.',
    interval: '`ci.schedule` says when jobs run.',
    schedule: '`ci.schedule` says when jobs run.',
    ratelimit: '`source.budget` says how many pulls may be made.',
  });
  for (const [index, step] of steps.entries()) readStep(document, ['sync', index], step, importer);
  if (steps.length === 0) importer.lost(place(['sync']), 'bad-shape', '`sync` is a list of steps.');
}

function readStep(document: ReadDocument, path: Path, step: unknown, importer: Importer): void {
  const { place } = document;
  if (!isRecord(step)) {
    importer.lost(place(path), 'bad-shape', 'A step is a mapping with `source`, `target` and `type`.');
    return;
  }
  const [source, type] = [text(step['source']), text(step['type'])];
  if (type === 'registry') {
    const message = 'A step that copies every repository of a registry is not carried over.';
    importer.lost(place([...path, 'type']), 'registry', message, source, 'Name the images, or all of them: `"*"`.');
    return;
  }
  if (type !== 'image' && type !== 'repository') {
    const message = 'The `type` of a step is `image`, `repository` or `registry`.';
    importer.lost(place('type' in step ? [...path, 'type'] : path), 'bad-shape', message, type || source);
    return;
  }
  const found = importer.imageOf(source, place([...path, 'source']));
  if (found === undefined) return;
  importer.target(
    text(step['target']),
    type === 'image' ? { tag: 'latest', ...found } : found,
    place([...path, 'target']),
  );
  importer.lostKeys(document, path, {
    platform: platformHint,
    platforms: platformHint,
    backup: '`policy.backup` keeps what a tag pointed at.',
    digestTags: 'Attestations are part of the index; signatures by tag are not mirrored.',
    referrers: 'Attestations are part of the index; referrers are not mirrored.',
  });
  if (type === 'image') {
    importer.include(found.image, { tags: [found.tag ?? 'latest'] });
    return;
  }
  const sets = Array.isArray(step['tagSets'])
    ? step['tagSets'].map((set, index) => ({ set, key: ['tagSets', index] }))
    : [];
  for (const { set, key } of [
    ...('tags' in step || sets.length === 0 ? [{ set: step['tags'], key: ['tags'] }] : []),
    ...sets,
  ]) {
    readTagSet(document, [...path, ...key], found.image, isRecord(set) ? set : {}, importer);
  }
}

/** Tags must be allowed and in a range, and not denied. Expressions match whole tags. */
function readTagSet(
  { place }: ReadDocument,
  path: Path,
  image: string,
  set: Readonly<Record<string, unknown>>,
  importer: Importer,
) {
  const allow = texts(set['allow']);
  const tags = allow.flatMap((one, index) => regexOrLost(one, true, place([...path, 'allow', index]), importer));
  const ranges = texts(set['semverRange']);
  if (ranges.length > 0) {
    const at = place([...path, 'semverRange']);
    for (const range of ranges) rangeOrLost(image, range, at, importer, allow.length > 0 ? tags : [onlyVersions]);
  } else importer.include(image, allow.length === 0 ? {} : { tags });
  const deny = texts(set['deny']).flatMap((one, index) =>
    regexOrLost(one, true, place([...path, 'deny', index]), importer),
  );
  importer.exclude(image, deny, place([...path, 'deny']));
}

/** The tasks of dregsy: each copies mappings of one registry to another. */
export function importDregsy(document: ReadDocument, importer: Importer): void {
  const { data, place } = document;
  const tasks = isRecord(data) && Array.isArray(data['tasks']) ? data['tasks'] : [];
  for (const [index, task] of tasks.entries()) {
    const path = ['tasks', index];
    const record = isRecord(task) ? task : {};
    importer.lostKeys(document, path, { interval: '`ci.schedule` says when jobs run.' });
    const auth = { auth: 'Log in with `docker login`, or name CI secrets in `ci.logins`.' };
    importer.lostKeys(document, [...path, 'source'], auth);
    importer.lostKeys(document, [...path, 'target'], auth);
    const registry = (key: string) => (isRecord(record[key]) ? text(record[key]['registry']) : '');
    const mappings = Array.isArray(record['mappings']) ? record['mappings'] : [];
    if (mappings.length === 0) importer.lost(place(path), 'bad-shape', 'A task has `mappings`.');
    for (const [at, mapping] of mappings.entries()) {
      const ends = { source: registry('source'), target: registry('target') };
      readMapping(document, [...path, 'mappings', at], mapping, ends, importer);
    }
  }
}

function readMapping(
  document: ReadDocument,
  path: Path,
  mapping: unknown,
  ends: { readonly source: string; readonly target: string },
  importer: Importer,
): void {
  const { place } = document;
  const record = isRecord(mapping) ? mapping : {};
  const [from, to] = [text(record['from']), text(record['to'])];
  if (from.startsWith('regex:')) {
    const hint = 'Name the images, or write a glob of names.';
    importer.lost(
      place([...path, 'from']),
      'image-regex',
      'Images by a regular expression are not carried over.',
      from,
      hint,
    );
    return;
  }
  const found = importer.imageOf(`${ends.source}/${from}`, place([...path, 'from']));
  if (found === undefined) return;
  if (to.startsWith('regex:'))
    importer.lost(place([...path, 'to']), 'renamed', 'An image cannot be given another name.', to);
  else importer.target(`${ends.target}/${to === '' ? from : to}`, found, place([...path, to === '' ? 'from' : 'to']));
  if (record['platform'] !== 'all') importer.lostKeys(document, path, { platform: platformHint });
  const written = texts(record['tags']);
  if (written.length === 0) {
    importer.include(found.image);
    return;
  }
  const tags = written.flatMap((one, index) => {
    const at = place([...path, 'tags', index]);
    const [, kind = '', filter = one] = /^(semver|regex|keep):\s*(.*)$/s.exec(one) ?? [];
    if (kind === 'semver') rangeOrLost(found.image, filter, at, importer);
    if (kind === 'semver') return [];
    if (kind === 'keep' || filter.startsWith('!')) {
      importer.lost(
        at,
        'filter',
        'A filter that inverts, or keeps the newest, is not carried over.',
        one,
        'Write an exclude rule.',
      );
      return [];
    }
    if (kind === 'regex') return regexOrLost(filter, false, at, importer);
    if (isTag(one)) return [one];
    importer.lost(at, 'bad-tag', 'This is not a valid tag, and dregsy copies nothing for it.', one);
    return [];
  });
  importer.include(found.image, { tags });
}

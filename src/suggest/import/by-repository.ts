import { isRecord } from '../../core/json.ts';
import type { Place } from '../../core/problem.ts';
import type { ReadDocument } from '../documents.ts';
import type { Importer } from './importer.ts';
import { onlyVersions, tagsFromRegex, versionsFromRange } from './patterns.ts';

const strings = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).flatMap((one) =>
    typeof one === 'string' || typeof one === 'number' ? [String(one)] : [],
  );

/** The `--src yaml` of `skopeo sync` (skopeo-sync(1)): registries, and in each images with tags, expressions or ranges. */
export function importSkopeo(document: ReadDocument, importer: Importer): void {
  const { data, place } = document;
  for (const [host, registry] of Object.entries(isRecord(data) ? data : {})) {
    if (!isRecord(registry)) {
      importer.lost(place([host]), 'bad-shape', 'Below a registry stand `images` and its like.', host);
      continue;
    }
    importer.lostKeys(document, [host], {
      credentials: 'Log in with `docker login`, or name CI secrets in `ci.logins`.',
      ...(registry['tls-verify'] === true ? {} : { 'tls-verify': 'A registry without TLS has `insecure: true`.' }),
      'cert-dir': 'A CA of your own is given to Node by NODE_EXTRA_CA_CERTS.',
    });
    for (const [key, read] of Object.entries(skopeoKeys)) {
      const images = registry[key];
      for (const [name, value] of Object.entries(isRecord(images) ? images : {})) {
        const at = place([host, key, name]);
        const source = importer.imageOf(`${host}/${name}`, at);
        if (source !== undefined) read(source.image, value, at, importer);
      }
    }
  }
}

type ReadTags = (image: string, value: unknown, place: Place, importer: Importer) => void;

const skopeoKeys: Readonly<Record<string, ReadTags>> = {
  images: (image, value, place, importer) => {
    const tags = strings(value);
    const digests = tags.filter((tag) => tag.includes(':'));
    for (const digest of digests) {
      importer.lost(place, 'digest', 'A rule selects tags, not a digest.', `${image}@${digest}`);
    }
    if (tags.length === 0) importer.include(image);
    else importer.include(image, { tags: tags.filter((tag) => !tag.includes(':')) });
  },
  'images-by-tag-regex': (image, value, place, importer) => {
    const tags = strings(value).flatMap((text) => regexOrLost(text, false, place, importer));
    importer.include(image, { tags });
  },
  'images-by-semver': (image, value, place, importer) => {
    for (const text of strings(value)) rangeOrLost(image, text, place, importer);
  },
};

/** A value of `tags` for an expression, or none, and a report. */
export function regexOrLost(text: string, isWhole: boolean, place: Place, importer: Importer): string[] {
  const tags = tagsFromRegex(text, isWhole);
  if (tags !== undefined) return [tags];
  importer.lost(
    place,
    'regex',
    'The regular expression means something else here, or nothing.',
    text,
    'Write it anew, as `/…/`.',
  );
  return [];
}

/** A rule for a range of versions, or none, and a report. */
export function rangeOrLost(
  image: string,
  text: string,
  place: Place,
  importer: Importer,
  tags: readonly string[] = [onlyVersions],
): void {
  const versions = versionsFromRange(text);
  if (versions !== undefined) importer.include(image, { tags, versions: [versions] });
  else importer.lost(place, 'range', 'The range of versions cannot be said as `versions`.', text);
}

/** The image rules of image-syncer: sources with tags or an expression, each with one or more destinations. */
export function importImageSyncer(document: ReadDocument, importer: Importer): void {
  const { data, place } = document;
  const isWhole = isRecord(data) && isRecord(data['images']);
  const [images, path] = isWhole ? [data['images'], ['images']] : [data, []];
  if (isWhole)
    importer.lostKeys(document, [], { auth: 'Log in with `docker login`, or name CI secrets in `ci.logins`.' });
  for (const [written, targets] of Object.entries(isRecord(images) ? images : {})) {
    const at = place([...path, written]);
    const [, source = written, list = ''] = /^([^@]*?)(?::([^/]*|\/.*\/))?(?:@.*)?$/s.exec(written) ?? [];
    const isRegex = /^\/.*\/$/s.test(list);
    const digests = /@(.*)$/s.exec(isRegex ? '' : written)?.[1];
    const found = importer.imageOf(source, at);
    if (found === undefined) continue;
    const { image } = found;
    if (digests !== undefined) importer.lost(at, 'digest', 'A rule selects tags, not a digest.', written);
    const tags = isRegex ? regexOrLost(list.slice(1, -1), false, at, importer) : list.split(',').filter(Boolean);
    if (list !== '') importer.include(image, { tags });
    else if (digests === undefined) importer.include(image);
    const [single] = tags;
    const only = tags.length === 1 && single !== undefined ? { image, tag: single } : { image };
    for (const target of strings(targets)) importer.target(target, only, at);
  }
}

/** The lines of a list without comments, the dash of a YAML list, and quotes; empty where a line says nothing. */
export function listLines(text: string): string[] {
  return text.split('\n').map((line) =>
    line
      .replace(/#.*/s, '')
      .trim()
      .replace(/^-\s+/, '')
      .replace(/^(["'])(.*)\1$/, '$2'),
  );
}

/** A list of references, one a line; without a tag it is `latest`, as for docker. What follows a blank is left out. */
export function importList(name: string, text: string, importer: Importer): void {
  for (const [index, line] of listLines(text).entries()) {
    const [reference = ''] = line.split(/\s+/);
    if (reference === '') continue;
    const source = importer.imageOf(reference, { file: name, line: index + 1 });
    if (source !== undefined) importer.include(source.image, { tags: [source.tag ?? 'latest'] });
  }
}

import { isRecord } from '../../core/json.ts';
import type { Path } from '../../yaml/locate.ts';
import type { ReadDocument } from '../documents.ts';
import { expandVariables } from '../variables.ts';
import { rangeOrLost, regexOrLost } from './by-repository.ts';
import type { Importer } from './importer.ts';
import { onlyVersions, tagsFromGlob } from './patterns.ts';

type Data = Readonly<Record<string, unknown>>;

const text = (value: unknown) => (typeof value === 'string' || typeof value === 'number' ? String(value) : '');
const texts = (value: unknown) => (Array.isArray(value) ? value : [value]).map(text).filter((one) => one !== '');
const record = (value: unknown): Data => (isRecord(value) ? value : {});

const newest = 'The newest N of a sorted list are not selected by a rule: all that upstream maintains are.';

/** The configuration of flux-mirror: its artifacts; without a selector it copies the newest version. */
export function importFluxMirror(document: ReadDocument, importer: Importer): void {
  const { data, place } = document;
  const { artifacts } = record(data);
  importer.lostKeys(document, [], {
    charts: 'Only images are mirrored.',
    hosts: 'Log in with `docker login`, or name CI secrets in `ci.logins`.',
  });
  for (const [index, artifact] of (Array.isArray(artifacts) ? artifacts : []).entries()) {
    const path = ['artifacts', index];
    const entry = record(artifact);
    const found = importer.imageOf(text(entry['source']).replace(/^oci:\/\//, ''), place([...path, 'source']));
    if (found === undefined) continue;
    importer.target(text(entry['destination']).replace(/^oci:\/\//, ''), found, place([...path, 'destination']));
    importer.lostKeys(document, path, {
      includeReferrers: 'Attestations are part of the index; referrers are not mirrored.',
      verify: 'What this machine forbids is in containers-policy.json(5), which `apply` keeps to.',
    });
    readSelector(document, path, found.image, record(entry['selector']), importer);
  }
}

function readSelector({ place }: ReadDocument, path: Path, image: string, selector: Data, importer: Importer): void {
  const at = (...keys: string[]) => place([...path, 'selector', ...keys]);
  const { pattern, extract } = record(selector['regex']);
  const isSorted = text(selector['limit']) !== '0';
  if (isSorted) importer.lost('limit' in selector ? at('limit') : at(), 'newest', newest, image);
  if (extract !== undefined)
    importer.lost(at('regex', 'extract'), 'extract', 'A part of a tag is not compared by itself.', text(extract));
  const tags = pattern === undefined ? undefined : regexOrLost(text(pattern), false, at('regex', 'pattern'), importer);
  const semver = text(selector['semver']);
  if (semver !== '') rangeOrLost(image, semver, at('semver'), importer, tags ?? [onlyVersions]);
  else importer.include(image, { tags: tags ?? [onlyVersions] });
}

/** What ocync leaves out unless it is told otherwise. */
const preReleases = ['*-rc*', '*-alpha*', '*-beta*', '*-pre*', '*-snapshot*', '*-nightly*'];

/** The configuration of ocync: mappings between registries that have names of their own. */
export function importOcync(document: ReadDocument, importer: Importer): void {
  const { data, place } = document;
  const root = record(data);
  const defaults = record(root['defaults']);
  const registries = record(root['registries']);
  for (const name of Object.keys(registries)) {
    const secret = 'Log in with `docker login`, or name CI secrets in `ci.logins`.';
    importer.lostKeys(document, ['registries', name], { credentials: secret, token: secret });
  }
  const platforms = { platforms: 'Name them in `platforms` of mirrors.yaml.' };
  importer.lostKeys(document, ['defaults'], platforms);
  for (const [index, mapping] of (Array.isArray(root['mappings']) ? root['mappings'] : []).entries()) {
    const path = ['mappings', index];
    const entry = record(mapping);
    const from = text(entry['from']);
    const source = hostOf(registries, text(entry['source'] ?? defaults['source']));
    const found = importer.imageOf(`${source}/${from}`, place([...path, 'from']));
    if (found === undefined) continue;
    importer.lostKeys(document, path, platforms);
    for (const target of targetsOf(root, entry['targets'] ?? defaults['targets'])) {
      importer.target(`${hostOf(registries, target)}/${text(entry['to']) || from}`, found, place([...path, 'to']));
    }
    const isOwn = isRecord(entry['tags']);
    readTags(
      document,
      isOwn ? [...path, 'tags'] : ['defaults', 'tags'],
      found.image,
      record(isOwn ? entry['tags'] : defaults['tags']),
      importer,
    );
  }
}

/** The host of a registry by its name; variables without a default are left as they are, and reported where they are used. */
function hostOf(registries: Data, name: string): string {
  const url = text(record(registries[name])['url']).replace(/^https?:\/\//, '');
  const expanded = expandVariables(url, { lookup: () => undefined, escape: '$' });
  return 'text' in expanded ? expanded.text : url;
}

/** A registry, a group of them, or a list. */
function targetsOf(root: Data, value: unknown): string[] {
  const groups = record(root['target_groups']);
  return texts(value).flatMap((name) => (name in groups ? texts(groups[name]) : [name]));
}

/** Globs and a range must both match; `include` adds to that, and `exclude` takes away. */
function readTags({ place }: ReadDocument, path: Path, image: string, tags: Data, importer: Importer): void {
  const globs = (key: string) =>
    texts(tags[key]).flatMap((glob) => {
      const value = tagsFromGlob(glob);
      if (value === undefined) importer.lost(place([...path, key]), 'glob', 'The glob is not valid here.', glob);
      return value === undefined ? [] : [value];
    });
  const [glob, include, exclude] = [globs('glob'), globs('include'), globs('exclude')];
  const semver = text(tags['semver']);
  const isAll = texts(tags['glob']).length === 0 || glob.includes('*');
  if ('latest' in tags) importer.lost(place([...path, 'latest']), 'newest', newest, image);
  if (semver !== '') rangeOrLost(image, semver, place([...path, 'semver']), importer, isAll ? [onlyVersions] : glob);
  else importer.include(image, isAll ? {} : { tags: glob });
  if (include.length > 0) importer.include(image, { tags: include });
  const isPattern = semver === '' && (isAll || glob.some((one) => /[*?[{]/.test(one)));
  importer.exclude(image, [...exclude, ...(isPattern && include.length === 0 ? preReleases : [])], place(path));
}

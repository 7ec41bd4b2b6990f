import { basename } from 'node:path';
import { isRecord } from '../core/json.ts';
import type { Place, Problem } from '../core/problem.ts';
import type { Path } from '../yaml/locate.ts';
import { readDockerfile } from './dockerfile.ts';
import { type ReadDocument, readDocuments, templateProblem } from './documents.ts';
import { type InputKind, leftOut, type Reading, type Use } from './types.ts';
import { expandVariables } from './variables.ts';

/** A reading, and what the file was taken for; absent: a file of another kind, of which nothing counts. */
export interface ManifestReading extends Reading {
  readonly kind?: InputKind;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads a file of YAML or JSON by what it holds: Kubernetes objects (also lists of them, as `kubectl get -o json` prints, and
 * kustomizations), a compose file, a pipeline of GitLab or a workflow of GitHub.
 *
 * @param variables what compose replaces variables with: the `.env` file beside it
 */
export function readManifests(file: string, text: string, variables: Environment = {}): ManifestReading {
  const { documents, problems } = readDocuments(file, text);
  const uses: Use[] = [];
  const found: Problem[] = [...problems];
  const kinds = new Set<InputKind>();
  for (const document of documents) {
    const kind = kindOf(file, document.data);
    if (kind === undefined) continue;
    kinds.add(kind);
    const reading = readers[kind](file, document, variables);
    uses.push(...reading.uses);
    found.push(...reading.problems);
  }
  const [kind] = kinds;
  return { uses, problems: found, ...(kind === undefined ? {} : { kind }) };
}

type ManifestKind = 'kubernetes' | 'compose' | 'ci';

const composeName = /^(?:docker-)?compose(?:[.-].*)?\.(?:ya?ml|json)$/i;
const pipelineName = /(?:^|\/)(?:\.gitlab-ci\.ya?ml|\.github\/workflows\/[^/]+\.ya?ml)$/;

function kindOf(file: string, data: unknown): ManifestKind | undefined {
  if (!isRecord(data)) return undefined;
  if (pipelineName.test(file)) return 'ci';
  if (typeof data['apiVersion'] === 'string' && typeof data['kind'] === 'string') return 'kubernetes';
  if (composeName.test(basename(file))) return 'compose';
  const { services } = data;
  const isService = (value: unknown) => isRecord(value) && ('image' in value || 'build' in value);
  return isRecord(services) && Object.values(services).some(isService) ? 'compose' : undefined;
}

type Reader = (file: string, document: ReadDocument, variables: Environment) => Reading;

const readers: Readonly<Record<ManifestKind, Reader>> = {
  kubernetes: (_, document) => readKubernetes(document),
  compose: readCompose,
  ci: (_, document) => readPipeline(document),
};

/** Deeper than any object, and far from the end of the stack. */
const deepest = 64;

interface Found {
  readonly path: Path;
  readonly value: unknown;
  readonly key: string | number;
  /** The key of the list or mapping that it stands in. */
  readonly within: string;
}

/** All values of a document with their keys. An item of a list stands in what the list stands in. */
function* walk(value: unknown, path: Path = [], within = ''): Generator<Found> {
  if (path.length > deepest || typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    const key = Array.isArray(value) ? Number(name) : name;
    const own = [...path, key];
    yield { path: own, value: inner, key, within };
    yield* walk(inner, own, typeof key === 'string' ? key : within);
  }
}

/** Where objects of Kubernetes, and of what runs on it (Tekton, Argo), have containers. */
const containerKeys =
  /^(?:containers|initContainers|ephemeralContainers|steps|sidecars|stepTemplate|container|script)$/;

function readKubernetes({ data, place }: ReadDocument): Reading {
  const uses: Use[] = [];
  const problems: Problem[] = [];
  const use = (text: string, at: Place) => uses.push({ kind: 'kubernetes', text, place: at, count: 1 });
  for (const { path, value, key, within } of walk(data)) {
    const isImage = key === 'image' && containerKeys.test(within);
    const isVolume = key === 'reference' && within === 'image';
    if (value === '' || !(isImage || isVolume)) continue;
    // Without quotes, YAML reads `{{ .Values.image }}` as a mapping.
    if (typeof value !== 'string') {
      if (isImage && isRecord(value)) problems.push(templateProblem(place(path)));
    } else if (value.includes('{{')) problems.push(templateProblem(place(path), value));
    else use(value, place(path));
  }
  if (isRecord(data) && data['kind'] === 'Kustomization' && Array.isArray(data['images'])) {
    for (const [index, image] of data['images'].entries()) {
      if (!isRecord(image)) continue;
      const { name, newName = name, newTag, digest } = image;
      // Without a new tag or name it says nothing of what is used.
      if (typeof newName !== 'string' || (newTag === undefined && digest === undefined)) continue;
      const tag = newTag === undefined ? '' : `:${newTag}`;
      use(`${newName}${tag}${digest === undefined ? '' : `@${digest}`}`, place(['images', index]));
    }
  }
  return { uses, problems };
}

function readCompose(file: string, { data, place }: ReadDocument, variables: Environment): Reading {
  const uses: Use[] = [];
  const problems: Problem[] = [];
  const services = isRecord(data) && isRecord(data['services']) ? data['services'] : {};
  for (const [name, service] of Object.entries(services)) {
    if (!isRecord(service)) continue;
    const { image, build } = service;
    if (isRecord(build) && typeof build['dockerfile_inline'] === 'string') {
      const at = place(['services', name, 'build', 'dockerfile_inline']).line ?? 1;
      // A text of several lines begins below its `|`.
      const isBlock = build['dockerfile_inline'].includes('\n');
      const inline = readDockerfile(file, build['dockerfile_inline'], isBlock ? at + 1 : at);
      uses.push(...inline.uses);
      problems.push(...inline.problems);
    }
    // With `build`, `image` is the name of what is built.
    if (typeof image !== 'string' || build !== undefined) continue;
    const where = place(['services', name, 'image']);
    const expanded = expandVariables(image, { lookup: (variable) => variables[variable], escape: '$' });
    if ('text' in expanded) uses.push({ kind: 'compose', text: expanded.text, place: where, count: 1 });
    else {
      const message = `\`${expanded.missing}\` has no value, so that the image is not known.`;
      const hint = `Give it a default, such as \`\${${expanded.missing}:-…}\`, or a value in \`.env\` beside the file.`;
      problems.push(leftOut('variable', where, message, image, hint));
    }
  }
  return { uses, problems };
}

const actionPrefix = 'docker://';

/** `image`, `services` and `container` of jobs, as a name or as a mapping with one, and `uses: docker://…`. */
function readPipeline({ data, place }: ReadDocument): Reading {
  const uses: Use[] = [];
  for (const { path, value, key, within } of walk(data)) {
    if (typeof value !== 'string' || value.includes('$')) continue;
    const isService = within === 'services' && (typeof key === 'number' || key === 'name' || key === 'image');
    const isContainer = key === 'container' || (within === 'container' && key === 'image');
    const isImage = (key === 'image' && within !== 'with') || (key === 'name' && within === 'image');
    const isAction = key === 'uses' && value.startsWith(actionPrefix);
    const isServiceImage = key === 'image' && path.at(-3) === 'services';
    if (!(isService || isContainer || isImage || isAction || isServiceImage)) continue;
    uses.push({ kind: 'ci', text: value.replace(actionPrefix, ''), place: place(path), count: 1 });
  }
  return { uses, problems: [] };
}

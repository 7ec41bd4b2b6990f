import { isTag } from '../../core/names.ts';
import { problemError } from '../../core/problem.ts';
import { type RuleDraft, rulesYaml } from '../../suggest/cover.ts';
import { type MirrorName, parseMirrorName } from '../../suggest/reference.ts';

/** What runs the jobs of a new mirror, as `ci.provider` calls it. */
export type InitForge = 'github' | 'gitlab' | 'kubernetes';

/** What a new mirror is to be. Absent: as the template has it. */
export interface InitAnswers {
  readonly destination?: MirrorName;
  /** Whether the destination speaks plain HTTP. */
  readonly insecure?: boolean;
  readonly include?: readonly RuleDraft[];
  /** Only with `include`; absent: what no first mirror wants. */
  readonly exclude?: readonly RuleDraft[];
  readonly platforms?: readonly string[];
  readonly forge?: InitForge;
}

/**
 * Reads where images go: `registry.example.com/library`, or only a registry.
 *
 * @throws UserError `init/bad-destination`
 */
export function readDestination(text: string): MirrorName {
  const place = parseMirrorName(text.trim());
  if (place !== undefined) return place;
  const rule = 'A destination is a registry and a namespace, without a scheme and a tag.';
  throw problemError('init/bad-destination', rule, text, 'Such as `registry.example.com/library`.');
}

/**
 * Reads which images are wanted: `debian` for every tag of it, `debian:12*` for some. What names the same image becomes one rule.
 *
 * @throws UserError `init/bad-image`
 */
export function readImages(texts: readonly string[]): RuleDraft[] {
  const tags = new Map<string, string[] | undefined>();
  for (const text of texts.flatMap((one) => one.split(',')).map((one) => one.trim())) {
    if (text === '') continue;
    const [, image, tag] = imageText.exec(text) ?? [];
    if (image === undefined || (tag !== undefined && !isTag(tag.replace(/[*?]/g, 'x')))) throw badImage(text);
    const known = tags.has(image) ? tags.get(image) : [];
    tags.set(image, tag === undefined || known === undefined ? undefined : [...known, tag]);
  }
  return [...tags].map(([image, own]) => (own === undefined ? { image } : { image, tags: own }));
}

const imageText = /^([a-z0-9*?][a-z0-9._*?-]*)(?::(.+))?$/;

function badImage(value: string) {
  const rule = 'An image is a name of Docker Official Images, and perhaps a tag or a glob of tags.';
  return problemError('init/bad-image', rule, value, 'Such as `alpine`, `debian:12*` or `*`.');
}

/**
 * Reads platforms: `linux/amd64`, `linux/arm64`.
 *
 * @throws UserError `init/bad-platform`
 */
export function readPlatforms(texts: readonly string[]): string[] {
  const platforms = texts.flatMap((text) => text.split(',')).map((text) => text.trim());
  const wrong = platforms.find((text) => !/^[a-z0-9]+\/[a-z0-9]+(?:\/[a-z0-9]+)?$/.test(text));
  if (wrong === undefined) return [...new Set(platforms)];
  const rule = 'A platform is `os/architecture` or `os/architecture/variant`.';
  throw problemError('init/bad-platform', rule, wrong, 'Such as `linux/amd64` or `linux/arm/v7`.');
}

/** What no first mirror wants; the template has it, too. */
const unwanted: readonly RuleDraft[] = [{ image: '*', tags: ['*-rc*', '*windowsservercore*', '*nanoserver*'] }];

/** The template of mirrors.yaml, with the answers in the place of what it has. */
export function configText(template: string, answers: InitAnswers): string {
  const { destination, insecure, include, exclude = unwanted, platforms, forge } = answers;
  let text = template;
  if (destination !== undefined) {
    const { host, namespace } = destination;
    const plain = insecure ? '\n    insecure: true # plain HTTP' : '';
    text = text
      .replace(/^( +registry: )registry\.example\.com$/m, (_, key: string) => `${key}${JSON.stringify(host)}${plain}`)
      .replace(/^( +namespace: )library( #.*)?$/m, (_, key: string) => `${key}${JSON.stringify(namespace)}`);
  }
  if (include !== undefined) {
    const yaml = `${rulesYaml(include, exclude)}\n\n`;
    text = text.replace(/^images:\n(?:(?:[ \t].*)?\n)*/m, () => yaml);
  }
  if (platforms !== undefined && platforms.length > 0) {
    const line = `platforms: [${platforms.join(', ')}]`;
    text = text.replace(/^# platforms: .*$/m, () => line);
  }
  return forge === undefined ? text : `${text}\n${ciText(forge, destination)}`;
}

/** The section `ci` for a cluster: nobody but its owner knows the repository and the image. */
const kubernetesText = [
  '# The jobs that keep the mirror: `mirrorlock render` writes their manifests to kubernetes/, and says which secrets they need.',
  'ci:',
  '  provider: kubernetes',
  '  kubernetes:',
  '    repository: https://git.example.com/acme/mirror.git # this repository, as git clones it: edit this',
  '    image: registry.example.com/mirrorlock:latest # an image that has mirrorlock: edit this',
  '    authSecret: mirror-registry # a Secret of type kubernetes.io/dockerconfigjson that logs in to the registries',
  '',
].join('\n');

/** The section `ci`: jobs that take the tool from the mirror repository, and log in by secrets of these names. */
function ciText(forge: InitForge, destination: MirrorName | undefined): string {
  if (forge === 'kubernetes') return kubernetesText;
  const host = destination?.host ?? 'registry.example.com';
  const login =
    host === 'ghcr.io' && forge === 'github'
      ? 'password: GITHUB_TOKEN'
      : 'username: MIRROR_USERNAME, password: MIRROR_PASSWORD';
  return [
    '# The jobs that keep the mirror: `mirrorlock render` writes their files, and says which secrets they need.',
    'ci:',
    `  provider: ${forge}`,
    '  tool: dependency # package.json and package-lock.json hold mirrorlock',
    // The Hub has a pull limit: what waits for it goes on in a later run.
    ...(forge === 'github' ? ['  schedule:', '    apply: "29 */6 * * *"'] : []),
    '  logins:',
    `    - { registry: ${JSON.stringify(host)}, ${login} }`,
    '',
  ].join('\n');
}

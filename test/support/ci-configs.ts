import { fileURLToPath } from 'node:url';
import { parseConfig } from '../../src/config/parse.ts';
import type { Config } from '../../src/config/types.ts';
import { renderCiFiles } from '../../src/render/ci/ci-files.ts';
import { templatesFrom } from '../../src/render/files.ts';
import type { RenderedFiles } from '../../src/render/types.ts';

const builtIn = fileURLToPath(new URL('../../templates', import.meta.url));

/** `ci` of mirrors.yaml, in one line of YAML, by a name for each. */
export const configs: Readonly<Record<string, string>> = {
  'github-plain': '{provider: github}',
  'github-dependency':
    '{provider: github, tool: dependency, node: "22", mark: false, jobs: 256, cache: false, environment: mirror}',
  'github-app': `{provider: github, app: {clientId: APP_ID, privateKey: APP_KEY}, runner: [self-hosted, linux],
    schedule: {update: "7,37 * * * 1-5", drift: "0 0 1 */2 *", apply: "29 */6 * * *"},
    logins: [{registry: docker.io, username: HUB_USER, password: HUB_TOKEN}, {registry: ghcr.io, password: GITHUB_TOKEN}]}`,
  'github-login': `{provider: github, runner: ubuntu-24.04-arm, jobs: 1,
    logins: [{registry: ghcr.io, username: USER, password: TOKEN, readOnly: {username: READER, password: READER_TOKEN}}]}`,
  'github-evidence': `{provider: github, jobs: 2,
    logins: [{registry: ghcr.io, username: USER, password: TOKEN, readOnly: {username: READER, password: READER_TOKEN}}]}`,
  'gitlab-evidence': `{provider: gitlab, jobs: 2, logins: [{registry: ghcr.io, username: USER, password: TOKEN}]}`,
  'gitlab-plain': '{provider: gitlab, jobs: 2}',
  'gitlab-login': `{provider: gitlab, tool: dependency, runner: [docker, linux], jobs: 200, mark: false, cache: false, environment: mirror,
    logins: [{registry: docker.io, username: HUB_USER, password: HUB_TOKEN}, {registry: ghcr.io, username: USER, password: TOKEN}]}`,
  'github-metrics': '{provider: github, jobs: 2}',
  'gitlab-metrics': '{provider: gitlab, jobs: 2}',
  'kubernetes-image': `{provider: kubernetes, tool: image, jobs: 2,
    kubernetes: {repository: "https://github.com/acme/mirror.git", image: "ghcr.io/acme/mirrorlock:0.1.0"}}`,
  'kubernetes-metrics': `{provider: kubernetes, jobs: 2,
    kubernetes: {repository: "https://github.com/acme/mirror.git", image: "registry.example.com/tools/runner:1"}}`,
  'github-folder': '{provider: github, jobs: 2, logins: [{registry: ghcr.io, username: USER, password: TOKEN}]}',
  'github-folder-dependency': '{provider: github, tool: dependency, mark: false}',
  'gitlab-folder': '{provider: gitlab, jobs: 2, logins: [{registry: ghcr.io, username: USER, password: TOKEN}]}',
  'gitlab-folder-dependency': '{provider: gitlab, tool: dependency, jobs: 2, cache: false}',
  'kubernetes-plain': `{provider: kubernetes,
    kubernetes: {repository: "https://github.com/acme/mirror.git", image: "registry.example.com/tools/runner:1"}}`,
  'kubernetes-whole': `{provider: kubernetes, tool: dependency, jobs: 64,
    kubernetes: {repository: "https://git.example.com:8443/acme/mirror.git", branch: release/1, namespace: images,
      image: "registry.example.com/tools/runner@sha256:${'0'.repeat(64)}", authSecret: registries, tokenSecret: forge,
      configMap: mirror-variables, cacheClaim: mirror-cache}}`,
  'github-catalog': `{provider: github, catalog: true, jobs: 2}`,
  'github-catalog-dependency': `{provider: github, tool: dependency, cache: false, environment: mirror,
    catalog: {url: "https://mirror.example.com/catalog/", history: false}}`,
  'gitlab-catalog': `{provider: gitlab, catalog: true, jobs: 2}`,
  'gitlab-catalog-dependency': `{provider: gitlab, tool: dependency, cache: false, jobs: 2,
    catalog: {url: "https://mirror.example.com/catalog/", history: false}}`,
  'kubernetes-catalog': `{provider: kubernetes, jobs: 4, catalog: {url: "https://mirror.example.com/catalog/"},
    kubernetes: {repository: "https://github.com/acme/mirror.git", image: "registry.example.com/tools/runner:1",
      cacheClaim: mirror-cache, catalogClaim: mirror-catalog}}`,
};

/** Where in its git repository the mirror of a configuration is; those that are not named are at the top. */
const folders: Readonly<Record<string, string>> = {
  'github-folder': 'mirrors/c++ 2/',
  'github-folder-dependency': 'a/',
  'gitlab-folder': 'mirrors/team one/',
  'gitlab-folder-dependency': 'a/',
  'github-catalog-dependency': 'a/',
  'gitlab-catalog-dependency': 'a/',
};

export const folderOf = (name: string) => folders[name] ?? '';

/** The configurations whose policy is to prune. */
const pruning = new Set(['github-app', 'github-folder', 'gitlab-login', 'gitlab-folder', 'kubernetes-whole']);

/** The configurations whose updates read indexes. */
const reading = /-evidence$/;

export const reviewOf = (name: string) => (reading.test(name) ? '{evidence: index}' : '{}');

/** What the configurations say whose runs push metrics. */
export const metricsOf = (name: string) => (name.endsWith('-metrics') ? '{push: PUSHGATEWAY_ADDRESS}' : undefined);

export const policyOf = (name: string) => (pruning.has(name) ? '{dropped: prune}' : '{dropped: keep}');

/** A mirrors.yaml whose destination comes from a variable, with this `ci`. */
export function configWith(ci: string, policy = policyOf(''), review = reviewOf(''), metrics?: string): Config {
  const text = `version: 1
images: {include: [alpine]}
destinations: [{name: main, registry: "\${MIRROR_REGISTRY:-ghcr.io}", namespace: "\${GITHUB_REPOSITORY_OWNER:-acme}"}]
policy: ${policy}
review: ${review}
ci: ${ci}
${metrics === undefined ? '' : `metrics: ${metrics}\n`}`;
  return parseConfig(text, { file: 'mirrors.yaml', env: {} });
}

/** What the templates that the tool brings make of a `ci`. */
export function renderCi(
  ci: string,
  policy?: string,
  update: object = {},
  {
    prefix = '',
    review,
    metrics,
  }: { readonly prefix?: string; readonly review?: string; readonly metrics?: string | undefined } = {},
): Promise<RenderedFiles> {
  const config = configWith(ci, policy, review, metrics);
  const named = { ...config, update: { ...config.update, ...update } };
  return renderCiFiles(named, templatesFrom('/nowhere', builtIn), prefix);
}

/** All files of all configurations of a provider: the configuration's name, the path from the top of the git repository and the text. */
export async function allFiles(provider: string): Promise<[config: string, path: string, text: string][]> {
  const files: [string, string, string][] = [];
  for (const [name, ci] of Object.entries(configs).filter(([name]) => name.startsWith(provider))) {
    for (const [path, text] of await renderCi(
      ci,
      policyOf(name),
      {},
      { prefix: folderOf(name), review: reviewOf(name), metrics: metricsOf(name) },
    ))
      files.push([name, path.replace(/^(?:\.\.\/)+/, ''), text]);
  }
  return files;
}

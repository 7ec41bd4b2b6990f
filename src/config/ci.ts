import { defined } from '../core/defined.ts';
import type { Findings } from '../yaml/findings.ts';
import type { Locator, Path } from '../yaml/locate.ts';
import { cronFault } from './cron.ts';
import { defaults } from './defaults.ts';
import type { MirrorsYaml } from './schema.gen.ts';
import type { PartialData } from './shape.ts';
import type { Ci, Kubernetes, Login, PublishedCatalog, RegistryNamespace } from './types.ts';
import { mentionedVariables } from './variables.ts';

type Written = NonNullable<PartialData<MirrorsYaml>['ci']>;

/** The jobs of one `parallel:matrix` at most (GitLab's documentation, "CI/CD YAML syntax reference"). */
const mostGitlabJobs = 200;

/** Reads `ci`, and checks what the schema cannot say. What is wrong goes to the context's findings. */
export function readCi(data: PartialData<MirrorsYaml>, context: CiContext): Ci | undefined {
  const { ci } = data;
  if (ci?.provider === undefined) return undefined;
  const { provider } = ci;
  const jobs = ci.jobs ?? defaults.ci.jobs;
  checkJobs(provider, jobs, context);
  checkApp(ci, context);
  checkEnvironment(ci, context);
  checkTool(ci, context);
  const schedule = readSchedule(ci, context);
  const catalog = readCatalog(ci);
  checkCatalogUrl(catalog, context);
  const kubernetes = readKubernetes(ci, context);
  checkCatalogClaim(ci, context);
  const { clientId, privateKey } = ci.app ?? {};
  return {
    place: context.locate.key(['ci']),
    provider,
    tool: ci.tool ?? defaults.ci.tool,
    ...defined({ environment: ci.environment }),
    node: ci.node ?? defaults.ci.node,
    jobs,
    schedule,
    runner: readRunner(ci),
    mark: ci.mark ?? defaults.ci.mark,
    cache: ci.cache ?? defaults.ci.cache,
    ...defined({ catalog }),
    ...(clientId === undefined || privateKey === undefined ? {} : { app: { clientId, privateKey } }),
    logins: readLogins(ci.logins ?? [], provider, context),
    ...defined({ kubernetes }),
    variables: mentionedVariables([data.source, data.destinations]),
  };
}

function checkJobs(provider: Ci['provider'], jobs: number, { locate, findings }: CiContext): void {
  if (provider !== 'gitlab' || jobs <= mostGitlabJobs) return;
  const message = `One matrix of GitLab holds at most ${mostGitlabJobs} jobs.`;
  findings.error(locate.value(['ci', 'jobs']), { code: 'ci-jobs', message, value: String(jobs) });
}

function checkApp({ provider, app }: Written, { locate, findings }: CiContext): void {
  if (app === undefined || provider === 'github') return;
  const message = '`app` only applies with `provider: github`.';
  findings.error(locate.key(['ci', 'app']), { code: 'ci-app', message, hint: 'Leave it out.' });
}

function checkEnvironment({ provider, environment }: Written, { locate, findings }: CiContext): void {
  if (environment === undefined || provider !== 'kubernetes') return;
  const message = '`environment` only applies with `provider: github` and `gitlab`.';
  findings.error(locate.key(['ci', 'environment']), { code: 'ci-environment', message, hint: 'Leave it out.' });
}

function checkTool({ provider, tool }: Written, { locate, findings }: CiContext): void {
  if (tool !== 'image' || provider === 'kubernetes') return;
  const message = '`tool: image` only applies with `provider: kubernetes`.';
  const hint = 'Use `tool: dependency`.';
  findings.error(locate.value(['ci', 'tool']), { code: 'ci-tool', message, value: tool, hint });
}

function readSchedule({ provider, schedule }: Written, { locate, findings }: CiContext): Ci['schedule'] {
  const pathOf = (key: string): Path => ['ci', 'schedule', key];
  const checked = (key: 'update' | 'drift' | 'apply', text: string) => {
    const fault = cronFault(text);
    if (fault !== undefined) {
      findings.error(locate.value(pathOf(key)), { code: 'ci-schedule', message: fault, value: text, hint: cronHint });
    }
    return text;
  };
  const both = {
    update: checked('update', schedule?.update ?? defaults.ci.update),
    drift: checked('drift', schedule?.drift ?? defaults.ci.drift),
  };
  if (schedule?.apply === undefined) return both;
  if (provider === 'gitlab' || provider === 'kubernetes') {
    const message = '`schedule.apply` is for `provider: github`.';
    findings.error(locate.key(pathOf('apply')), { code: 'ci-schedule', message, hint: applyHints[provider] });
  }
  return { ...both, apply: checked('apply', schedule.apply) };
}

const applyHints: Readonly<Record<'gitlab' | 'kubernetes', string>> = {
  gitlab: 'Make a schedule at GitLab that sets MIRRORLOCK to `apply`.',
  kubernetes: 'Replace the Job again (`kubectl replace --force`), such as from a CronJob of your own.',
};

const cronHint = 'Such as `17 */6 * * *`: minute, hour, day of the month, month, day of the week.';

function readRunner({ provider, runner }: Written): string[] {
  if (runner === undefined) return provider === 'github' ? ['ubuntu-24.04'] : [];
  return typeof runner === 'string' ? [runner] : runner.flatMap((label) => label ?? []);
}

function readKubernetes({ provider, kubernetes }: Written, { locate, findings }: CiContext): Kubernetes | undefined {
  if ((provider === 'kubernetes') !== (kubernetes !== undefined)) {
    const message = '`kubernetes` is needed with `provider: kubernetes`, and only there.';
    const hint = kubernetes === undefined ? 'Add `kubernetes: {repository: …, image: …}`.' : 'Leave `kubernetes` out.';
    const key = kubernetes === undefined ? 'provider' : 'kubernetes';
    findings.error(locate.key(['ci', key]), { code: 'ci-kubernetes', message, hint });
  }
  const { repository, image, authSecret, configMap, cacheClaim, catalogClaim } = kubernetes ?? {};
  if (repository === undefined || image === undefined) return undefined;
  return {
    repository,
    image,
    branch: kubernetes?.branch ?? defaults.ci.branch,
    namespace: kubernetes?.namespace ?? defaults.ci.namespace,
    tokenSecret: kubernetes?.tokenSecret ?? defaults.ci.tokenSecret,
    catalogImage: kubernetes?.catalogImage ?? defaults.ci.catalogImage,
    ...defined({ authSecret, configMap, cacheClaim, catalogClaim }),
  };
}

function readCatalog({ catalog }: Written): PublishedCatalog | undefined {
  if (catalog === undefined || catalog === false) return undefined;
  const { url, history = defaults.ci.catalogHistory } = catalog === true ? {} : catalog;
  return { history, ...defined({ url }) };
}

/** The schema knows the form of an address, and not which port or host can be. */
function checkCatalogUrl(catalog: PublishedCatalog | undefined, { locate, findings }: CiContext): void {
  if (catalog?.url === undefined || URL.canParse(catalog.url)) return;
  const message = 'Not a valid address of a site.';
  const hint = 'Such as `https://mirror.example.com/catalog/`.';
  findings.error(locate.value(['ci', 'catalog', 'url']), { code: 'ci-catalog', message, value: catalog.url, hint });
}

/** A cluster has no service for pages: pods hand the site on by a volume. */
function checkCatalogClaim({ kubernetes, ...ci }: Written, { locate, findings }: CiContext): void {
  if (kubernetes === undefined) return;
  const isPublished = readCatalog(ci) !== undefined;
  if (isPublished && kubernetes.catalogClaim === undefined) {
    const message = '`catalog` needs a volume for the site and the reports.';
    const hint = 'Add `kubernetes: {catalogClaim: NAME}`, which names a PersistentVolumeClaim.';
    findings.error(locate.key(['ci', 'catalog']), { code: 'ci-catalog', message, hint });
  }
  for (const key of ['catalogClaim', 'catalogImage'] as const) {
    if (isPublished || kubernetes[key] === undefined) continue;
    const message = `\`${key}\` only applies with \`ci.catalog\`.`;
    findings.error(locate.key(['ci', 'kubernetes', key]), {
      code: 'ci-catalog',
      message,
      hint: `Add \`catalog: true\`, or leave \`${key}\` out.`,
    });
  }
}

type WrittenLogins = NonNullable<NonNullable<PartialData<MirrorsYaml>['ci']>['logins']>;

/** The token that GitHub gives each job. */
const workflowToken = 'GITHUB_TOKEN';

/** Reads the logins. Each is for a registry of its own; what is wrong goes to the context's findings. */
function readLogins(logins: WrittenLogins, provider: Ci['provider'], context: CiContext): Login[] {
  const { locate, findings, places } = context;
  const hosts = places.map(({ registry }) => registry.host);
  // The value of a variable is not shown.
  const shown = places.map(({ registry, written }) => written?.replace(/\/.*/, '') ?? registry.host);
  if (provider === 'kubernetes' && logins.length > 0) {
    const message = 'Kubernetes mounts one Secret that logs in to every registry.';
    const hint = 'Name it by `kubernetes: {authSecret: …}`, and leave `logins` out.';
    findings.error(locate.key(['ci', 'logins']), { code: 'ci-logins', message, hint });
  }
  const seen = new Set<string>();
  return logins.flatMap((login, index): Login[] => {
    const { registry, username, password } = login ?? {};
    if (registry === undefined || password === undefined) return [];
    const path: Path = ['ci', 'logins', index, 'registry'];
    checkUser({ username, password }, provider, index, context);
    if (seen.has(registry)) {
      const message = 'A registry must have only one login.';
      findings.error(locate.value(path), { code: 'ci-logins', message, value: registry });
    } else if (!hosts.includes(registry)) {
      const message = 'No source, alternate or destination uses this registry.';
      const hint = `There are ${[...new Set(shown)].join(', ')}.`;
      findings.warning(locate.value(path), { code: 'ci-login-unused', message, value: registry, hint });
    }
    seen.add(registry);
    const { username: reader, password: readerPassword } = login?.readOnly ?? {};
    const readOnly = reader && readerPassword ? { username: reader, password: readerPassword } : undefined;
    return [{ registry, ...defined({ username, readOnly }), password }];
  });
}

function checkUser(
  { username, password }: { username: string | undefined; password: string },
  provider: Ci['provider'],
  index: number,
  { locate, findings }: CiContext,
): void {
  const isToken = provider === 'github' && password === workflowToken;
  if (isToken === (username === undefined)) return;
  const message = isToken
    ? 'The token of a workflow belongs to no user that needs a name.'
    : 'A login needs the name of the secret with the user’s name.';
  const hint = isToken ? 'Leave `username` out.' : 'Add `username: NAME`; only GITHUB_TOKEN at GitHub needs none.';
  const path: Path = ['ci', 'logins', index, isToken ? 'username' : 'password'];
  findings.error(locate.value(path), { code: 'ci-logins', message, hint });
}

/** What reading `ci` needs besides its data. */
interface CiContext {
  readonly locate: Locator;
  readonly findings: Findings;
  /** All registries that mirrors.yaml names. */
  readonly places: readonly RegistryNamespace[];
}

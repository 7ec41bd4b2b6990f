import { defaults } from '../defaults.ts';
import type { Path } from '../path.ts';
import type { MirrorsYaml } from '../schema.gen.ts';
import type { Sound } from '../sound.ts';
import { mentionedVariables } from '../variables.ts';
import type { CiContext } from './context.ts';
import { cronFault } from './cron.ts';
import { readLogins } from './logins.ts';
import type { Ci, Kubernetes } from './types.ts';

type Written = NonNullable<Sound<MirrorsYaml>['ci']>;

/** The jobs of one `parallel:matrix` at most (GitLab's documentation, "CI/CD YAML syntax reference"). */
const mostGitlabJobs = 200;

/** Reads `ci`, and checks what the schema cannot say. What is wrong goes to the context's findings. */
export function readCi(data: Sound<MirrorsYaml>, context: CiContext): Ci | undefined {
  const { ci } = data;
  if (ci?.provider === undefined) return undefined;
  const { provider } = ci;
  const jobs = ci.jobs ?? defaults.ci.jobs;
  checkJobs(provider, jobs, context);
  checkApp(ci, context);
  const schedule = readSchedule(ci, context);
  const kubernetes = readKubernetes(ci, context);
  const toolVersion = /^npx mirrorlock@(.+)$/.exec(ci.command ?? defaults.ci.command)?.[1];
  const { clientId, privateKey } = ci.app ?? {};
  return {
    place: context.locate.key(['ci']),
    provider,
    ...(toolVersion === undefined ? {} : { toolVersion }),
    node: ci.node ?? defaults.ci.node,
    jobs,
    schedule,
    runner: readRunner(ci),
    mark: ci.mark ?? defaults.ci.mark,
    cache: ci.cache ?? defaults.ci.cache,
    ...(clientId === undefined || privateKey === undefined ? {} : { app: { clientId, privateKey } }),
    logins: readLogins(ci.logins ?? [], provider, context),
    ...(kubernetes === undefined ? {} : { kubernetes }),
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
  const message = 'A GitHub App is for `provider: github`.';
  findings.error(locate.key(['ci', 'app']), { code: 'ci-app', message, hint: 'Leave it out.' });
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
    const message = 'The manifests of `provider: kubernetes`, and they alone, need to know a repository and an image.';
    const hint = kubernetes === undefined ? 'Add `kubernetes: {repository: …, image: …}`.' : 'Leave `kubernetes` out.';
    const key = kubernetes === undefined ? 'provider' : 'kubernetes';
    findings.error(locate.key(['ci', key]), { code: 'ci-kubernetes', message, hint });
  }
  const { repository, image, authSecret, configMap, cacheClaim } = kubernetes ?? {};
  if (repository === undefined || image === undefined) return undefined;
  return {
    repository,
    image,
    branch: kubernetes?.branch ?? defaults.ci.branch,
    namespace: kubernetes?.namespace ?? defaults.ci.namespace,
    tokenSecret: kubernetes?.tokenSecret ?? defaults.ci.tokenSecret,
    ...(authSecret === undefined ? {} : { authSecret }),
    ...(configMap === undefined ? {} : { configMap }),
    ...(cacheClaim === undefined ? {} : { cacheClaim }),
  };
}

import { parse } from 'yaml';

export type Texts = Readonly<Record<string, string>>;

export interface Step {
  readonly id?: string;
  readonly name?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Texts;
  readonly 'working-directory'?: string;
}

export interface Job {
  readonly name?: string;
  readonly needs: readonly string[];
  readonly if?: string;
  readonly permissions: Readonly<Record<string, 'read' | 'write'>>;
  readonly env?: Texts;
  readonly outputs?: Texts;
  readonly strategy?: { readonly matrix: string };
  readonly steps: readonly Step[];
}

export interface Workflow {
  readonly name: string;
  readonly on: Readonly<
    Record<string, { readonly branches?: readonly string[]; readonly paths?: readonly string[] } | null>
  >;
  readonly env?: Texts;
  readonly defaults: { readonly run: { readonly shell: 'bash'; readonly 'working-directory'?: string } };
  readonly jobs: Readonly<Record<string, Job>>;
}

/** The keys that are carried out, or that mean nothing to one run on this machine. Any other would be passed over in silence. */
const known = {
  workflow: ['name', 'on', 'permissions', 'defaults', 'env', 'concurrency', 'jobs'],
  job: [
    'name',
    'needs',
    'if',
    'runs-on',
    'timeout-minutes',
    'permissions',
    'env',
    'environment',
    'concurrency',
    'outputs',
    'strategy',
    'steps',
  ],
  strategy: ['matrix', 'fail-fast', 'max-parallel'],
  step: ['id', 'name', 'if', 'uses', 'run', 'with', 'env', 'working-directory'],
} as const;

/** A job as it is written. */
type WrittenJob = Omit<Job, 'needs'> & { readonly needs?: string | readonly string[] };
type Written = Omit<Workflow, 'jobs' | 'defaults'> & {
  readonly defaults?: { readonly run?: { readonly shell?: string; readonly 'working-directory'?: string } };
  readonly jobs: Readonly<Record<string, WrittenJob>>;
};

/** Reads a workflow; throws for a key that the runner does not carry out. */
export function readWorkflow(text: string): Workflow {
  const root: Written = parse(text);
  only('workflow', root);
  const { run = {}, ...others } = root.defaults ?? {};
  const { shell, 'working-directory': folder, ...strange } = run;
  if (Object.keys({ ...others, ...strange }).length > 0)
    throw new Error('The runner does not carry out these defaults.');
  if (shell !== 'bash') throw new Error('The runner knows the shell bash alone.');
  const jobs = Object.entries(root.jobs).map(([id, job]) => [id, readJob(job)] as const);
  const defaults = { run: { shell, ...(folder === undefined ? {} : { 'working-directory': folder }) } } as const;
  return { ...root, defaults, jobs: Object.fromEntries(jobs) };
}

function readJob({ needs = [], ...job }: WrittenJob): Job {
  only('job', job);
  if (job.strategy !== undefined) only('strategy', job.strategy);
  for (const step of job.steps) only('step', step);
  return { ...job, needs: typeof needs === 'string' ? [needs] : needs };
}

function only(what: keyof typeof known, value: object): void {
  const names: readonly string[] = known[what];
  const strange = Object.keys(value).filter((key) => !names.includes(key));
  if (strange.length > 0) throw new Error(`The runner does not carry out ${strange.join(', ')} of a ${what}.`);
}

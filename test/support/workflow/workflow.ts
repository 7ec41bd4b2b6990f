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

interface WrittenAction {
  readonly inputs?: Readonly<Record<string, { readonly default?: string; readonly required?: boolean }>>;
  readonly outputs?: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly (Step & { readonly shell?: string })[] };
}

/** Reads a composite action, and what it is given; throws for what the runner does not carry out, and for inputs that it does not know. */
export function readAction(text: string, given: Texts) {
  const { inputs: known = {}, outputs = {}, runs }: WrittenAction = parse(text);
  if (runs.using !== 'composite') throw new Error('The runner carries out composite actions only.');
  const strange = Object.keys(given).filter((name) => !Object.hasOwn(known, name));
  if (strange.length > 0) throw new Error(`The action does not know ${strange.join(', ')}.`);
  const steps = runs.steps.map(({ shell, ...step }) => {
    if (step.run !== undefined && shell !== 'bash') throw new Error('The runner knows the shell bash alone.');
    only('step', step);
    return step;
  });
  const defaults = Object.fromEntries(Object.entries(known).map(([name, input]) => [name, input.default ?? '']));
  const values = Object.fromEntries(Object.entries(outputs).map(([name, output]) => [name, output.value]));
  return { inputs: { ...defaults, ...given } as Texts, outputs: values as Texts, steps: steps as readonly Step[] };
}

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

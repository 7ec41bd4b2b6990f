import { evaluated, holds } from './expressions.ts';
import type { Machine } from './machine.ts';
import { type JobResult, runJob } from './run-job.ts';
import { type Job, readWorkflow, type Workflow } from './workflow.ts';

/** What started a run. */
export interface Start {
  readonly event: 'push' | 'schedule' | 'workflow_dispatch' | 'pull_request' | 'merge_group';
  /** The context `github`, without token, job and workspace. */
  readonly github: Readonly<Record<string, unknown>>;
  readonly inputs?: Readonly<Record<string, string>>;
}

/** All runs of a job: one, or one for each of its matrix. */
export interface JobOutcome {
  readonly result: 'success' | 'failure' | 'skipped';
  readonly outputs: Readonly<Record<string, string>>;
  readonly runs: readonly JobResult[];
}

export type WorkflowOutcome = Readonly<Record<string, JobOutcome>>;

/** Runs the jobs of a workflow's text one after another, each after those that it needs. Throws for what it does not carry out. */
export async function runWorkflow(text: string, start: Start, machine: Machine): Promise<WorkflowOutcome> {
  const workflow = readWorkflow(text);
  if (!(start.event in workflow.on)) throw new Error(`${start.event} does not start ${workflow.name}.`);
  const outcome: Record<string, JobOutcome> = {};
  for (const id of inOrder(workflow.jobs)) {
    const job = workflow.jobs[id];
    if (job !== undefined) outcome[id] = await runOne({ id, job, workflow, start, machine, outcome });
  }
  return outcome;
}

/**
 * Whether a push to a branch that changes these paths starts a workflow. The last pattern that fits counts, and `!` turns it
 * round; patterns are taken as they are, but `**` at their end, and `\` before what it escapes.
 */
export function pushStarts(text: string, branch: string, changed: readonly string[]): boolean {
  const { push } = readWorkflow(text).on;
  if (push === undefined) return false;
  const { branches = ['**'], paths } = push ?? {};
  const fits = (pattern: string) =>
    pattern.endsWith('**') ? branch.startsWith(pattern.slice(0, -2)) : pattern === branch;
  const last = branches.findLast((pattern) => fits(pattern.replace(/^!/, '')));
  const isBranch = last !== undefined && !last.startsWith('!');
  return isBranch && (paths === undefined || paths.some((path) => changed.includes(path.replace(/\\(.)/g, '$1'))));
}

interface OneJob {
  readonly id: string;
  readonly job: Job;
  readonly workflow: Workflow;
  readonly start: Start;
  readonly machine: Machine;
  readonly outcome: WorkflowOutcome;
}

async function runOne({ id, job, workflow, start, machine, outcome }: OneJob): Promise<JobOutcome> {
  const needed = ancestors(id, workflow.jobs).map((name) => outcome[name]?.result);
  const needs = Object.fromEntries(
    job.needs.map((name) => [name, { result: outcome[name]?.result, outputs: outcome[name]?.outputs }]),
  );
  const github = { ...start.github, event_name: start.event, workflow: workflow.name };
  const early = { github, needs, vars: machine.vars, inputs: start.inputs ?? {} };
  const status = { failed: needed.includes('failure'), skipped: needed.includes('skipped') };
  if (!holds(job.if, early, status)) return { result: 'skipped', outputs: {}, runs: [] };
  const runs: JobResult[] = [];
  for (const matrix of matrixOf(job, early)) {
    const contexts = { ...early, matrix, strategy: {} };
    const folder = workflow.defaults.run['working-directory'] ?? '.';
    runs.push(await runJob(id, job, { contexts, workflowEnv: workflow.env ?? {}, folder, machine }));
  }
  const result = runs.some((run) => run.result === 'failure') ? 'failure' : 'success';
  return { result, outputs: Object.assign({}, ...runs.map((run) => run.outputs)), runs };
}

/** The values of each run. Of a matrix, `include` alone is carried out; GitHub refuses one without a job. */
function matrixOf({ strategy }: Job, contexts: Readonly<Record<string, unknown>>): readonly object[] {
  if (strategy === undefined) return [{}];
  const matrix = evaluated(strategy.matrix, contexts) as { include?: readonly object[] } | null;
  const { include = [], ...rest } = matrix ?? {};
  if (Object.keys(rest).length > 0) throw new Error('Of a matrix, `include` alone is carried out.');
  if (include.length === 0 || include.length > 256) throw new Error(`A matrix of ${include.length} jobs is refused.`);
  return include;
}

function inOrder(jobs: Workflow['jobs']): string[] {
  const ordered: string[] = [];
  const visit = (id: string): void => {
    if (ordered.includes(id)) return;
    for (const before of jobs[id]?.needs ?? []) visit(before);
    ordered.push(id);
  };
  for (const id of Object.keys(jobs)) visit(id);
  return ordered;
}

function ancestors(id: string, jobs: Workflow['jobs']): string[] {
  const direct = jobs[id]?.needs ?? [];
  return [...new Set([...direct, ...direct.flatMap((name) => ancestors(name, jobs))])];
}

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Contexts } from './expressions.ts';
import { jobFolders, jobPath, type Machine } from './machine.ts';
import { filled, runSteps, type StepResult } from './run-steps.ts';
import type { Job, Texts } from './workflow.ts';

/** What a job, or one of its matrix, came to. */
export interface JobResult {
  readonly result: 'success' | 'failure';
  readonly outputs: Texts;
  readonly steps: readonly StepResult[];
}

/** What surrounds a job. */
export interface JobSurroundings {
  /** github, needs, matrix, strategy, inputs, vars, secrets: what stands before the first step. */
  readonly contexts: Contexts & { readonly github: Readonly<Record<string, unknown>> };
  readonly workflowEnv: Texts;
  /** Where in the workspace a step runs that does not say so itself. */
  readonly folder: string;
  readonly machine: Machine;
}

/** Runs the steps of a job in a clean folder, with the environment that Actions sets. */
export async function runJob(
  id: string,
  job: Job,
  { contexts, workflowEnv, folder, machine }: JobSurroundings,
): Promise<JobResult> {
  const token = machine.issueToken({ permissions: inApi(job.permissions) });
  const folders = jobFolders(String(contexts.github['repository']));
  const github = { ...contexts.github, token, job: id, workspace: folders.workspace };
  const runner = { temp: folders.temporary, os: 'Linux', arch: 'X64', name: 'test' };
  const secrets = { ...machine.secrets, GITHUB_TOKEN: token };
  const fixed = { ...contexts, github, runner, secrets, vars: machine.vars };
  const before = { github, secrets: fixed.secrets, vars: fixed.vars, inputs: contexts['inputs'] ?? {} };
  const eventFile = join(folders.temporary, 'event.json');
  writeFileSync(eventFile, JSON.stringify(contexts.github['event']));
  const own = { ...filled(workflowEnv, before), ...filled(job.env ?? {}, fixed) };
  const after: (() => Promise<unknown>)[] = [];
  const { results, outputsById, env } = await runSteps(job.steps, {
    ...{ contexts: fixed, folder, folders, token, permissions: job.permissions, machine, eventFile },
    state: { env: own, path: jobPath(folders), count: 0, after },
  });
  const result = results.some((step) => step.result === 'failure') ? 'failure' : 'success';
  if (result === 'success') for (const work of after.reverse()) await work();
  return {
    result,
    outputs: filled(job.outputs ?? {}, { ...fixed, env, steps: outputsById }),
    steps: results,
  };
}

/** Those of the registry and the pages of GitHub are not the stand-in's. */
const notInApi = ['packages', 'pages', 'id_token'];

/** Rights as the API names them. */
function inApi(permissions: Job['permissions']): Job['permissions'] {
  const named = Object.entries(permissions).map(([name, level]) => [name.replaceAll('-', '_'), level] as const);
  return Object.fromEntries(named.filter(([name]) => !notInApi.includes(name)));
}

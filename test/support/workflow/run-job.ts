import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { runAction } from './actions.ts';
import { commandFiles } from './command-files.ts';
import { type Contexts, holds, interpolate } from './expressions.ts';
import { jobFolders, jobPath, type Machine } from './machine.ts';
import type { Job, Step, Texts } from './workflow.ts';

/** What a step came to. */
export interface StepResult {
  readonly name: string;
  readonly result: 'success' | 'failure' | 'skipped';
  readonly log: string;
  readonly summary: string;
  readonly outputs: Texts;
}

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
  let env: Record<string, string> = { ...filled(workflowEnv, before), ...filled(job.env ?? {}, fixed) };
  let path = jobPath(folders);
  const results: StepResult[] = [];
  const outputsById: Record<string, { outputs: Texts; outcome: string; conclusion: string }> = {};
  const eventFile = join(folders.temporary, 'event.json');
  writeFileSync(eventFile, JSON.stringify(contexts.github['event']));

  for (const [index, step] of job.steps.entries()) {
    const seen: Contexts = { ...fixed, env, steps: outputsById, job: { status: 'success' } };
    const failed = results.some(({ result }) => result === 'failure');
    const name = step.name ?? step.uses ?? `step ${index + 1}`;
    if (!holds(step.if, without(seen, 'secrets'), { failed, skipped: false })) {
      results.push({ name, result: 'skipped', log: '', summary: '', outputs: {} });
      if (step.id !== undefined) outputsById[step.id] = { outputs: {}, outcome: 'skipped', conclusion: 'skipped' };
      continue;
    }
    const files = commandFiles(folders.control, index);
    const own = filled(step.env ?? {}, seen);
    const standard = {
      ...standardEnv(github),
      ...files.env,
      GITHUB_EVENT_PATH: eventFile,
      RUNNER_TEMP: folders.temporary,
    };
    const all = { ...env, ...own, ...standard, PATH: path, HOME: folders.home };
    const done = await runStep(step, {
      seen,
      all,
      script: join(folders.temporary, `${index}.sh`),
      workspace: folders.workspace,
      folder,
      token,
      permissions: job.permissions,
      machine,
    });
    const outputs = { ...done.outputs, ...files.outputs() };
    results.push({ name, result: done.ok ? 'success' : 'failure', log: done.log, summary: files.summary(), outputs });
    if (step.id !== undefined) {
      const outcome = done.ok ? 'success' : 'failure';
      outputsById[step.id] = { outputs, outcome, conclusion: outcome };
    }
    env = { ...env, ...files.variables() };
    path = [...files.paths(), path].join(':');
  }
  return {
    result: results.some(({ result }) => result === 'failure') ? 'failure' : 'success',
    outputs: filled(job.outputs ?? {}, { ...fixed, env, steps: outputsById }),
    steps: results,
  };
}

interface StepCall {
  readonly seen: Contexts;
  readonly all: Texts;
  readonly script: string;
  readonly workspace: string;
  readonly folder: string;
  readonly token: string;
  readonly permissions: Job['permissions'];
  readonly machine: Machine;
}

async function runStep(step: Step, { seen, all, script, workspace, folder, ...call }: StepCall) {
  if (step.uses !== undefined) {
    const given = Object.entries(step.with ?? {}).map(([name, value]) => [name, interpolate(String(value), seen)]);
    const github = seen['github'] as Readonly<Record<string, unknown>>;
    const outputs = await runAction(step.uses, { with: Object.fromEntries(given), github, workspace, ...call });
    return { ok: true, log: '', outputs };
  }
  writeFileSync(script, interpolate(step.run ?? '', seen));
  const run = await execa('bash', ['--noprofile', '--norc', '-eo', 'pipefail', script], {
    cwd: join(workspace, step['working-directory'] ?? folder),
    env: all,
    extendEnv: false,
    stdin: 'ignore',
    all: true,
    reject: false,
  });
  return { ok: run.exitCode === 0, log: run.all, outputs: {} };
}

function filled(texts: Texts, contexts: Contexts): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, interpolate(String(text), contexts)]));
}

function without(contexts: Contexts, name: string): Contexts {
  return Object.fromEntries(Object.entries(contexts).filter(([key]) => key !== name));
}

/** Those of the registry and the pages of GitHub are not the stand-in's. */
const notInApi = ['packages', 'pages', 'id_token'];

/** Rights as the API names them. */
function inApi(permissions: Job['permissions']): Job['permissions'] {
  const named = Object.entries(permissions).map(([name, level]) => [name.replaceAll('-', '_'), level] as const);
  return Object.fromEntries(named.filter(([name]) => !notInApi.includes(name)));
}

/** The variables that Actions sets (documentation, "Variables reference"), but GITHUB_TOKEN, which a step has to be given. */
function standardEnv(github: Readonly<Record<string, unknown>>): Texts {
  const names = [
    'actor',
    'api_url',
    'event_name',
    'job',
    'ref',
    'ref_name',
    'ref_type',
    'repository',
    'repository_owner',
  ];
  const more = ['run_attempt', 'run_id', 'run_number', 'server_url', 'sha', 'workflow', 'workspace'];
  const own = [...names, ...more].map((name) => [`GITHUB_${name.toUpperCase()}`, String(github[name])]);
  return { CI: 'true', GITHUB_ACTIONS: 'true', RUNNER_OS: 'Linux', RUNNER_ARCH: 'X64', ...Object.fromEntries(own) };
}

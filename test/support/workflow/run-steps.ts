import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { runAction } from './actions.ts';
import { commandFiles } from './command-files.ts';
import { type Contexts, holds, interpolate } from './expressions.ts';
import type { JobFolders, Machine } from './machine.ts';
import { type Job, readAction, type Step, type Texts } from './workflow.ts';

/** What a step came to. */
export interface StepResult {
  readonly name: string;
  readonly result: 'success' | 'failure' | 'skipped';
  readonly log: string;
  readonly summary: string;
  readonly outputs: Texts;
}

type StepOutputs = Record<string, { outputs: Texts; outcome: string; conclusion: string }>;

/** What steps of a job leave to those after them, also out of a composite action. */
interface JobState {
  env: Record<string, string>;
  path: string;
  /** How many steps ran. */
  count: number;
  /** What actions do once all steps have succeeded. */
  readonly after: (() => Promise<unknown>)[];
}

/** What surrounds steps. */
interface Surroundings {
  /** What stands before the first step. */
  readonly contexts: Contexts & { readonly github: Readonly<Record<string, unknown>> };
  readonly state: JobState;
  /** Where in the workspace a step runs that does not say so itself. */
  readonly folder: string;
  readonly folders: JobFolders;
  readonly eventFile: string;
  readonly token: string;
  readonly permissions: Job['permissions'];
  readonly machine: Machine;
}

/** Runs steps one after another, with the environment that Actions sets. */
export async function runSteps(steps: readonly Step[], around: Surroundings) {
  const { contexts, state } = around;
  const results: StepResult[] = [];
  const outputsById: StepOutputs = {};
  for (const [index, step] of steps.entries()) {
    const seen: Contexts = { ...contexts, env: state.env, steps: outputsById, job: { status: 'success' } };
    const failed = results.some(({ result }) => result === 'failure');
    const name = step.name ?? step.uses ?? `step ${index + 1}`;
    const mayRun = holds(step.if, without(seen, 'secrets'), { failed, skipped: false });
    const done: StepResult = mayRun
      ? { ...(await runStep(step, seen, around)), name }
      : { name, result: 'skipped', log: '', summary: '', outputs: {} };
    results.push(done);
    const { result: outcome, outputs } = done;
    if (step.id !== undefined) outputsById[step.id] = { outputs, outcome, conclusion: outcome };
  }
  return { results, outputsById, env: state.env };
}

async function runStep(step: Step, seen: Contexts, around: Surroundings): Promise<Omit<StepResult, 'name'>> {
  const { state, folders, contexts } = around;
  const { github } = contexts;
  const files = commandFiles(folders.control, state.count);
  const script = join(folders.temporary, `${state.count}.sh`);
  state.count += 1;
  const standard = { ...standardEnv(github), ...files.env, GITHUB_EVENT_PATH: around.eventFile };
  const own = filled(step.env ?? {}, seen);
  const all = {
    ...state.env,
    ...own,
    ...standard,
    RUNNER_TEMP: folders.temporary,
    PATH: state.path,
    HOME: folders.home,
  };
  const done = await carriedOut(step, seen, { all, script, around });
  const outputs = { ...done.outputs, ...files.outputs() };
  state.env = { ...state.env, ...files.variables() };
  state.path = [...files.paths(), state.path].join(':');
  return { result: done.ok ? 'success' : 'failure', log: done.log, summary: files.summary(), outputs };
}

interface StepCall {
  readonly all: Texts;
  readonly script: string;
  readonly around: Surroundings;
}

async function carriedOut(step: Step, seen: Contexts, { all, script, around }: StepCall) {
  const { folder, folders, machine, token, permissions, state } = around;
  const { workspace } = folders;
  if (step.uses !== undefined) {
    const given = Object.entries(step.with ?? {}).map(([name, value]) => [name, interpolate(String(value), seen)]);
    const inputs: Record<string, string> = Object.fromEntries(given);
    const composite = machine.composites?.[step.uses];
    if (composite !== undefined) return runComposite(composite, inputs, around);
    const { github } = around.contexts;
    const call = {
      with: inputs,
      github,
      workspace,
      token,
      permissions,
      machine,
      after: (work: () => Promise<unknown>) => state.after.push(work),
    };
    return { ok: true, log: '', outputs: await runAction(step.uses, call) };
  }
  writeFileSync(script, interpolate(step.run ?? '', seen));
  const run = await execa('bash', ['--noprofile', '--norc', '-eo', 'pipefail', script], {
    cwd: join(workspace, interpolate(step['working-directory'] ?? folder, seen)),
    env: all,
    extendEnv: false,
    stdin: 'ignore',
    all: true,
    reject: false,
  });
  return { ok: run.exitCode === 0, log: run.all, outputs: {} };
}

/** Runs the steps of a composite action. They see its inputs, and neither secrets nor the steps of the job. */
async function runComposite(file: string, given: Texts, around: Surroundings) {
  const { inputs, outputs, steps } = readAction(readFileSync(file, 'utf8'), given);
  const { secrets: _, ...visible } = around.contexts;
  const contexts = { ...visible, github: around.contexts.github, inputs };
  const { results, outputsById } = await runSteps(steps, { ...around, contexts, folder: '.' });
  return {
    ok: results.every(({ result }) => result !== 'failure'),
    log: results.map(({ log }) => log).join('\n'),
    outputs: filled(outputs, { ...contexts, steps: outputsById }),
  };
}

export function filled(texts: Texts, contexts: Contexts): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, interpolate(String(text), contexts)]));
}

function without(contexts: Contexts, name: string): Contexts {
  return Object.fromEntries(Object.entries(contexts).filter(([key]) => key !== name));
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

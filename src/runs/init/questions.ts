import type { Readable, Writable } from 'node:stream';
import { UserError } from '../../core/problem.ts';
import { type InitAnswers, readDestination, readImages } from './config-text.ts';

/** The terminal that questions are asked on. */
export interface Terminal {
  readonly input: Readable;
  readonly output: Writable;
  readonly signal: AbortSignal;
}

/** What a person said, or left as it is. */
export interface Asked extends InitAnswers {
  /** Folders and files whose images rules are to cover. */
  readonly suggest?: readonly string[];
}

/** What is known already although no option says it. */
export interface Skipped {
  /** The rules are those of another tool's file. */
  readonly isImported?: boolean;
  readonly hasDestination?: boolean;
  readonly hasForge?: boolean;
}

/**
 * Asks on a terminal for each answer that is not given.
 *
 * @returns undefined where the person ends it (Ctrl-C)
 */
export async function askFor(given: Asked, skipped: Skipped, terminal: Terminal): Promise<Asked | undefined> {
  const prompts = await import('@clack/prompts');
  const answers = { ...given };
  const hasRules = skipped.isImported || given.include !== undefined || given.suggest !== undefined;
  const questions = [
    ...(given.destination === undefined && !skipped.hasDestination ? [askDestination] : []),
    ...(hasRules ? [] : [askImages]),
    ...(given.platforms === undefined ? [askPlatforms] : []),
    ...(given.forge === undefined && !skipped.hasForge ? [askForge] : []),
  ];
  for (const ask of questions) {
    const said = await ask(prompts, terminal);
    if (said === undefined) return undefined;
    Object.assign(answers, said);
  }
  return answers;
}

type Prompts = typeof import('@clack/prompts');
type Question = (prompts: Prompts, terminal: Terminal) => Promise<Asked | undefined>;

const askDestination: Question = async ({ text, confirm, isCancel }, terminal) => {
  const placeholder = 'registry.example.com/library';
  const message = 'Where do images go? A registry and a namespace.';
  const said = await text({ ...terminal, message, placeholder, validate: faultOf(readDestination) });
  if (isCancel(said)) return undefined;
  const destination = readDestination(said);
  if (!/^(?:localhost|127\.|\[::1\])/.test(destination.host)) return { destination };
  const plain = await confirm({ ...terminal, message: 'Does it speak plain HTTP?', initialValue: true });
  return isCancel(plain) ? undefined : { destination, insecure: plain };
};

const askImages: Question = async ({ select, text, isCancel }, terminal) => {
  const how = await select({
    ...terminal,
    message: 'Which images?',
    options: [
      { value: 'names', label: 'Those that I name' },
      { value: 'suggest', label: 'Those that projects in a folder use' },
      { value: 'example', label: 'An example, to edit' },
    ],
  });
  if (isCancel(how)) return undefined;
  if (how === 'example') return {};
  if (how === 'suggest') {
    const folder = await text({ ...terminal, message: 'In which folder?', initialValue: '.' });
    return isCancel(folder) ? undefined : { suggest: [folder.trim() || '.'] };
  }
  const message = 'Their names, such as `alpine, debian:12*`.';
  const said = await text({ ...terminal, message, validate: faultOf((words) => readImages([words])) });
  return isCancel(said) ? undefined : { include: readImages([said]) };
};

const askPlatforms: Question = async ({ multiselect, isCancel }, terminal) => {
  const said = await multiselect({
    ...terminal,
    message: 'Which platforms? None chosen: all.',
    options: ['linux/amd64', 'linux/arm64', 'linux/arm/v7', 'linux/s390x', 'linux/ppc64le', 'linux/riscv64'].map(
      (value) => ({ value, label: value }),
    ),
    required: false,
  });
  return isCancel(said) ? undefined : { platforms: said };
};

const askForge: Question = async ({ select, isCancel }, terminal) => {
  const said = await select({
    ...terminal,
    message: 'Where will its git repository be, or its jobs run?',
    options: [
      { value: 'github' as const, label: 'GitHub' },
      { value: 'gitlab' as const, label: 'GitLab' },
      { value: 'kubernetes' as const, label: 'Kubernetes: jobs in a cluster' },
      { value: 'none' as const, label: 'Elsewhere, or not known yet' },
    ],
  });
  if (isCancel(said)) return undefined;
  return said === 'none' ? {} : { forge: said };
};

/** Why a text is not an answer, in the words of the error that reading it gives. */
function faultOf(read: (text: string) => unknown): (text: string | undefined) => string | undefined {
  return (text = '') => {
    if (text.trim() === '') return 'Please say one.';
    try {
      read(text);
      return undefined;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return error.problems.map(({ message, hint }) => [message, hint].filter(Boolean).join(' ')).join(' ');
    }
  };
}

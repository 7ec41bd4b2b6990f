import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { temporaryDirectory } from './temporary-directory.ts';

const ownCommand = fileURLToPath(new URL('../../bin/mirrorlock.js', import.meta.url));
const built = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export interface CliOptions {
  /** Where it runs; default: an empty folder. */
  readonly cwd?: string;
  /** All of its environment but PATH and HOME (an empty folder), which it may replace. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Uint8Array;
  /** The program, a file of JavaScript; default: the command of this checkout. */
  readonly command?: string;
}

export interface CliResult {
  /** The exit code; `undefined` when a signal ended the command. */
  readonly code: number | undefined;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCli {
  readonly pid: number;
  kill(signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL'): void;
  /** Resolves when standard error holds `text`, or rejects when it ends without. */
  shows(text: string): Promise<void>;
  readonly result: Promise<CliResult>;
}

let home: string | undefined;

/** Starts the built command; throws when it is not built. */
export function startCli(args: readonly string[], options: CliOptions = {}): RunningCli {
  if (!existsSync(built)) throw new Error('The command is not built: run `npm run build`.');
  home ??= temporaryDirectory().path;
  const running = execa(process.execPath, [options.command ?? ownCommand, ...args], {
    cwd: options.cwd ?? home,
    env: { PATH: process.env['PATH'] ?? '', HOME: home, ...options.env },
    extendEnv: false,
    input: options.stdin ?? '',
    reject: false,
    stripFinalNewline: false,
  });
  const result = running.then(({ exitCode, signal, stdout, stderr }) => ({ code: exitCode, signal, stdout, stderr }));
  if (running.pid === undefined) throw new Error('The command did not start.');
  return {
    pid: running.pid,
    kill: (signal) => running.kill(signal),
    shows: (text) =>
      new Promise((resolve, reject) => {
        let seen = '';
        running.stderr.on('data', (chunk) => {
          seen += chunk;
          if (seen.includes(text)) resolve();
        });
        running.stderr.on('end', () => reject(new Error(`Without ${text}:\n${seen}`)));
      }),
    result,
  };
}

/** Runs the built command to its end. Never throws for its exit code. */
export function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return startCli(args, options).result;
}

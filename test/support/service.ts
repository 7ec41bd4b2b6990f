import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

// The shell waits for the program, and ends it when our end of stdin closes: also when this process was killed.
const untilStdinCloses = 'exec 3<&0; "$@" 3<&- & child=$!; (read _ <&3; kill $child 2>/dev/null) & wait $child';

export interface Service {
  /** Resolves with the first match of `pattern` in the log; throws, with the log, when the program ends before. */
  logged(pattern: RegExp): Promise<RegExpExecArray>;
  /** Asks the program to end, and waits until it has. */
  stop(): Promise<void>;
}

/** Starts a program that runs until it is stopped, its output written to `logFile`. It never outlives this process. */
export function startService(command: readonly string[], logFile: string): Service {
  const log = openSync(logFile, 'w');
  const child = spawn('sh', ['-c', untilStdinCloses, 'sh', ...command], { stdio: ['pipe', log, log] });
  closeSync(log);
  const exited = once(child, 'exit');

  async function logged(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const ended = child.exitCode !== null || child.signalCode !== null;
      const text = readFileSync(logFile, 'utf8');
      const match = pattern.exec(text);
      if (match !== null) return match;
      if (ended) throw new Error(`${command[0]} ended too early:\n${text}`);
      await setTimeout(5);
    }
  }

  async function stop(): Promise<void> {
    child.stdin?.end();
    await exited;
  }

  return { logged, stop };
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

// A shell ends the program and removes its folder ($0) when our end of stdin closes: also when this process is killed,
// alone or with its whole group.
const untilStdinCloses = `trap : HUP INT TERM
exec 3<&0
"$@" 3<&- &
child=$!
echo "$child" >"$0/pid"
(read _ <&3; kill $child) 2>/dev/null &
wait $child
echo "ended with $?"
read _ <&3
kill $child 2>/dev/null
rm -rf "$0"`;

export interface Service {
  /** Resolves with the first match of `pattern` in the log; throws, with the log, when the program ends before. */
  logged(pattern: RegExp): Promise<RegExpExecArray>;
  /** Kills the program, which has logged something, outright (SIGKILL) and waits until it is gone; its folder stays until `stop`. */
  kill(): Promise<void>;
  /** Ends the program, waits until it has ended, and removes its folder. */
  stop(): Promise<void>;
}

/** Starts a program whose folder is gone with it; its output is written to `log` there. It never outlives this process. */
export function startService(command: readonly string[], folder: string): Service {
  const logFile = join(folder, 'log');
  const log = openSync(logFile, 'w');
  const child = spawn('sh', ['-c', untilStdinCloses, folder, ...command], { stdio: ['pipe', log, log] });
  closeSync(log);
  const exited = once(child, 'exit');

  async function logged(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const text = readFileSync(logFile, 'utf8');
      const match = pattern.exec(text);
      if (match !== null) return match;
      if (/^ended with \d+$/m.test(text)) throw new Error(`${command[0]} ended too early:\n${text}`);
      await setTimeout(5);
    }
  }

  async function kill(): Promise<void> {
    // Written once the program was started, which may have said something already.
    const pidFile = join(folder, 'pid');
    while (!existsSync(pidFile) || readFileSync(pidFile, 'utf8') === '') await setTimeout(1);
    process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGKILL');
    while (!/^ended with \d+$/m.test(readFileSync(logFile, 'utf8'))) await setTimeout(1);
  }

  async function stop(): Promise<void> {
    child.stdin?.end();
    await exited;
  }

  return { logged, kill, stop };
}

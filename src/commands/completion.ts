import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ExitCode } from '../core/exit-code.ts';
import type { Context, Outcome } from '../session/context.ts';

/** Prints the completion script of a shell. It asks the hidden command `complete` at each key. */
export async function completion({ packageDirectory }: Context, shell: 'bash' | 'zsh' | 'fish'): Promise<Outcome> {
  const script = await readFile(join(packageDirectory, 'templates', 'completion', shell), 'utf8');
  const json = { schema: 'mirrorlock/completion/v1', shell, script };
  return { exitCode: ExitCode.done, text: script.trimEnd(), copied: { verbatim: [script] }, json, problems: [] };
}

import { execa } from 'execa';
import { findProgram } from './programs.ts';

/** Runs promtool on a text; gives its exit code and all that it prints. */
export async function promtool(
  args: readonly string[],
  input = '',
  cwd?: string,
): Promise<{ code: number; output: string }> {
  const result = await execa(findProgram('promtool'), args, { input, reject: false, all: true, ...(cwd && { cwd }) });
  return { code: result.exitCode ?? -1, output: result.all };
}

/** The samples of a text of metrics: `name{labels}` → value. */
export function samplesOf(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

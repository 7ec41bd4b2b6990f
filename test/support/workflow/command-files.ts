import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The files by which a step tells what comes of it. */
export interface CommandFiles {
  /** Variables that name the files. */
  readonly env: Readonly<Record<string, string>>;
  outputs(): Record<string, string>;
  variables(): Record<string, string>;
  /** Folders to put at the front of PATH. */
  paths(): string[];
  summary(): string;
}

/** Makes the files for one step, empty. */
export function commandFiles(folder: string, step: number): CommandFiles {
  const file = (name: string) => join(folder, `${name}-${step}`);
  const names = ['output', 'env', 'path', 'step_summary'] as const;
  for (const name of names) writeFileSync(file(name), '');
  const read = (name: (typeof names)[number]) => (existsSync(file(name)) ? readFileSync(file(name), 'utf8') : '');
  return {
    env: Object.fromEntries(names.map((name) => [`GITHUB_${name.toUpperCase()}`, file(name)])),
    outputs: () => assignments(read('output')),
    variables: () => assignments(read('env')),
    paths: () => read('path').split('\n').filter(Boolean).reverse(),
    summary: () => read('step_summary'),
  };
}

/** `name=value`, or `name<<END`, lines, `END`. Throws for anything else, as the runner of Actions does. */
function assignments(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  const lines = text.split('\n');
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    if (line === '') continue;
    const [, name = '', kind, rest = ''] = /^([^=<]+)(=|<<)(.*)$/.exec(line) ?? [];
    if (kind === undefined) throw new Error(`A command file holds ${JSON.stringify(line)}.`);
    if (kind === '=') found[name] = rest;
    else {
      const end = lines.indexOf(rest);
      if (end === -1) throw new Error(`A value of a command file does not end with ${rest}.`);
      found[name] = lines
        .splice(0, end + 1)
        .slice(0, -1)
        .join('\n');
    }
  }
  return found;
}

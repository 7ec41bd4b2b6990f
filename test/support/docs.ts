import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A page of the documentation, as a path from the top. */
export interface DocsPage {
  readonly path: string;
  readonly text: string;
}

/** README, CONTRIBUTING and each page of docs. */
export function docsPages(): readonly DocsPage[] {
  const inDocs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' });
  const paths = ['README.md', 'CONTRIBUTING.md', ...inDocs.map((name) => `docs/${name.replaceAll('\\', '/')}`)];
  return paths
    .filter((path) => path.endsWith('.md'))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

/** A line of a code block of a shell, without its prompt and comment. */
export interface DocsCommand {
  readonly path: string;
  readonly line: number;
  readonly command: string;
}

/** The commands of the blocks marked `sh`, and of those marked `console` behind their prompt. */
export function docsCommands({ path, text }: DocsPage): readonly DocsCommand[] {
  const commands: DocsCommand[] = [];
  let language: string | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^```(\w*)/.exec(line);
    if (fence !== null) language = language === undefined ? fence[1] : undefined;
    else if (language === 'sh' || (language === 'console' && line.startsWith('$ '))) {
      const command = line
        .replace(/^\$ /, '')
        .replace(/\s+#.*$/, '')
        .trim();
      if (command !== '') commands.push({ path, line: index + 1, command });
    }
  }
  return commands;
}

/** What the shell gives the tool as arguments; `undefined` where the command is another. Docs quote nothing but one word. */
export function mirrorlockArguments(command: string): readonly string[] | undefined {
  const found = /^(?:npx )?mirrorlock(?:\s+(.*))?$/.exec(command);
  return found === null ? undefined : (found[1] ?? '').split(/\s+/).map((word) => word.replaceAll('"', ''));
}

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { projectFiles, readProjectFile, root } from './project-files.ts';

/** A page of the documentation, as a path from the top. */
export interface DocsPage {
  readonly path: string;
  readonly text: string;
}

/** README, CONTRIBUTING and each page of docs. */
export function docsPages(): readonly DocsPage[] {
  const inDocs = projectFiles().filter((path) => path.startsWith('docs/') && path.endsWith('.md'));
  return ['README.md', 'CONTRIBUTING.md', ...inDocs]
    .filter((path) => existsSync(join(root, path)))
    .map((path) => ({ path, text: readProjectFile(path) }));
}

/** A code block: its language, the words behind it, and its text. */
export interface DocsBlock {
  readonly path: string;
  /** The line of its first line of text. */
  readonly line: number;
  readonly language: string;
  /** What follows the language on the line of the fence. */
  readonly words: string;
  readonly text: string;
}

/** The code blocks of a page, also those within lists. */
export function docsBlocks({ path, text }: DocsPage): readonly DocsBlock[] {
  const blocks: DocsBlock[] = [];
  let open: { line: number; language: string; words: string; lines: string[] } | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^\s*```(\w*)\s*(.*)$/.exec(line);
    if (fence === null) open?.lines.push(line);
    else if (open === undefined) open = { line: index + 2, language: fence[1] ?? '', words: fence[2] ?? '', lines: [] };
    else {
      const { lines, ...rest } = open;
      blocks.push({ path, ...rest, text: lines.join('\n') });
      open = undefined;
    }
  }
  return blocks;
}

/** A line of a code block of a shell, without its prompt and comment. */
export interface DocsCommand {
  readonly path: string;
  readonly line: number;
  readonly command: string;
}

/** The commands of the blocks marked `sh`, of those marked `console` behind their prompt, and those marked `crontab` behind their time. A `\` at the end goes on below. */
export function docsCommands(page: DocsPage): readonly DocsCommand[] {
  return docsBlocks(page).flatMap(({ path, line, language, text }) => {
    const commands: DocsCommand[] = [];
    let begun = '';
    for (const [index, written] of text.split('\n').entries()) {
      const isCommand = ['sh', 'crontab'].includes(language) || (language === 'console' && written.startsWith('$ '));
      if (!isCommand) continue;
      begun += written
        .replace(language === 'crontab' ? /^(?:[\d*][^\s]*\s+){5}/ : /^\$ /, '')
        .replace(/(^|\s+)#.*$/, '')
        .trim();
      if (begun.endsWith('\\')) begun = begun.slice(0, -1);
      else {
        if (begun !== '') commands.push({ path, line: line + index, command: begun });
        begun = '';
      }
    }
    return commands;
  });
}

/** What the shell gives the tool as arguments; `undefined` where the command is another. Docs quote nothing but one word. */
export function mirrorlockArguments(command: string): readonly string[] | undefined {
  const found = /^(?:npx )?mirrorlock(?:\s+(.*))?$/.exec(command);
  return found === null ? undefined : (found[1] ?? '').split(/\s+/).map((word) => word.replaceAll('"', ''));
}

import { relative, resolve } from 'node:path';
import type { Environment } from '../core/environment.ts';
import type { Problem } from '../core/problem.ts';
import { cleanText, withoutCommands } from '../core/text.ts';

/** What the log of a CI shows of a run: its progress folded, and each problem at its line. */
export interface CiLog {
  /** Begins the part that is folded away; `title` is fixed text. */
  begin(title: string): string;
  end(): string;
  /** Puts a problem beside its line in the change that is reviewed; absent where there is no such thing. */
  annotation?(problem: Problem): string;
}

/** GitHub shows ten errors and ten warnings of a step. */
const mostAnnotations = 10;
const section = 'mirrorlock';

/**
 * The log commands of the CI that runs this; undefined where none reads them.
 *
 * GitHub: docs "Workflow commands", escaped as actions/toolkit's packages/core/src/command.ts does. GitLab: docs "Custom
 * collapsible sections".
 */
export function ciLog(env: Environment, directory: string, seconds: () => number): CiLog | undefined {
  if (env['GITHUB_ACTIONS'] === 'true') return githubLog(env['GITHUB_WORKSPACE'], directory);
  if (env['GITLAB_CI'] === 'true') {
    const line = (kind: string, options: string, text: string) =>
      `\u001b[0K${kind}:${Math.floor(seconds())}:${section}${options}\r\u001b[0K${text}`;
    return {
      begin: (title) => line('section_start', '[collapsed=true]', title),
      end: () => line('section_end', '', ''),
    };
  }
  return undefined;
}

function githubLog(workspace: string | undefined, directory: string): CiLog {
  const counts = { error: 0, warning: 0 };
  return {
    begin: (title) => `::group::${title}`,
    end: () => '::endgroup::',
    annotation(problem) {
      counts[problem.severity] += 1;
      return counts[problem.severity] > mostAnnotations ? '' : githubAnnotation(problem, workspace, directory);
    },
  };
}

function githubAnnotation(problem: Problem, workspace: string | undefined, directory: string): string {
  const { severity, code, message, value, hint, place } = problem;
  const path = place === undefined ? undefined : relative(workspace ?? directory, resolve(directory, place.file));
  const isInside = path !== undefined && path !== '' && !path.startsWith('..');
  const properties = [
    ...(isInside ? [`file=${property(path)}`] : []),
    ...(isInside && place?.line !== undefined ? [`line=${place.line}`] : []),
    ...(isInside && place?.line !== undefined && place.column !== undefined ? [`col=${place.column}`] : []),
    `title=${property(code)}`,
  ];
  const texts = [message, ...(value === undefined ? [] : [`Seen: ${value}`]), ...(hint === undefined ? [] : [hint])];
  // A runner reads one command from a line; what looks like another one must not be read by what comes after it.
  const text = texts.map((one) => withoutCommands(cleanText(one))).join('\n');
  return `::${severity} ${properties.join(',')}::${data(text)}`;
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(withoutCommands(cleanText(text)))
    .replaceAll(':', '%3A')
    .replaceAll(',', '%2C');
}

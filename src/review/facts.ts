import { link, list } from '../core/markdown/blocks.ts';
import { code } from '../core/markdown/inline.ts';
import { joinMarkdown, type Markdown, md } from '../core/markdown/markdown.ts';
import { shortDigest } from '../diff/words.ts';
import { costText } from './cost.ts';
import type { ChangeInput } from './types.ts';
import { upstreamLinks } from './upstream-links.ts';

const shownFiles = 10;

/** A short list of what the change is made from, what it costs, and what else it changes. */
export function factsSection(input: ChangeInput): Markdown {
  const { before, after, cost, files = [] } = input;
  return list([
    md`Upstream: ${upstreamText(input)}`,
    md`Applying: ${costText(cost, before, after)}`,
    ...(before !== undefined && before.configHash !== after.configHash ? [rulesChanged] : []),
    ...(files.length > 0 ? [md`Other files: ${fileList(files)}`] : []),
  ]);
}

const rulesChanged = md`The rules in \`mirrors.yaml\` have changed since the last lockfile: not all of this comes from upstream.`;

function upstreamText({ before, after }: ChangeInput): Markdown {
  const { repository, commit } = after.upstream;
  const from = before?.upstream.repository === repository ? before.upstream.commit : undefined;
  const to = code(shortDigest(commit));
  if (from === undefined) return md`${code(repository)} at ${to}`;
  if (from === commit) return md`${code(repository)}, still at ${to}`;
  const url = upstreamLinks(repository).compare(from, commit);
  return md`${code(repository)}, ${link(md`${code(shortDigest(from))} → ${to}`, url)}`;
}

function fileList(files: readonly string[]): Markdown {
  const shown = joinMarkdown(files.slice(0, shownFiles).map(code), ', ');
  return files.length > shownFiles ? md`${shown} and ${files.length - shownFiles} more` : shown;
}

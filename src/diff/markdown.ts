import type { ImageDiff, LockDiff } from './types.ts';
import { headline, shortDigest } from './words.ts';

/**
 * The difference as GitHub Markdown: a headline, and a table for each image. Names and tags stand in code spans, which
 * they cannot leave: neither may hold a backtick or a line break (core/names.ts).
 */
export function diffMarkdown(diff: LockDiff): string {
  if (diff.images.length === 0) return 'No change.\n';
  return `**${headline(diff, code)}**\n${diff.images.map(imageSection).join('')}`;
}

function imageSection(image: ImageDiff): string {
  const rows = [
    ...image.moved.map(({ tag, from, to }) => row('moved', [tag], shortDigest(from), shortDigest(to))),
    ...image.added.map(({ tag, digest }) => row('added', [tag], '', shortDigest(digest))),
    ...image.removed.map(({ tag, digest }) => row('removed', [tag], shortDigest(digest), '')),
    ...image.rebuilt.map(({ tags, from, to }) => row('rebuilt', tags, shortDigest(from), shortDigest(to))),
    ...(image.pending.length > 0 ? [row('pending', image.pending, '', '')] : []),
  ];
  return `\n### \`${image.image}\`\n\n| change | tags | from | to |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
}

function row(change: string, tags: readonly string[], from: string, to: string): string {
  return `| ${change} | ${tags.map(code).join(' ')} | ${from && code(from)} | ${to && code(to)} |`;
}

function code(text: string): string {
  return `\`${text}\``;
}

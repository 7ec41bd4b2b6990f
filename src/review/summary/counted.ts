import { type Markdown, md } from '../../core/markdown/markdown.ts';

/** A number and what it counts, in the singular or plural. */
export function counted(count: number, word: 'group' | 'image' | 'tag' | 'counted pull'): Markdown {
  const words = { group: md`group`, image: md`image`, tag: md`tag`, 'counted pull': md`counted pull` };
  return md`${count} ${words[word]}${count === 1 ? md`` : md`s`}`;
}

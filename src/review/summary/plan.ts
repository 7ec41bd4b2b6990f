import { groupBy } from '../../core/group-by.ts';
import { fold, table } from '../../core/markdown/blocks.ts';
import { code } from '../../core/markdown/inline.ts';
import { type Markdown, md } from '../../core/markdown/markdown.ts';
import { tagList } from '../../diff/image-table.ts';
import { shortDigest } from '../../diff/words.ts';
import { countPlan } from '../../plan/plan.ts';
import type { Plan, PlannedGroup } from '../../plan/types.ts';
import type { Part } from '../fit.ts';
import { counted } from './counted.ts';

/** A plan and the destination that it is for, as people know it. */
export interface PlannedAt {
  readonly destination: string;
  readonly plan: Plan;
}

const shownTags = 60;

/** The counts, and a fold for each image with work. */
export function planParts({ destination, plan }: PlannedAt): Part[] {
  const { copy, tag, unchanged } = countPlan(plan);
  const work = md`${counted(copy, 'group')} to copy (at least ${counted(copy, 'counted pull')}), ${counted(tag, 'tag')} to put, ${unchanged} unchanged.`;
  const text =
    plan.groups.length === 0 ? md`Nothing to do: all ${counted(unchanged, 'tag')} are as the lockfile says.` : work;
  const images = [...groupBy(plan.groups, ({ image }) => image)];
  return [
    { name: destination, content: md`### Plan for ${code(destination)}\n\n${text}` },
    ...images.map(([image, groups]) => ({ name: image, content: imageFold(image, groups) })),
  ];
}

function imageFold(image: string, groups: readonly PlannedGroup[]): Markdown {
  const { copy, tag } = countPlan({ groups, unchanged: 0 });
  const rows = groups.map(({ digest, copy: isCopied, put }) => [
    isCopied ? md`copy` : md`tag`,
    code(shortDigest(digest)),
    tagsWhere(put, (replaces) => replaces === undefined),
    tagsWhere(put, (replaces) => replaces !== undefined),
  ]);
  const content = table([md`work`, md`digest`, md`new tags`, md`tags that move`], rows);
  return fold(`\`${image}\`: ${counted(copy, 'group')} to copy, ${counted(tag, 'tag')} to put`, content);
}

function tagsWhere(put: PlannedGroup['put'], isIt: (replaces: string | undefined) => boolean): Markdown {
  const tags = put.filter(({ replaces }) => isIt(replaces)).map(({ tag }) => tag);
  return tagList(tags, shownTags);
}

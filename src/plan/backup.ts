import { type ImageName, isTag, type Tag } from '../core/names.ts';
import type { Problem } from '../core/problem.ts';
import type { Plan } from './types.ts';

/** The name under which a tag's earlier digest is kept; it may be no tag, where it gets too long. */
function backupName(template: string, tag: Tag): string {
  return template.replace('{{tag}}', () => tag);
}

/** The names of the backups of tags, those that can be none left out. */
export function backupNames(template: string | undefined, tags: Iterable<Tag>): Tag[] {
  return template === undefined ? [] : [...tags].map((tag) => backupName(template, tag)).filter(isTag);
}

/**
 * Says in a plan under which name a tag that moves is kept. A name that cannot be a tag, or that is one that the lockfile
 * names, is left out and told: such a tag moves without a backup. Pure.
 */
export function withBackups(
  plan: Plan,
  template: string | undefined,
  lockedTags: (image: ImageName) => ReadonlySet<string>,
): { readonly plan: Plan; readonly problems: readonly Problem[] } {
  if (template === undefined) return { plan, problems: [] };
  const problems: Problem[] = [];
  const groups = plan.groups.map((group) => ({
    ...group,
    put: group.put.map((one) => {
      const name = backupName(template, one.tag);
      if (one.replaces === undefined) return one;
      if (isTag(name) && !lockedTags(group.image).has(name)) return { ...one, backup: name };
      problems.push(noBackup(`${group.image}:${one.tag}`, name, isTag(name)));
      return one;
    }),
  }));
  return { plan: { ...plan, groups }, problems };
}

function noBackup(what: string, value: string, isValid: boolean): Problem {
  const why = isValid ? 'the lockfile names a tag of that name' : 'that is not a tag, or too long for one';
  const message = `What ${what} pointed at is not kept under another name: ${why}.`;
  return { code: 'apply/no-backup', severity: 'warning', message, value, hint: 'Change `policy.backup`.' };
}

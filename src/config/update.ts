import type { Findings } from '../yaml/findings.ts';
import type { Locator } from '../yaml/locate.ts';
import { defaults } from './defaults.ts';
import { readForge } from './forge.ts';
import type { MirrorsYaml } from './schema.gen.ts';
import type { Sound } from './shape.ts';
import type { UpdateSettings } from './types.ts';

/** Reads `update`, and checks what the schema cannot say. What is wrong goes to `findings`. */
export function readUpdate(written: Sound<MirrorsYaml>['update'], locate: Locator, findings: Findings): UpdateSettings {
  const branch = written?.branch ?? defaults.updateBranch;
  const { base, draft = false, autoMerge = 'off' } = written ?? {};
  for (const [key, name] of [
    ['branch', written?.branch],
    ['base', base],
  ] as const) {
    if (name === undefined || isBranchName(name)) continue;
    const message = 'Not a valid git branch name (git check-ref-format).';
    findings.error(locate.value(['update', key]), { code: 'branch-name', message, value: name });
  }
  if (base === branch) {
    const message = '`update.branch` must differ from `update.base`.';
    findings.error(locate.value(['update', 'base']), { code: 'branch-is-base', message, value: branch });
  }
  const names = (list: readonly (string | undefined)[] | undefined) => (list ?? []).flatMap((name) => name ?? []);
  const forge = readForge(written?.forge, locate, findings);
  return {
    branch,
    ...(base === undefined ? {} : { base }),
    labels: names(written?.labels),
    reviewers: names(written?.reviewers),
    assignees: names(written?.assignees),
    draft,
    ...(autoMerge === 'off' ? {} : { autoMerge }),
    ...(forge === undefined ? {} : { forge }),
  };
}

/** The rules of git check-ref-format(1) for a branch. */
function isBranchName(name: string): boolean {
  const isPlain = !/[\0-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|^[/-]|[/.]$|^@$/.test(name);
  return (
    isPlain && name !== 'HEAD' && name.split('/').every((part) => !part.startsWith('.') && !part.endsWith('.lock'))
  );
}

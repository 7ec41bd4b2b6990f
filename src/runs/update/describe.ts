import { createHash } from 'node:crypto';
import { quote } from 'shell-quote';
import type { DroppedPolicy } from '../../changes/findings.ts';
import { budgetOf } from '../../config/budget.ts';
import { prunePolicyOf } from '../../config/policy.ts';
import type { Config, Destination } from '../../config/types.ts';
import { defined } from '../../core/defined.ts';
import { namespacePath } from '../../core/names.ts';
import { named } from '../../core/words.ts';
import type { Evidence } from '../../evidence/types.ts';
import type { FileChanges } from '../../forge/git/files.ts';
import type { Access, Forge } from '../../forge/types.ts';
import { lockfileName } from '../../lock/file.ts';
import { describeChange } from '../../review/describe.ts';
import type { ChangeInput, Note, PullWindow } from '../../review/types.ts';
import { type Change, contentKey, overwriteBox, wordsKey } from '../../update/types.ts';
import { contentName, type Rendered } from './change.ts';

/** What is to be proposed of what was made. */
interface Described {
  /** Undefined where nothing changes that may be pushed. */
  readonly change: Change | undefined;
  /** Files that are out of date, and that the token may not push. */
  readonly left: readonly string[];
}

/**
 * What is to be proposed of what was made, with its text.
 *
 * @param now from when on tags may be gone
 * @param evidence absent: not read; what names the text does not depend on it, so that nobody reads it again for a text
 * that is there already
 */
export function describeMade(
  forge: Pick<Forge, 'kind'>,
  access: Pick<Access, 'mayPushWorkflows'>,
  made: Rendered,
  { prefix, now, evidence }: { readonly prefix: string; readonly now: Date; readonly evidence?: Evidence },
): Described {
  const split = splitFiles(made.files, access);
  const notes = split.left.length === 0 ? [] : [noteOfLeft(split.left, prefix)];
  const parts = { files: split.files, notes, now, ...defined({ evidence }) };
  const change = split.files.size === 0 ? undefined : changeOf(forge, made, parts);
  return { change, left: split.left };
}

/** The option that names a mirror in a folder, for a command at the top of the git repository; nothing for one at the top. */
export function folderOption(prefix: string): string {
  return prefix === '' ? '' : ` -C ${quote([prefix.slice(0, -1)])}`;
}

/** GitHub's own workflow files, which GITHUB_TOKEN may not push. */
const workflowFile = /(?:^|\/)\.github\/workflows\/[^/]+$/;

/** Takes apart what the token may push and what it may not. */
export function splitFiles(
  all: FileChanges,
  { mayPushWorkflows }: Pick<Access, 'mayPushWorkflows'>,
): { files: FileChanges; left: readonly string[] } {
  const mayPush = (path: string) => mayPushWorkflows !== 'no' || !workflowFile.test(path);
  return {
    files: new Map([...all].filter(([path]) => mayPush(path))),
    left: [...all.keys()].filter((path) => !mayPush(path)).sort(),
  };
}

/** Codes of what is wrong in the rules or in upstream's files: it is in no list of tags. */
const aboutRules = /^(?:select|config|upstream)\/|^registry\/(?:bad-index|bad-manifest|too-many-children)$/;

/** A destination with its place, in backquotes. */
function destinationWords({ name, registry, namespace, written }: Destination): string {
  return `${named(name)} at ${named(written ?? namespacePath(registry.host, namespace))}`;
}

/** What becomes of tags that leave the lockfile, by the configuration. */
export function droppedPolicyOf(config: Config): DroppedPolicy {
  const names = (isExclusive: boolean) =>
    config.destinations.filter(({ exclusive = false }) => exclusive === isExclusive).map(({ name }) => name);
  return {
    dropped: config.dropped,
    afterMs: prunePolicyOf(config).afterMs,
    exclusive: names(true),
    shared: names(false),
  };
}

/** What the source allows by the configuration, or by what is known of it; undefined without a limit. */
function windowOf({ source }: Config): PullWindow | undefined {
  const { pulls, withoutHeaders, windowMs } = budgetOf(source);
  const limit = pulls === 'auto' ? withoutHeaders : pulls;
  return limit === 'unlimited' ? undefined : { limit, windowMs };
}

/** What merging does is said by these parts of the configuration. */
export function mergingInput(config: Config): Pick<ChangeInput, 'destinations' | 'budget'> {
  return { destinations: config.destinations.map(destinationWords), ...defined({ budget: windowOf(config) }) };
}

interface TextParts {
  readonly files: FileChanges;
  readonly notes: readonly Note[];
  readonly now: Date;
  readonly evidence?: Evidence;
}

function changeOf(forge: Pick<Forge, 'kind'>, made: Rendered, { files, notes, now, evidence }: TextParts): Change {
  const content = contentName(files, made.after);
  const describe = (markers: readonly string[], from?: Date, read?: Evidence) =>
    describeChange({
      forge: forge.kind,
      before: made.before,
      after: made.after,
      policy: { ...droppedPolicyOf(made.config), ...defined({ from }) },
      ...mergingInput(made.config),
      warnings: made.problems.filter(({ code }) => aboutRules.test(code)),
      ...defined({ askedFor: made.askedFor, evidence: read }),
      digests: made.digests,
      files: [...files.keys()].filter((path) => !path.endsWith(lockfileName)).sort(),
      notes,
      checkbox: { text: overwriteBox, ticked: false },
      markers,
    });
  const { headline, body } = describe([contentKey(content)]);
  // Without the day from which tags may be deleted, and the evidence: a text is not written again because a day has passed.
  const words = createHash('sha256')
    .update(`${headline}\n${body}\n${JSON.stringify(made.config.review)}`)
    .digest('hex')
    .slice(0, 16);
  const { body: whole } = describe([contentKey(content), wordsKey(words)], now, evidence);
  return { files, content, title: headline, body: whole, words };
}

/** What is missing in a proposal, and how people add it. */
function noteOfLeft(left: readonly string[], prefix: string): Note {
  return {
    title: 'Workflow files are missing here',
    text: [
      'The token that opened this may not push workflow files: `GITHUB_TOKEN` never may. They are out of date, and are not part of this.',
      'Somebody who may push them runs this in a checkout of the branch, or a GitHub App with the permission `workflows: write` is named in `ci.app`.',
    ],
    items: left,
    code: {
      language: 'sh',
      text: `mirrorlock render${folderOption(prefix)}\ngit add ${quote(left)}\ngit commit --message 'Render the workflows' && git push`,
    },
  };
}

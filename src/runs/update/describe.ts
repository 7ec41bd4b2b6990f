import { createHash } from 'node:crypto';
import { quote } from 'shell-quote';
import type { FileChanges } from '../../forge/git/files.ts';
import type { Access, Forge } from '../../forge/types.ts';
import { lockfileName } from '../../lock/file.ts';
import { describeChange } from '../../review/describe.ts';
import type { Note } from '../../review/types.ts';
import { type Change, contentKey, overwriteBox, wordsKey } from '../../update/types.ts';
import { contentName, type Rendered } from './change.ts';

/** What is to be proposed of what was made. */
interface Described {
  /** Undefined where nothing changes that may be pushed. */
  readonly change: Change | undefined;
  /** Files that are out of date, and that the token may not push. */
  readonly left: readonly string[];
}

/** What is to be proposed of what was made, with its text. */
export function describeMade(
  forge: Pick<Forge, 'kind'>,
  access: Pick<Access, 'mayPushWorkflows'>,
  made: Rendered,
  prefix: string,
): Described {
  const { files, left } = splitFiles(made.files, access);
  const notes = left.length === 0 ? [] : [noteOfLeft(left, prefix)];
  return { change: files.size === 0 ? undefined : changeOf(forge, made, files, notes), left };
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

function changeOf(forge: Pick<Forge, 'kind'>, made: Rendered, files: FileChanges, notes: readonly Note[]): Change {
  const content = contentName(files, made.after);
  const describe = (markers: readonly string[]) =>
    describeChange({
      forge: forge.kind,
      before: made.before,
      after: made.after,
      dropped: made.config.destinations.some(({ exclusive }) => exclusive) ? made.config.dropped : 'keep',
      files: [...files.keys()].filter((path) => !path.endsWith(lockfileName)).sort(),
      notes,
      checkbox: { text: overwriteBox, ticked: false },
      markers,
    });
  const { headline, body } = describe([contentKey(content)]);
  const words = createHash('sha256').update(`${headline}\n${body}`).digest('hex').slice(0, 16);
  return { files, content, title: headline, body: describe([contentKey(content), wordsKey(words)]).body, words };
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

import { createHash } from 'node:crypto';
import type { FileChanges } from '../../forge/git/files.ts';
import type { Access, Forge } from '../../forge/types.ts';
import { lockfileName } from '../../lock/file.ts';
import { describeChange } from '../../review/describe.ts';
import type { Note } from '../../review/types.ts';
import { type Change, contentKey, overwriteBox, wordsKey } from '../../update/types.ts';
import { contentName, type Made } from './make-change.ts';

/** GitHub's own workflow files, which GITHUB_TOKEN may not push. */
const workflowFile = /(?:^|\/)\.github\/workflows\/[^/]+$/;

/** What is to be proposed of what was made, with its text; undefined where nothing changes that may be pushed. */
export function describeMade(
  forge: Pick<Forge, 'kind'>,
  access: Pick<Access, 'mayPushWorkflows'>,
  made: Made,
): Change | undefined {
  const mayPush = (path: string) => access.mayPushWorkflows !== 'no' || !workflowFile.test(path);
  const files: FileChanges = new Map([...made.files].filter(([path]) => mayPush(path)));
  const left = [...made.files.keys()].filter((path) => !mayPush(path)).sort();
  if (files.size === 0) return undefined;
  const content = contentName(files);
  const describe = (markers: readonly string[]) =>
    describeChange({
      forge: forge.kind,
      before: made.before,
      after: made.after,
      dropped: made.config.dropped,
      files: [...files.keys()].filter((path) => !path.endsWith(lockfileName)).sort(),
      notes: left.length === 0 ? [] : [noteOfLeft(left)],
      checkbox: { text: overwriteBox, ticked: false },
      markers,
    });
  const { headline, body } = describe([contentKey(content)]);
  const words = createHash('sha256').update(`${headline}\n${body}`).digest('hex').slice(0, 16);
  const named = describe([contentKey(content), wordsKey(words)]);
  return { files, content, title: named.headline, body: named.body, words, left };
}

/** What is missing in a proposal, and how people add it. */
export function noteOfLeft(left: readonly string[]): Note {
  return {
    title: 'Workflow files are missing here',
    text: [
      'The token that opened this may not push workflow files: `GITHUB_TOKEN` never may. They are out of date, and are not part of this.',
      'Somebody who may push them runs this in a checkout of the branch, or a GitHub App with the permission `workflows: write` is named in `ci.app`.',
    ],
    items: left,
    code: {
      language: 'sh',
      text: `mirrorlock render\ngit add ${left.join(' ')}\ngit commit --message 'Render the workflows' && git push`,
    },
  };
}

import type { CommitAction } from '@gitbeaker/rest';
import { ForgeError, isForgeError } from '../errors.ts';
import type { FileEdit, ForgeCommits } from '../types.ts';
import type { GitLabSession } from './session.ts';

/** Commits over GitLab's API, which signs them where its administrator has set a key for it. */
export function gitLabCommits({ api, project, ask }: GitLabSession): ForgeCommits {
  return {
    async commitFiles({ branch, edits, message }) {
      try {
        return await ask(
          'POST /repository/commits',
          () => api.commits.create(project, branch, message.trimEnd(), edits.map(actionOf)),
          ({ id }) => id,
        );
      } catch (error) {
        throw isForgeError(error, 'validation') ? reasonOf(error) : error;
      }
    },
  };
}

function actionOf(edit: FileEdit): CommitAction {
  const { path: filePath } = edit;
  if (edit.change === 'delete') return { action: 'delete', filePath };
  return { action: edit.change, filePath, content: edit.content.toString('base64'), encoding: 'base64' };
}

/** GitLab's words where a file is not as the action needs it, and where a push rule refuses. */
function reasonOf({ details }: ForgeError): ForgeError {
  const { said = '' } = details;
  if (/already exists|doesn't exist|does not exist|has been changed/i.test(said))
    return new ForgeError({ ...details, kind: 'push-stale', summary: 'the branch is not where it was any more.' });
  if (/commit|signed|member|committer|author/i.test(said))
    return new ForgeError({ ...details, kind: 'commit-rule', summary: 'a rule refuses the commit.' });
  return new ForgeError(details);
}

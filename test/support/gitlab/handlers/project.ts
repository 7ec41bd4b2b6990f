import type { Answer } from '../../forge/exchange.ts';
import { userAnswer } from '../answers.ts';
import { page } from '../exchange.ts';
import type { Call, Handler, Handlers } from './handler.ts';

const readProject: Handler = ({ token }, project) => {
  const level = project.members.get(token.user.username);
  return {
    status: 200,
    body: {
      id: project.id,
      path_with_namespace: project.path,
      default_branch: project.defaultBranch,
      visibility: project.isPrivate ? 'private' : 'public',
      archived: project.isArchived,
      issues_enabled: project.hasIssues,
      merge_requests_enabled: true,
      permissions: {
        project_access: level === undefined ? null : { access_level: level, notification_level: 3 },
        group_access: null,
      },
    },
  };
};

/** GitLab's documentation, "Project-level CI/CD variables API". */
const listVariables: Handler = ({ query, world }, { variables }) => {
  const settings = { variable_type: 'env_var', protected: false, masked: true, hidden: false, raw: false };
  const all = variables.map((key) => ({
    key,
    value: 'of no interest',
    ...settings,
    environment_scope: '*',
    description: null,
  }));
  return page(all, query, world.url);
};

export const projectHandlers: Handlers = {
  'GET /projects/:id': readProject,
  'GET /projects/:id/variables': listVariables,
};

/** Routes that are about no project. */
export const plainHandlers: Readonly<Record<string, (call: Call) => Answer>> = {
  'GET /user': ({ token, world }) => ({
    status: 200,
    body: { ...userAnswer(world, token.user), bot: token.user.isBot, created_at: '2026-01-01T00:00:00.000Z' },
  }),
  'GET /users': ({ query, world }) => ({
    status: 200,
    body: world.users
      .filter(({ username }) => username === query.get('username'))
      .map((user) => userAnswer(world, user)),
  }),
};

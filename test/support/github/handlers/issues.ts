import { commentAnswer, issueAnswer } from '../answers/issue.ts';
import { labelAnswer } from '../answers/people.ts';
import { notFound, page, refusal } from '../exchange.ts';
import type { Issue } from '../state.ts';
import { type Handler, type Handlers, listOf, textOf, threadOf } from './handler.ts';

const disabled = refusal(410, 'Issues has been disabled in this repository.');

const list: Handler = (call, repository, { world }) => {
  const { state = 'open', labels, direction } = call.query;
  const wanted = labels === undefined ? [] : String(labels).split(',');
  const found = repository.threads
    .filter((thread) => repository.settings.hasIssues || thread.kind === 'pull')
    .filter((thread) => state === 'all' || thread.isOpen === (state === 'open'))
    .filter((thread) => wanted.every((label) => thread.labels.includes(label)));
  const ordered = direction === 'asc' ? found : found.reverse();
  const url = `${world.apiUrl}/repos/${repository.fullName}/issues`;
  return page(
    ordered.map((thread) => issueAnswer(world, thread, repository)),
    call,
    url,
  );
};

const read: Handler = (call, repository, { world }) => {
  const thread = threadOf(call, repository);
  return thread === undefined ? notFound : { status: 200, body: issueAnswer(world, thread, repository) };
};

const create: Handler = ({ token, body }, repository, { world }) => {
  if (!repository.settings.hasIssues) return disabled;
  const createdAt = world.now();
  const issue: Issue = {
    kind: 'issue',
    id: world.nextId(),
    number: repository.threads.length + 1,
    user: token.user,
    title: String(body['title']),
    body: textOf(body['body']) ?? null,
    isOpen: true,
    createdAt,
    updatedAt: createdAt,
    closedAt: null,
    closedBy: null,
    labels: listOf(body['labels']),
    assignees: [],
    comments: [],
  };
  repository.threads.push(issue);
  return { status: 201, body: issueAnswer(world, issue, repository) };
};

const update: Handler = (call, repository, { world }) => {
  const thread = threadOf(call, repository);
  if (thread === undefined) return notFound;
  const { title, body, state } = call.body;
  thread.title = textOf(title) ?? thread.title;
  thread.body = textOf(body) ?? thread.body;
  thread.updatedAt = world.now();
  if (state === 'closed' && thread.isOpen) {
    thread.isOpen = false;
    thread.closedAt = thread.updatedAt;
    thread.closedBy = call.token.user;
  }
  if (state === 'open') {
    thread.isOpen = true;
    thread.closedAt = null;
    thread.closedBy = null;
  }
  return { status: 200, body: issueAnswer(world, thread, repository) };
};

const listComments: Handler = (call, repository, { world }) => {
  const thread = threadOf(call, repository);
  if (thread === undefined) return notFound;
  const url = `${world.apiUrl}/repos/${repository.fullName}/issues/${thread.number}/comments`;
  return page(
    thread.comments.map((comment) => commentAnswer(world, comment, thread, repository)),
    call,
    url,
  );
};

const comment: Handler = (call, repository, { world }) => {
  const thread = threadOf(call, repository);
  if (thread === undefined) return notFound;
  const made = { id: world.nextId(), user: call.token.user, body: String(call.body['body']), createdAt: world.now() };
  thread.comments.push(made);
  thread.updatedAt = made.createdAt;
  return { status: 201, body: commentAnswer(world, made, thread, repository) };
};

const addLabels: Handler = (call, repository, { world }) => {
  const thread = threadOf(call, repository);
  if (thread === undefined) return notFound;
  thread.labels = [...new Set([...thread.labels, ...listOf(call.body['labels'])])];
  return { status: 200, body: thread.labels.map((name) => labelAnswer(world, name, repository)) };
};

const addAssignees: Handler = (call, repository, { world }) => {
  const thread = threadOf(call, repository);
  if (thread === undefined) return notFound;
  // GitHub passes over whom it cannot assign.
  const known = listOf(call.body['assignees']).filter((login) => repository.settings.collaborators.includes(login));
  thread.assignees = [...new Set([...thread.assignees, ...known.map((login) => world.user(login))])];
  return { status: 201, body: issueAnswer(world, thread, repository) };
};

export const issueHandlers: Handlers = {
  'GET /repos/{owner}/{repo}/issues': list,
  'POST /repos/{owner}/{repo}/issues': create,
  'GET /repos/{owner}/{repo}/issues/{issue_number}': read,
  'PATCH /repos/{owner}/{repo}/issues/{issue_number}': update,
  'GET /repos/{owner}/{repo}/issues/{issue_number}/comments': listComments,
  'POST /repos/{owner}/{repo}/issues/{issue_number}/comments': comment,
  'POST /repos/{owner}/{repo}/issues/{issue_number}/labels': addLabels,
  'POST /repos/{owner}/{repo}/issues/{issue_number}/assignees': addAssignees,
};

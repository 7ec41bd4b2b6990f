import { issueAnswer, noteAnswer } from '../answers.ts';
import { page, refuse } from '../exchange.ts';
import type { ProjectState, Thread } from '../state.ts';
import { applyEdit, find, type Handler, type Handlers, text, words } from './handler.ts';

const listNotes =
  (threads: (project: ProjectState) => readonly Thread[]): Handler =>
  (call, project) => {
    const thread = find(threads(project), call);
    if (thread === undefined) return refuse(404, '404 Not found');
    const answers = thread.notes.map((note) => noteAnswer(call.world, note, thread, project));
    return page(call.query.get('sort') === 'asc' ? answers : answers.reverse(), call.query, call.world.url);
  };

const createNote =
  (threads: (project: ProjectState) => readonly Thread[]): Handler =>
  (call, project) => {
    const { body, token, world } = call;
    const thread = find(threads(project), call);
    if (thread === undefined) return refuse(404, '404 Not found');
    const facts = { author: token.user, body: String(body['body']), createdAt: world.now(), isSystem: false };
    const note = { id: world.nextId(), ...facts };
    thread.notes.push(note);
    return { status: 201, body: noteAnswer(world, note, thread, project) };
  };

const listIssues: Handler = ({ query, world }, project) => {
  const wanted = words(query.get('labels'));
  const found = project.issues
    .filter(({ state }) => !query.has('state') || state === query.get('state'))
    .filter(({ labels }) => wanted.every((label) => labels.includes(label)));
  const ordered = query.get('sort') === 'asc' ? found : found.reverse();
  return page(
    ordered.map((one) => issueAnswer(world, one, project)),
    query,
    world.url,
  );
};

const createIssue: Handler = ({ body, token, world }, project) => {
  if (!project.hasIssues) return refuse(403, '403 Forbidden');
  const one: Thread = {
    id: world.nextId(),
    iid: project.issues.length + 1,
    author: token.user,
    createdAt: world.now(),
    title: String(body['title']),
    description: text(body['description']) ?? null,
    state: 'opened',
    closedBy: null,
    labels: words(body['labels']),
    assignees: [],
    notes: [],
  };
  project.issues.push(one);
  return { status: 201, body: issueAnswer(world, one, project) };
};

const editIssue: Handler = (call, project) => {
  const one = find(project.issues, call);
  if (one === undefined) return refuse(404, '404 Issue Not Found');
  applyEdit(one, call);
  return { status: 200, body: issueAnswer(call.world, one, project) };
};

const mergeRequests = (project: ProjectState): readonly Thread[] => project.mergeRequests;
const issues = (project: ProjectState): readonly Thread[] => project.issues;

export const talkHandlers: Handlers = {
  'GET /projects/:id/merge_requests/IID/notes': listNotes(mergeRequests),
  'POST /projects/:id/merge_requests/IID/notes': createNote(mergeRequests),
  'GET /projects/:id/issues': listIssues,
  'POST /projects/:id/issues': createIssue,
  'PUT /projects/:id/issues/IID': editIssue,
  'GET /projects/:id/issues/IID/notes': listNotes(issues),
  'POST /projects/:id/issues/IID/notes': createNote(issues),
};

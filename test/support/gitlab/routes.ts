/** What a route takes, by GitLab's documentation of its REST API: nothing else may be sent. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** `:id` is a project by its encoded path; a name in capitals is one part of the path. */
  readonly path: string;
  readonly query: readonly string[];
  readonly body: readonly string[];
  readonly required: readonly string[];
  /** The lowest level of access that may do it; 0 for everybody who may read. */
  readonly level: number;
}

const paging = ['page', 'per_page'];
const reporter = 20;
const developer = 30;
const maintainer = 40;

function route(
  line: string,
  level: number,
  { query = [], body = [], required = [] }: Partial<Pick<Route, 'query' | 'body' | 'required'>> = {},
): Route {
  const [method, path = ''] = line.split(' ');
  return { method: method as Route['method'], path, query, body, required, level };
}

const mergeRequestFilters = ['source_branch', 'target_branch', 'state', 'scope', 'order_by', 'sort', ...paging];
const mergeRequestFields = ['title', 'description', 'target_branch', 'state_event', 'add_labels', 'labels'];
const people = ['reviewer_ids', 'assignee_ids'];

/** Documentation: "Users API", "Projects API", "Branches API", "Repositories API", "Merge requests API", "Notes API", … */
const routes: readonly Route[] = [
  route('GET /user', 0),
  route('GET /users', 0, { query: ['username', ...paging] }),
  route('GET /projects/:id', 0),
  route('GET /projects/:id/repository/compare', 0, { query: ['from', 'to', 'straight'], required: ['from', 'to'] }),
  route('GET /projects/:id/repository/merge_base', 0, { query: ['refs'], required: ['refs'] }),
  route('POST /projects/:id/repository/commits', developer, {
    body: ['branch', 'commit_message', 'start_branch', 'start_sha', 'start_project', 'actions', 'force', 'stats'],
    required: ['branch', 'commit_message', 'actions'],
  }),
  route('GET /projects/:id/variables', maintainer, { query: paging }),
  route('GET /projects/:id/merge_requests', 0, { query: mergeRequestFilters }),
  route('POST /projects/:id/merge_requests', developer, {
    body: ['source_branch', 'target_branch', 'title', 'description', ...people],
    required: ['source_branch', 'target_branch', 'title'],
  }),
  route('GET /projects/:id/merge_requests/IID', 0),
  route('PUT /projects/:id/merge_requests/IID', developer, { body: [...mergeRequestFields, ...people] }),
  route('PUT /projects/:id/merge_requests/IID/merge', 0, {
    body: ['auto_merge', 'merge_when_pipeline_succeeds', 'squash'],
  }),
  route('POST /projects/:id/merge_requests/IID/cancel_merge_when_pipeline_succeeds', developer),
  route('GET /projects/:id/merge_requests/IID/notes', 0, { query: ['sort', 'order_by', ...paging] }),
  route('POST /projects/:id/merge_requests/IID/notes', reporter, { body: ['body'], required: ['body'] }),
  route('GET /projects/:id/issues', 0, { query: ['labels', 'state', 'scope', 'order_by', 'sort', ...paging] }),
  route('POST /projects/:id/issues', reporter, { body: ['title', 'description', 'labels'], required: ['title'] }),
  route('PUT /projects/:id/issues/IID', reporter, { body: ['title', 'description', 'state_event'] }),
  route('GET /projects/:id/issues/IID/notes', 0, { query: ['sort', 'order_by', ...paging] }),
  route('POST /projects/:id/issues/IID/notes', reporter, { body: ['body'], required: ['body'] }),
];

export interface Matched {
  readonly route: Route;
  /** The project's path, where the route has one. */
  readonly project?: string;
  readonly params: Readonly<Record<string, string>>;
}

/** The route of a request, by its path below `/api/v4`. */
export function matchRoute(method: string, path: string): Matched | undefined {
  for (const one of routes) {
    if (one.method !== method) continue;
    const pattern = one.path.replace(':id', '(?<project>[^/]+)').replace(/\/([A-Z]+)/g, '/(?<$1>[^/]+)');
    const groups = new RegExp(`^${pattern}$`).exec(path)?.groups ?? (one.path === path ? {} : undefined);
    if (groups === undefined) continue;
    const { project, ...rest } = groups;
    const params = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, decodeURIComponent(value)]));
    return { route: one, params, ...(project === undefined ? {} : { project: decodeURIComponent(project) }) };
  }
  return undefined;
}

/** What of a request the route does not take, or misses. */
export function wrongFields(
  { query, body, required }: Route,
  sent: { readonly query: readonly string[]; readonly body: readonly string[] },
): string[] {
  const unknown = [
    ...sent.query.filter((name) => !query.includes(name)),
    ...sent.body.filter((name) => !body.includes(name)),
  ];
  const missing = required.filter((name) => ![...sent.query, ...sent.body].includes(name));
  return [...unknown.map((name) => `${name} is unknown`), ...missing.map((name) => `${name} is missing`)];
}

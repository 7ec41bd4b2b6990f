import type { ServedOperation } from '../operations.ts';
import type { Handler, Handlers } from './handler.ts';

const time = '2026-01-01T00:00:00Z';

/** Serves the names below a path, page by page, with the total that GitHub says. */
function list(path: (environment: string) => string): Handler {
  return ({ params, query }, { settings }) => {
    const place = path(String(params['environment_name'] ?? ''));
    const names = settings.ciNames[place] ?? [];
    const kind = place.endsWith('secrets') ? 'secrets' : 'variables';
    const size = Number(query['per_page'] ?? 10);
    const page = Number(query['page'] ?? 1);
    const shown = names.slice((page - 1) * size, page * size).map((name) => {
      const common = { name, created_at: time, updated_at: time };
      return kind === 'variables' ? { ...common, value: 'of no interest' } : common;
    });
    return { status: 200, headers: {}, body: { total_count: names.length, [kind]: shown } };
  };
}

const operations = {
  'GET /repos/{owner}/{repo}/actions/secrets': () => 'actions/secrets',
  'GET /repos/{owner}/{repo}/actions/organization-secrets': () => 'actions/organization-secrets',
  'GET /repos/{owner}/{repo}/environments/{environment_name}/secrets': (name) => `environments/${name}/secrets`,
  'GET /repos/{owner}/{repo}/actions/variables': () => 'actions/variables',
  'GET /repos/{owner}/{repo}/actions/organization-variables': () => 'actions/organization-variables',
  'GET /repos/{owner}/{repo}/environments/{environment_name}/variables': (name) => `environments/${name}/variables`,
} as const satisfies Partial<Record<ServedOperation, (environment: string) => string>>;

export const ciSettingsHandlers: Handlers = Object.fromEntries(
  Object.entries(operations).map(([operation, path]) => [operation, list(path)]),
);

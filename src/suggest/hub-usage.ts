import { type CsvError, parse } from 'csv-parse/sync';
import type { Problem } from '../core/problem.ts';
import { leftOut, type Reading, type Use } from './types.ts';

/**
 * Reads the usage report of the Docker Hub: a CSV file whose first line names its columns, of which `repository`, `tag`, `digest`,
 * `pulls` and `version_checks` count, in any order (docker/docs, docker-hub/usage/pulls.md). Gives `undefined` for a CSV file
 * without a column `repository`.
 */
export function readHubUsage(file: string, text: string): Reading | undefined {
  const [header = ''] = text.replace(/^\ufeff/, '').split(/\r?\n/, 1);
  const delimiter = header.split(';').length > header.split(',').length ? ';' : ',';
  const columns = header.split(delimiter).map((name) => name.trim().replace(/^"|"$/g, '').toLowerCase());
  if (!columns.includes('repository')) return undefined;
  const { rows, problems } = parseRows(file, text, delimiter, columns);
  const uses = rows.flatMap(({ record, line }): Use[] => {
    const { repository = '', tag = '', digest = '', pulls, version_checks: checks } = record;
    const count = Math.max(1, number(pulls) + number(checks));
    const isRead = repository !== '' && !(tag === '' && digest === '');
    if (!isRead) {
      const message = repository === '' ? 'The line names no repository.' : 'The line has neither a tag nor a digest.';
      problems.push(leftOut('bad-row', { file, line }, message, repository));
      return [];
    }
    const reference = tag === '' ? `${repository}@${digest}` : `${repository}:${tag}`;
    return [{ kind: 'hub-usage', text: reference, place: { file, line }, count }];
  });
  return { uses, problems };
}

type Row = Readonly<Record<string, string | undefined>>;

function parseRows(file: string, text: string, delimiter: string, columns: string[]) {
  const problems: Problem[] = [];
  const options = {
    columns,
    from_line: 2,
    delimiter,
    bom: true,
    trim: true,
    info: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    on_skip: (error: CsvError | undefined): undefined => {
      const line = Number(error?.['lines'] ?? 0);
      const message = 'The line has not the columns that the first one names.';
      problems.push(leftOut('bad-row', line > 0 ? { file, line } : { file }, message));
    },
  };
  const rows: { info: { lines: number }; record: Row }[] = parse(text, options);
  return { rows: rows.map(({ record, info }) => ({ record, line: info.lines })), problems };
}

function number(text: string | undefined): number {
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : 0;
}

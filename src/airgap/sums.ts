import { type Digest, isDigest } from '../core/names.ts';
import { type Problem, UserError } from '../core/problem.ts';
import { cleanText } from '../core/text.ts';
import { blobPath, names } from './folder.ts';

/** The files of an export with their checksums, as `sha256sum --check` reads them. */
export type Sums = ReadonlyMap<string, Digest>;

/** The text of `SHA256SUMS`, by path. */
export function formatSums(sums: Sums): string {
  const lines = [...sums].sort(([one], [other]) => (one < other ? -1 : 1));
  return lines.map(([path, digest]) => `${digest.slice('sha256:'.length)}  ${path}\n`).join('');
}

const ownFiles: readonly string[] = [names.layout, names.index, names.record];

/**
 * Reads a list of checksums. Only the files of an export may stand in it, content under its digest: no other path is
 * ever opened.
 *
 * @throws UserError `airgap/bad-sums`, with the line
 */
export function parseSums(text: string): Sums {
  const sums = new Map<string, Digest>();
  const problems: Problem[] = [];
  const lines = text.replace(/\n$/, '').split('\n');
  for (const [index, line] of lines.entries()) {
    const [, hash = '', path = ''] = /^([0-9a-f]{64}) {2}(\S+)$/.exec(line) ?? [];
    const digest = `sha256:${hash}`;
    if (isDigest(digest) && (ownFiles.includes(path) || path === blobPath(digest)) && !sums.has(path))
      sums.set(path, digest);
    else problems.push(badLine(line, index + 1));
    if (problems.length >= 10) break;
  }
  for (const path of ownFiles) if (!sums.has(path) && problems.length === 0) problems.push(missing(path));
  if (problems.length > 0) throw new UserError(problems);
  return sums;
}

function badLine(line: string, number: number): Problem {
  const message =
    'The list of checksums holds each file of an export once, content under its digest, and nothing else.';
  const place = { file: names.sums, line: number };
  return { code: 'airgap/bad-sums', severity: 'error', message, place, value: cleanText(line, 120) };
}

function missing(path: string): Problem {
  const message = 'The list of checksums lacks a file of the export.';
  return { code: 'airgap/bad-sums', severity: 'error', message, place: { file: names.sums }, value: path };
}

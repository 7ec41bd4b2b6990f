import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { parseEnv } from 'node:util';
import { ifThere } from '../core/file-errors.ts';
import type { Use } from './types.ts';

const dockerfileName = /^(?:Dockerfile|Containerfile)(?:[.-].*)?$|\.(?:dockerfile|containerfile)$/i;
export const logName = /\.log(?:[.-]\d+)*(?:\.gz)?$|^access[._-]log/i;
export const manifestName = /\.(?:ya?ml|json)$/i;

/** Whether a file in a folder is read. */
export function isKnownName(name: string): boolean {
  return dockerfileName.test(name) || manifestName.test(name) || logName.test(name) || /\.csv$/i.test(name);
}

/** How a text is read. */
type TextKind = 'dockerfile' | 'hub-usage' | 'access-log' | 'list' | 'manifests';

/** By the name of its file or, where that says nothing, by what it holds. */
export function kindOf(file: string, text: string): TextKind {
  const name = basename(file);
  if (dockerfileName.test(name)) return 'dockerfile';
  if (/\.csv$/i.test(name)) return 'hub-usage';
  if (manifestName.test(name)) return 'manifests';
  const start = text.slice(0, 64 * 1024);
  if (/^\s*(?:#[^\n]*\n\s*)*(?:ARG\s+\w|FROM\s+\S)/i.test(start)) return 'dockerfile';
  if (/\/v2\/\S+\/manifests\//.test(start)) return 'access-log';
  if (/^[^\n]*\brepository\b[^\n]*[,;]|^[^\n]*[,;][^\n]*\brepository\b/.test(start)) return 'hub-usage';
  return /^\s*[{[]|^\s*(?:apiVersion|kind|services)\s*:/m.test(start) ? 'manifests' : 'list';
}

/** References, one a line; what follows `#` or a blank is left out. */
export function listed(file: string, text: string): Use[] {
  return text.split('\n').flatMap((line, index): Use[] => {
    const [reference = ''] = line.replace(/#.*/s, '').trim().split(/\s+/);
    return reference === '' ? [] : [{ kind: 'list', text: reference, place: { file, line: index + 1 }, count: 1 }];
  });
}

/** What compose reads besides: the file `.env` in the same folder. */
export async function variablesBeside(file: string): Promise<NodeJS.Dict<string>> {
  const text = await ifThere(() => readFile(join(dirname(file), '.env'), 'utf8'), ['EISDIR', 'EACCES']);
  return text === undefined ? {} : parseEnv(text);
}

/** Text in UTF-8; `undefined` for other bytes. */
export function decoded(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return undefined;
  }
}

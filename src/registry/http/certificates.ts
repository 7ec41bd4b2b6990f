import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { UserError } from '../../core/problem.ts';
import type { Environment } from '../auth/credential-types.ts';

/** Certificates in PEM, as Node's TLS takes them; without any, Node's own authorities count. */
export interface Certificates {
  readonly ca?: string[];
  readonly cert?: string[];
  readonly key?: string[];
}

/**
 * The certificates for a registry: Node's authorities, those of `NODE_EXTRA_CA_CERTS`, `extra`, and what stands in the
 * first directory that exists of those that skopeo reads (containers-certs.d(5)): `*.crt` are authorities, `*.cert` and
 * `*.key` prove who asks.
 *
 * @throws UserError `registry/certificates`
 */
export async function certificatesFor(
  host: string,
  options: { env: Environment; homeDirectory: string; extra?: readonly string[] },
): Promise<Certificates> {
  const { env, homeDirectory, extra = [] } = options;
  const directories = [join(homeDirectory, '.config/containers'), '/etc/containers', '/etc/docker'];
  const files = await firstDirectory(directories.map((directory) => join(directory, 'certs.d', host)));
  const read = (suffix: string): Promise<string[]> =>
    Promise.all(files.filter((file) => file.endsWith(suffix)).map((file) => readFileOrFail(file)));
  const [own, cert, key] = await Promise.all([read('.crt'), read('.cert'), read('.key')]);

  const authorities = [...own, ...extra];
  // Giving any authority to Node replaces its own, so that these have to be given as well.
  const nodeExtra = authorities.length > 0 ? env['NODE_EXTRA_CA_CERTS'] : undefined;
  const more = nodeExtra ? [await readFileOrFail(nodeExtra)] : [];
  return {
    ...(authorities.length > 0 ? { ca: [...rootCertificates, ...more, ...authorities] } : {}),
    ...(cert.length > 0 ? { cert, key } : {}),
  };
}

async function firstDirectory(directories: readonly string[]): Promise<string[]> {
  for (const directory of directories) {
    const names = await readDirectory(directory);
    if (names !== undefined) return names.sort().map((name) => join(directory, name));
  }
  return [];
}

async function readDirectory(directory: string): Promise<string[] | undefined> {
  try {
    return await readdir(directory);
  } catch (error) {
    const code = codeOf(error);
    // skopeo passes over what it may not read, too.
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return undefined;
    throw unreadable(directory, code);
  }
}

async function readFileOrFail(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw unreadable(file, codeOf(error));
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function unreadable(file: string, code: string | undefined): UserError {
  const message = `The certificates of a registry cannot be read (${code ?? 'unknown error'}).`;
  return new UserError([{ code: 'registry/certificates', severity: 'error', message, place: { file } }]);
}

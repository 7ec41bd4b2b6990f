import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import type { Environment } from '../core/environment.ts';
import { codeOf, ifThere } from '../core/file-errors.ts';
import { UserError } from '../core/problem.ts';

/** What TLS is made with: for the registry itself, and for other hosts, to which it leads; absent: Node's own authorities. */
export interface SecureContexts {
  readonly own: SecureContext | undefined;
  readonly others: SecureContext | undefined;
}

export interface CertificateOptions {
  readonly env: Environment;
  readonly homeDirectory: string;
  /** More authorities, in PEM. */
  readonly extra?: readonly string[];
}

/**
 * The certificates for a registry: Node's authorities, those of `NODE_EXTRA_CA_CERTS`, of `SSL_CERT_FILE` and `SSL_CERT_DIR`
 * (as Go reads them, crypto/x509's root_unix.go), `extra`, and what stands in the first directory that exists of those that
 * skopeo reads (containers-certs.d(5)): `*.crt` are authorities, `*.cert` and `*.key` prove to the registry who asks.
 *
 * @throws UserError `registry/certificates`
 */
export async function secureContextsFor(host: string, options: CertificateOptions): Promise<SecureContexts> {
  const { env, homeDirectory, extra = [] } = options;
  const directories = [join(homeDirectory, '.config/containers'), '/etc/containers', '/etc/docker'];
  const files = await firstDirectory(directories.map((directory) => join(directory, 'certs.d', host)));
  const read = (suffix: string): Promise<string[]> =>
    Promise.all(files.filter((file) => file.endsWith(suffix)).map((file) => readFileOrFail(file)));
  const [inFolder, cert, key] = await Promise.all([read('.crt'), read('.cert'), read('.key')]);

  const authorities = [...inFolder, ...extra, ...(await ofEnvironment(env))];
  // Giving any authority to Node replaces its own, so that these have to be given as well.
  const nodeExtra = authorities.length > 0 ? env['NODE_EXTRA_CA_CERTS'] : undefined;
  const more = nodeExtra ? certificatesIn([await readFileOrFail(nodeExtra)]) : [];
  const ca = authorities.length > 0 ? { ca: [...rootCertificates, ...more, ...authorities] } : {};
  // One for all connections: making it takes a while where there are many authorities.
  const others = authorities.length > 0 ? contextOf(ca, files[0]) : undefined;
  return { others, own: cert.length > 0 ? contextOf({ ...ca, cert, key }, files[0]) : others };
}

function contextOf(certificates: { ca?: string[]; cert?: string[]; key?: string[] }, file: string | undefined) {
  try {
    return createSecureContext(certificates);
  } catch (error) {
    // What OpenSSL says names no file and holds nothing of a key.
    throw unusable(file, error instanceof Error ? error.message : undefined);
  }
}

/** The authorities of `SSL_CERT_FILE` and `SSL_CERT_DIR`; what cannot be read, or is no certificate, is passed over as Go does. */
async function ofEnvironment(env: Environment): Promise<string[]> {
  const folders = env['SSL_CERT_DIR']?.split(':').filter((folder) => folder !== '') ?? [];
  const names = await Promise.all(folders.map(async (folder) => filesIn(folder)));
  const files = [...(env['SSL_CERT_FILE'] ? [env['SSL_CERT_FILE']] : []), ...names.flat()];
  return certificatesIn(await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => ''))));
}

async function filesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((): string[] => []);
  return names.sort().map((name) => join(folder, name));
}

/** Each certificate of these texts once: folders of authorities hold each under its name and under its hash. */
function certificatesIn(texts: readonly string[]): string[] {
  const pattern = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
  return [...new Set(texts.flatMap((text) => text.match(pattern) ?? []))];
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
    // skopeo passes over what it may not read, too.
    return await ifThere(() => readdir(directory), ['EACCES']);
  } catch (error) {
    throw unusable(directory, codeOf(error));
  }
}

async function readFileOrFail(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw unusable(file, codeOf(error));
  }
}

function unusable(file: string | undefined, reason: string | undefined): UserError {
  const message = `The certificates of a registry cannot be read (${reason ?? 'unknown error'}).`;
  const place = file === undefined ? {} : { place: { file } };
  return new UserError([{ code: 'registry/certificates', severity: 'error', message, ...place }]);
}

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What lets skopeo's processes of one run read through the gateway, and nobody else on the machine. */
export interface Credentials {
  /** Whether an `Authorization` header holds them. */
  admit(authorization: string | undefined): boolean;
  /** Writes them to a file that this user alone may read. @param host the gateway's, `HOST:PORT` */
  write(host: string): Promise<AuthFile>;
}

/** A file for skopeo's `--src-authfile` (containers-auth.json(5)). */
export interface AuthFile {
  readonly path: string;
  remove(): Promise<void>;
}

/** What a request without them is answered (RFC 7617). */
export const challenge = 'Basic realm="mirrorlock"';

/** Makes up a password of 128 random bits. */
export function makeCredentials(): Credentials {
  const auth = Buffer.from(`mirrorlock:${randomBytes(16).toString('hex')}`).toString('base64');
  return {
    admit: (authorization) => authorization === `Basic ${auth}`,
    async write(host) {
      const folder = await mkdtemp(join(tmpdir(), 'mirrorlock-'));
      const path = join(folder, 'auth.json');
      await writeFile(path, JSON.stringify({ auths: { [host]: { auth } } }), { mode: 0o600 });
      return { path, remove: () => rm(folder, { recursive: true, force: true }) };
    },
  };
}

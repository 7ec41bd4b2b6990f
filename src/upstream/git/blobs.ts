import { createHash } from 'node:crypto';
import { DamagedCache } from './failure.ts';
import { type LocalGit, runCatFile } from './local.ts';

/**
 * Reads the contents of blobs, all by one process. Each is checked against its name. Throws DamagedCache where one is
 * absent or is not what its name says, GitFailure and `upstream/interrupted`.
 */
export async function readBlobs(git: LocalGit, oids: readonly string[]): Promise<Map<string, Buffer>> {
  if (oids.length === 0) return new Map();
  const output = await runCatFile(git, ['--batch'], `${oids.join('\n')}\n`);
  const blobs = new Map<string, Buffer>();
  let position = 0;
  for (const oid of oids) {
    const headerEnd = output.indexOf('\n', position);
    const header = output.subarray(position, headerEnd).toString();
    const [, name, size] = /^([0-9a-f]+) blob (\d+)$/.exec(header) ?? [];
    if (headerEnd < 0 || name !== oid) throw new DamagedCache(`The blob ${oid} cannot be read: ${header}`);
    const content = output.subarray(headerEnd + 1, headerEnd + 1 + Number(size));
    if (nameOf(content, oid.length) !== oid) throw new DamagedCache(`The blob ${oid} is not what its name says.`);
    blobs.set(oid, content);
    position = headerEnd + 1 + Number(size) + 1;
  }
  return blobs;
}

/** git's name of a blob, a hash of its size and content: SHA-1 where names have 40 digits, SHA-256 where they have 64. */
function nameOf(content: Buffer, length: number): string {
  const hash = createHash(length === 64 ? 'sha256' : 'sha1');
  return hash.update(`blob ${content.length}\0`).update(content).digest('hex');
}

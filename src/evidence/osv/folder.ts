import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openPromise } from 'yauzl';
import { bytesText } from '../../core/bytes.ts';
import { codeOf, ifThere } from '../../core/file-errors.ts';
import { groupBy } from '../../core/group-by.ts';
import { parsedJson } from '../../core/json.ts';
import { readAtMost } from '../../http/exchange.ts';
import { isAffected, plainName, withoutRelease } from './affected.ts';
import { OsvFailure } from './failure.ts';
import { readRecord } from './record.ts';
import type { OsvAnswer, OsvDatabase, OsvPackage, OsvRecord } from './types.ts';

/** The largest record and the largest database that are read; OSV's have some 5 MB and 3 GB. */
const mostRecordBytes = 32 * 1024 * 1024;
const mostDatabaseBytes = 16 * 1024 * 1024 * 1024;

/**
 * OSV's files in a folder, as OSV publishes them for each ecosystem (google.github.io/osv.dev/data, "Data dumps"):
 * `ECOSYSTEM/all.zip`, or the JSON files in it, unpacked into `ECOSYSTEM/`. Nothing goes over the network. Ranges are
 * evaluated here, in the ecosystems whose order of versions is known.
 *
 * @param folder an absolute path
 */
export function openOsvFolder(folder: string): OsvDatabase {
  const records = new Map<string, OsvRecord>();
  return {
    async find(packages, signal) {
      await checkFolder(folder);
      const answers = new Map<OsvPackage, OsvAnswer>();
      for (const [ecosystem, asked] of groupBy(packages, (one) => withoutRelease(one.ecosystem))) {
        const found = await findIn(folder, ecosystem, asked, signal);
        for (const record of found?.records ?? []) records.set(record.id, record);
        for (const one of asked) answers.set(one, found?.answers.get(one) ?? { ids: [], gap: 'no-data' });
      }
      return packages.map((one) => answers.get(one) ?? { ids: [] });
    },
    async record(id) {
      return records.get(id);
    },
  };
}

async function checkFolder(folder: string): Promise<void> {
  if ((await ifThere(() => stat(folder)))?.isDirectory()) return;
  throw new OsvFailure('osv/folder', 'The folder with the files of OSV is not there.', {
    value: folder,
    hint: 'Put the file of each ecosystem there as `ECOSYSTEM/all.zip`: OSV publishes them, see https://google.github.io/osv.dev/data.',
  });
}

/** `undefined` where the folder has nothing of the ecosystem. */
async function findIn(
  folder: string,
  ecosystem: string,
  asked: readonly OsvPackage[],
  signal: AbortSignal,
): Promise<
  { readonly answers: ReadonlyMap<OsvPackage, OsvAnswer>; readonly records: readonly OsvRecord[] } | undefined
> {
  const texts = await textsOf(join(folder, ecosystem), signal);
  if (texts === undefined) return undefined;
  const answers = new Map(asked.map((one) => [one, { ids: [] as string[] } as { ids: string[]; gap?: 'no-comparer' }]));
  const byName = groupBy(asked, ({ name }) => plainName(ecosystem, name));
  const records: OsvRecord[] = [];
  for await (const { file, bytes } of texts) {
    const named = namesIn(bytes.toString(), ecosystem).flatMap((name) => byName.get(name) ?? []);
    if (named.length === 0) continue;
    const record = readRecord(parsedJson(bytes));
    if (record === undefined) throw unreadable(file, 'it is not a record of OSV in JSON');
    const of = [...new Set(named)].map((one) => [answers.get(one), isAffected(record, one)] as const);
    for (const [answer, affected] of of) {
      if (affected === true) answer?.ids.push(record.id);
      else if (affected === 'unknown' && answer !== undefined) answer.gap = 'no-comparer';
    }
    if (of.some(([, affected]) => affected === true)) records.push(record);
  }
  return { answers, records };
}

/** The names of packages in a record, found without parsing it: few of some hundred thousand records are of interest. */
function namesIn(text: string, ecosystem: string): string[] {
  const found = [...text.matchAll(/"name"\s*:\s*("(?:[^"\\]|\\.)*")/g)].map(([, name = '']) => parsedJson(name));
  return [...new Set(found.flatMap((name) => (typeof name === 'string' ? [plainName(ecosystem, name)] : [])))];
}

interface Text {
  readonly file: string;
  readonly bytes: Buffer;
}

async function textsOf(folder: string, signal: AbortSignal): Promise<AsyncIterable<Text> | undefined> {
  const zip = join(folder, 'all.zip');
  if (await ifThere(() => stat(zip))) return zipped(zip, signal);
  const names = await ifThere(() => readdir(folder));
  return names === undefined ? undefined : unpacked(folder, names, signal);
}

async function* unpacked(folder: string, names: readonly string[], signal: AbortSignal): AsyncGenerator<Text> {
  for (const name of names.filter((one) => one.endsWith('.json')).sort()) {
    signal.throwIfAborted();
    const file = join(folder, name);
    const { size } = await stat(file).catch((error) => notRead(file, error));
    if (size > mostRecordBytes) throw unreadable(file, `it has ${bytesText(size)}`);
    yield { file, bytes: await readFile(file).catch((error) => notRead(file, error)) };
  }
}

/** The entries of a zip file, one at a time; what an entry says of its size is checked while it is read. */
async function* zipped(file: string, signal: AbortSignal): AsyncGenerator<Text> {
  const zip = await openPromise(file, { autoClose: false, lazyEntries: true }).catch((error) => notRead(file, error));
  let total = 0;
  try {
    const entries = zip.eachEntry()[Symbol.asyncIterator]();
    for (;;) {
      signal.throwIfAborted();
      const { done, value: entry } = await entries.next().catch((error: unknown) => notRead(file, error));
      if (done) return;
      if (!entry.fileName.endsWith('.json')) continue;
      total += entry.uncompressedSize;
      const isTooLarge = entry.uncompressedSize > mostRecordBytes || total > mostDatabaseBytes;
      if (isTooLarge) throw unreadable(file, `${entry.fileName} makes it larger than is read`);
      const read = async () => readAtMost(await zip.openReadStreamPromise(entry), mostRecordBytes, 'refuse');
      const name = `${file}: ${entry.fileName}`;
      yield { file: name, bytes: await read().catch((error: unknown) => notRead(name, error)) };
    }
  } finally {
    zip.close();
  }
}

/** Errors of the file system and of yauzl, which has no class of its own, are about the file; a wrong call is a bug. */
function notRead(file: string, error: unknown): never {
  if (!(error instanceof Error) || error instanceof TypeError) throw error;
  throw unreadable(file, codeOf(error) ?? error.message, error);
}

function unreadable(file: string, reason: string, cause?: unknown): OsvFailure {
  return new OsvFailure('osv/folder', 'A file of OSV cannot be read.', {
    value: `${file}: ${reason}`,
    hint: 'Download it again.',
    cause,
  });
}

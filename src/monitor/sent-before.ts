import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { makeFolder } from '../core/file-errors.ts';
import { isRecord, parsedJson } from '../core/json.ts';

/** Which notices were sent when, so that the same one is not sent with every run. */
export interface SentBefore {
  /** Whether it was sent less than `repeatMs` before `now`. */
  has(key: string, now: Date, repeatMs: number): boolean;
  add(key: string, now: Date): void;
  /** Forgets what was sent of some news, to whomever: it is over. */
  forget(news: string): void;
  /** Writes what has changed. Without a folder to keep it in, notices come again. */
  save(now: Date): Promise<void>;
}

const longestMs = 99_999 * 86_400_000;
const most = 1_000;

/** Opens the memory in a cache folder; one that is not there, or damaged, is empty. */
export async function openSentBefore(cacheDirectory: string): Promise<SentBefore> {
  const file = join(cacheDirectory, 'notices.json');
  const text = await readFile(file, 'utf8').catch(() => '');
  const data = parsedJson(text);
  let isChanged = false;
  const times = new Map<string, number>(
    Object.entries(isRecord(data) ? data : {}).flatMap(([key, time]) =>
      typeof time === 'number' && /^[\w:-]+$/.test(key) ? [[key, time] as const] : [],
    ),
  );
  return {
    has: (key, now, repeatMs) => {
      const age = now.getTime() - (times.get(key) ?? Number.NEGATIVE_INFINITY);
      return age >= 0 && age < repeatMs;
    },
    add(key, now) {
      times.set(key, now.getTime());
      isChanged = true;
    },
    forget(news) {
      for (const key of times.keys()) {
        if (key.split(':')[1] === news) isChanged = times.delete(key);
      }
    },
    async save(now) {
      if (!isChanged) return;
      const recent = [...times].filter(([, time]) => now.getTime() - time < longestMs);
      const newest = recent.sort(([, a], [, b]) => b - a).slice(0, most);
      await makeFolder(dirname(file));
      await writeFileAtomic(file, `${JSON.stringify(Object.fromEntries(newest))}\n`);
    },
  };
}

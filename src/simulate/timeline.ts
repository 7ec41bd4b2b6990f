import { shownValue } from '../core/text.ts';
import { fileTooLarge, readImage } from '../upstream/reader.ts';
import type { FileChange, Refusal, UpstreamHistory, UpstreamImage } from '../upstream/types.ts';
import type { Windows } from './windows.ts';

/** What a file of `library/` is: an image, refused, or not there. */
export type Version = UpstreamImage | Refusal | undefined;

/** What the files are that changed for a run, by name. */
export interface TimelineStep {
  readonly run: number;
  readonly commit: string;
  readonly files: ReadonlyMap<string, Version>;
}

export function isImage(version: Version): version is UpstreamImage {
  return version !== undefined && 'groups' in version;
}

/** Reads each content of a file once: equal contents of one name are one object. */
export function readTimeline(history: UpstreamHistory, { changes }: Windows): TimelineStep[] {
  const known = new Map<string, Version>();
  const read = (change: FileChange, sha: string): Version => {
    if (change.blob === undefined) return undefined;
    const key = `${change.name}\0${change.blob}\0${change.mode}`;
    if (!known.has(key)) known.set(key, readVersion(change, history, sha));
    return known.get(key);
  };
  return changes.map(({ run, commit, files }) => ({
    run,
    commit,
    files: new Map(files.map((change) => [change.name, read(change, commit)])),
  }));
}

function readVersion({ name, mode, blob = '' }: FileChange, history: UpstreamHistory, sha: string): Version {
  const text = history.texts.get(blob);
  const at = { image: shownValue(name), file: shownValue(`library/${name}`), commit: sha };
  if (!/^100\d{3}$/.test(mode)) {
    return { ...at, code: 'upstream/not-a-file', message: 'Only regular files stand in `library/`.', value: mode };
  }
  if (text === undefined) {
    const { code, message } = fileTooLarge(0).refusal;
    return { ...at, code, message };
  }
  return readImage({ name, text }, { repository: history.repository, sha }, { builds: true });
}

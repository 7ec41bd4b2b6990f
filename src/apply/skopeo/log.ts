import { type Digest, isDigest } from '../../core/names.ts';
import type { Problem } from '../../core/problem.ts';
import { type LogLine, parseLogLine } from './log-line.ts';
import { skopeoProblem } from './reasons.ts';

/** Reads the log of one skopeo, line by line. */
export interface SkopeoLog {
  read(line: string): void;
  /**
   * Why an item failed, if it did: the words about it, else those about nothing that is known.
   *
   * @param ending how the process failed, when it did
   */
  reasonFor(digest: Digest, ending: string | undefined): Problem | undefined;
}

export function readSkopeoLog(): SkopeoLog {
  const reasons = new Map<Digest, Problem>();
  let general: Problem | undefined;
  let lastWords = '';

  const readFailure = (line: LogLine) => {
    // The last line of a run that kept going says only that something failed before.
    if (/^(?:Sync f|F)ailed due to previous reported error/.test(line.message)) return;
    const digest = failedDigest(line);
    const words = digest === undefined && line.error ? `${line.message}: ${line.error}` : (line.error ?? line.message);
    if (digest === undefined) general ??= skopeoProblem(words);
    else reasons.set(digest, skopeoProblem(words));
  };

  return {
    read(text) {
      const line = parseLogLine(text);
      if (line === undefined) lastWords = text.trim() === '' ? lastWords : text;
      else if (line.level === 'error' || line.level === 'fatal') readFailure(line);
    },
    reasonFor(digest, ending) {
      const own = reasons.get(digest) ?? general;
      if (own !== undefined || ending === undefined || reasons.size > 0) return own;
      return skopeoProblem(lastWords === '' ? ending : `${ending}: ${lastWords}`);
    },
  };
}

/** The digest of the image that a line says was not copied (skopeo, cmd/skopeo/sync.go, "Error copying ref"). */
function failedDigest({ message }: LogLine): Digest | undefined {
  const [, digest = ''] = /^Error copying (?:ref|tag) "[^"]*@(sha256:[0-9a-f]{64})"/.exec(message) ?? [];
  return isDigest(digest) ? digest : undefined;
}

import { type Digest, isDigest } from '../../core/names.ts';
import type { Problem } from '../../core/problem.ts';
import type { CopyResult } from '../types.ts';
import { skopeoProblem } from './causes.ts';
import { type LogLine, parseLogLine } from './log-line.ts';

/** Reads the log of one skopeo, line by line: what it begins to copy, and what failed. */
export interface SkopeoLog {
  read(line: string): void;
  /** @param failure why the process failed, when it did */
  result(failure: string | undefined): CopyResult;
}

/** @param onItem told of each item whose copying begins, as `IMAGE@DIGEST` */
export function readSkopeoLog(onItem?: (item: string) => void): SkopeoLog {
  const itemProblems = new Map<Digest, Problem>();
  let firstFailure: Problem | undefined;
  let lastWords = '';

  const readFailure = (line: LogLine) => {
    const problem = skopeoProblem(line.error ?? line.message);
    const digest = failedDigest(line);
    if (digest !== undefined) itemProblems.set(digest, problem);
    // The last line of a run that kept going says only that something failed before.
    firstFailure ??= problem;
  };

  const tellStart = (text: string) => {
    const item = startedItem(text);
    if (item !== undefined) onItem?.(item);
  };

  return {
    read(text) {
      const line = parseLogLine(text);
      if (line === undefined) lastWords = text.trim() === '' ? lastWords : text;
      else if (line.level === 'info') tellStart(text);
      else if (line.level === 'error' || line.level === 'fatal') readFailure(line);
    },
    result(failure) {
      if (failure === undefined) return { itemProblems };
      const unsaid = lastWords === '' ? failure : `${failure}: ${lastWords}`;
      return { itemProblems, problem: firstFailure ?? skopeoProblem(unsaid) };
    },
  };
}

/** The digest of the image that a line says was not copied (skopeo, cmd/skopeo/sync.go, "Error copying ref"). */
function failedDigest({ message }: LogLine): Digest | undefined {
  const [, digest = ''] = /^Error copying (?:ref|tag) "[^"]*@(sha256:[0-9a-f]{64})"/.exec(message) ?? [];
  return isDigest(digest) ? digest : undefined;
}

/** What a line such as `msg="Copying image ref 1/6" from="docker://HOST/library/golang@sha256:…"` begins to copy. */
function startedItem(line: string): string | undefined {
  return /msg="Copying image ref .* from="docker:\/\/[^" ]*\/([^"/ ]+@sha256:[0-9a-f]{12})/.exec(line)?.[1];
}

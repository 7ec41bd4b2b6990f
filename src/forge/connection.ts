import type { Fetch } from './fetch.ts';

/** How fast a forge is asked, and how long it is waited for. Tests give their own. */
export interface Pace {
  /** Whether writes keep the distance that the forge asks for: 1 s, and 3 s for what sends notifications. */
  readonly isSpaced: boolean;
  /** How long all waits for limits may take together, in seconds. */
  readonly longestWaitSeconds: number;
  /** How often something that may pass is tried again. */
  readonly retries: number;
  /** What a second of waiting is, in milliseconds. */
  readonly secondMs: number;
}

export const politePace: Pace = { isSpaced: true, longestWaitSeconds: 600, retries: 3, secondMs: 1_000 };

/** How a repository on a forge is reached. */
export interface ForgeConnection {
  /** Where the API is, without a slash at the end, such as `https://api.github.com`. */
  readonly apiUrl: string;
  /** Where its web pages are, without a slash at the end, such as `https://github.com`. */
  readonly serverUrl: string;
  /** `owner/name`; with GitLab, groups may nest. */
  readonly repository: string;
  readonly token: string;
  readonly fetch: Fetch;
  readonly pace: Pace;
  readonly signal?: AbortSignal | undefined;
  /** Told what is waited for; nothing secret is in it. */
  readonly debug: (line: string) => void;
}

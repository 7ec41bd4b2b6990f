import type { Answer } from './exchange.ts';

/** Something that goes wrong with requests, as often as `times` (absent: always). */
export interface Fault {
  /** Which requests: a pattern for `METHOD /api/…`, or for git's `METHOD /acme/mirror.git/…?…`. */
  readonly on: RegExp;
  readonly times?: number;
  /** What is answered; for the API, `drop` breaks the connection, `hang` never answers. `after` lets the request take effect first. */
  readonly answer: Answer | 'drop' | 'hang';
  readonly after?: boolean;
}

/** A page, as a proxy or a fault of GitHub gives it. */
export function htmlAnswer(status: number): Answer {
  return {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8' },
    body: '<html><body>Unicorn!</body></html>',
  };
}

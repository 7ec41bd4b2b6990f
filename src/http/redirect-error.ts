/** Why it is not gone on to where an answer leads; `target` is the host, or what stands there. */
export class RedirectError extends Error {
  readonly target: string;

  constructor(rule: string, target: string) {
    super(rule);
    this.target = target;
  }
}

/**
 * A line without what stands behind the `?` of addresses, nor users and passwords before the `@`: signatures of a
 * registry's storage and the state of uploads are secrets for as long as they are valid.
 */
export function withoutQueries(line: string): string {
  return line.replace(
    /\b(https?:\/\/)(?:[^\s"/@]*@)?([^\s"?]*)(\?[^\s"]*)?/g,
    (_, scheme: string, address: string, query?: string) => `${scheme}${address}${query === undefined ? '' : '?…'}`,
  );
}

/** A place by the name that people know. */
export interface RealNames {
  readonly host: string;
  /** May be empty. */
  readonly namespace: string;
}

/** A line that names the source where skopeo names the gateway, without secrets in addresses. */
export function withRealNames(line: string, gateway: RealNames, real: RealNames): string {
  const namespace = real.namespace === '' ? '' : `${real.namespace}/`;
  return withoutQueries(line)
    .replaceAll(gateway.host, real.host)
    .replaceAll(`${gateway.namespace}/`, namespace)
    .replaceAll(gateway.namespace, real.namespace);
}

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

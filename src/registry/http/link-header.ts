const linkPattern = /[\s,]*<([^<>]*)>((?:\s*;\s*[^\s=;,"]+(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s;,"]*))?)*)/y;
const relPattern = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]*))/i;

/** More than any registry sends; what is longer is not read. */
const longestHeader = 16_384;

/**
 * The target of `rel="next"` in a `Link` header (RFC 8288), by which registries page (OCI distribution spec, "Listing
 * Tags"); a URL, or one relative to the page. `undefined` when there is none. Never throws.
 */
export function nextLink(header: string | undefined): string | undefined {
  if (header === undefined || header.length > longestHeader) return undefined;
  linkPattern.lastIndex = 0;
  for (let found = linkPattern.exec(header); found !== null; found = linkPattern.exec(header)) {
    const [, target, parameters = ''] = found;
    const rel = relPattern.exec(parameters);
    const relations = (rel?.[1] ?? rel?.[2] ?? '').toLowerCase().split(/\s+/);
    if (relations.includes('next')) return target;
  }
  return undefined;
}

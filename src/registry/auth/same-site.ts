/**
 * Domains below which every name may be somebody else's, and which the public suffix list lacks: registries as a service,
 * names that stand for any address, and a cluster's own names.
 */
const shared =
  /(?:^|\.)(?:azurecr\.(?:io|cn|us)|jfrog\.io|pkg\.dev|dkr\.ecr(?:-fips)?\.[a-z0-9-]+\.(?:amazonaws\.com(?:\.cn)?|on\.aws)|nip\.io|sslip\.io|cluster\.local)$/;

/**
 * Whether two hosts of URLs are of one site: the same name or address, or names below one registrable domain (public suffix
 * list, its private part included, so that two accounts of one service are two sites).
 */
export async function isSameSite(one: string, other: string): Promise<boolean> {
  if (one === other) return true;
  if (shared.test(one) || shared.test(other)) return false;
  // Loaded where it is needed: the list is large, and most registries are their own token servers.
  const { getDomain } = await import('tldts');
  const [site, otherSite] = [one, other].map((host) => getDomain(host, { allowPrivateDomains: true }));
  return site !== null && site === otherSite;
}

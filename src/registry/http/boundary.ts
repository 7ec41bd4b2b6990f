import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isPrivateAddress, isPrivateHost } from './private-address.ts';
import { RedirectError } from './redirect-error.ts';

/** Which hosts a registry may lead to: one that is reached over the internet leads to no loopback or private address. */
export interface Boundary {
  /** @throws RedirectError where the URL's host is on the other side by its name */
  check(url: URL): void;
  /** Looks a name up for a connection, and fails with a {@link RedirectError} where it has only addresses on the other side. */
  readonly lookup: LookupFunction;
}

export interface BoundaryOptions {
  /** Where the registry's API is. */
  readonly base: URL;
  /** `name[:port]` of a token server that the configuration names, which may be anywhere. */
  readonly tokenServer?: string | undefined;
  /** Absent: the system's. */
  readonly lookup?: LookupFunction;
}

const rule = 'a registry in the internet may not lead to a loopback, link-local or private address';

/**
 * The boundary of a registry. Whether it is itself in a private network, its address says, or what its name is looked up as;
 * through a proxy, which looks names up itself, only the addresses in URLs are known.
 */
export function boundaryOf({ base, tokenServer, lookup: resolve = systemLookup }: BoundaryOptions): Boundary {
  const named = tokenServer === undefined ? undefined : new URL(`https://${tokenServer}`).hostname;
  let isInside = isPrivateHost(base.hostname);
  const isFree = (hostname: string): boolean => hostname === base.hostname || hostname === named;

  const lookup: LookupFunction = (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, found) => {
      const addresses = typeof found === 'string' ? [] : found;
      const [first] = addresses;
      if (error !== null || first === undefined) return callback(error, [], 0);
      // A name with addresses on both sides makes no registry a private one.
      if (hostname === base.hostname) isInside = addresses.every(({ address }) => isPrivateAddress(address));
      const isAllowed = ({ address }: { address: string }) => !isPrivateAddress(address);
      const allowed = isInside || isFree(hostname) ? addresses : addresses.filter(isAllowed);
      const [chosen] = allowed;
      if (chosen === undefined) return callback(new RedirectError(rule, `${hostname} (${first.address})`), [], 0);
      return options.all ? callback(null, allowed) : callback(null, chosen.address, chosen.family);
    });
  };

  return {
    lookup,
    check(url) {
      if (isInside || isFree(url.hostname) || !isPrivateHost(url.hostname)) return;
      throw new RedirectError(rule, url.host);
    },
  };
}

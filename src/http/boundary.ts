import { lookup as systemLookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { RedirectError } from './redirect-error.ts';

/** Which hosts a registry may lead to: one that is reached over the internet leads to no loopback or private address. */
export interface Boundary {
  /** @throws RedirectError where the URL's host is on the other side by its name */
  check(url: URL): void;
  /** Looks a name up for a connection, and fails with a {@link RedirectError} where it has only addresses on the other side. */
  readonly lookup: LookupFunction;
}

interface BoundaryOptions {
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
      // Of a name without an address, Node gives only the error.
      const addresses = Array.isArray(found) ? found : [];
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

/** Loopback, link-local and private IPv4 (RFC 1122, 1918, 3927, 6598, 6890), the metadata services of clouds among them. */
const subnets: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
];
/** Unspecified, loopback, unique local, link-local, site-local, and NAT64 for local use (RFC 4193, 4291, 8215). */
const subnets6: readonly (readonly [string, number])[] = [
  ['::', 128],
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['64:ff9b:1::', 48],
];

const privates = new BlockList();
for (const [net, prefix] of subnets) {
  privates.addSubnet(net, prefix, 'ipv4');
  // An IPv4 address in IPv6: as NAT64 and the old compatible form write it (mapped ones are known to BlockList), and 6to4.
  for (const before of ['64:ff9b::', '::']) privates.addSubnet(`${before}${net}`, 96 + prefix, 'ipv6');
  const [a = 0, b = 0, c = 0, d = 0] = net.split('.').map(Number);
  privates.addSubnet(`2002:${hex(a, b)}:${hex(c, d)}::`, 16 + prefix, 'ipv6');
}
for (const [net, prefix] of subnets6) privates.addSubnet(net, prefix, 'ipv6');

function hex(high: number, low: number): string {
  return (high * 256 + low).toString(16);
}

/** Whether an IP address is a loopback, link-local or private one. What is no address is not. */
function isPrivateAddress(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && privates.check(address.replace(/%.*$/, ''), family === 6 ? 'ipv6' : 'ipv4');
}

/**
 * Whether the host of a URL is this machine or in a private network, judged only by its name: an address, which a URL has in its
 * normal form however it was written, or `localhost`.
 */
function isPrivateHost(hostname: string): boolean {
  const name = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  return name === 'localhost' || name.endsWith('.localhost') || isPrivateAddress(name);
}

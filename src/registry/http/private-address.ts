import { BlockList, isIP } from 'node:net';

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
export function isPrivateAddress(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && privates.check(address.replace(/%.*$/, ''), family === 6 ? 'ipv6' : 'ipv4');
}

/**
 * Whether the host of a URL is this machine or in a private network by its name alone: an address, which a URL has in its
 * normal form however it was written, or `localhost`.
 */
export function isPrivateHost(hostname: string): boolean {
  const name = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  return name === 'localhost' || name.endsWith('.localhost') || isPrivateAddress(name);
}

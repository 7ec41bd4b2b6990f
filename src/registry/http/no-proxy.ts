import { BlockList, isIP } from 'node:net';

/**
 * `no_proxy` for one host, as Go's httpproxy reads it and undici does not: IPv6 addresses without brackets, and networks
 * (`10.0.0.0/8`), of which only whether the host is in one is kept.
 *
 * @param hostname that of a URL: an IPv6 address is in brackets
 */
export function noProxyFor(noProxy: string, hostname: string): string {
  const address = hostname.replace(/^\[|\]$/g, '');
  return noProxy
    .split(/[,\s]+/)
    .flatMap((entry) => {
      if (isIP(entry) === 6) return [`[${entry}]`];
      if (!entry.includes('/')) return [entry];
      return isWithin(address, entry) ? [hostname] : [];
    })
    .join(',');
}

function isWithin(address: string, network: string): boolean {
  const [net = '', prefix = ''] = network.split('/');
  const [family, ofNet] = [isIP(address), isIP(net)];
  if (family === 0 || family !== ofNet || !/^\d{1,3}$/.test(prefix) || Number(prefix) > (family === 6 ? 128 : 32))
    return false;
  const type = family === 6 ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  list.addSubnet(net, Number(prefix), type);
  return list.check(address, type);
}

import { BlockList, isIP } from 'node:net';
import type { Environment } from '../core/environment.ts';
import { problemError } from '../core/problem.ts';

/** A proxy, and how to log in to it. */
export interface Proxy {
  /** Without user and password, except for SOCKS, where the address is all that undici takes. */
  readonly uri: string;
  /** The value of `proxy-authorization`. */
  readonly token?: string;
  /** Its user's password, percent-decoded. */
  readonly password?: string;
}

const schemes: ReadonlyMap<string, string> = new Map([
  ['http:', 'http:'],
  ['https:', 'https:'],
  ['socks:', 'socks5:'],
  ['socks5:', 'socks5:'],
  ['socks5h:', 'socks5:'],
]);

/**
 * The proxy for requests of a scheme, as curl and git find it: `https_proxy` or `http_proxy`, else `all_proxy`, in lower or
 * upper case, with or without a scheme and a login; undefined where there is none.
 *
 * @throws UserError `network/proxy`
 */
export function proxyFor(scheme: 'http' | 'https', env: Environment): Proxy | undefined {
  const names = [`${scheme}_proxy`, `${scheme.toUpperCase()}_PROXY`, 'all_proxy', 'ALL_PROXY'];
  const name = names.find((candidate) => env[candidate]?.trim());
  return name === undefined ? undefined : readProxy(name, env[name]?.trim() ?? '');
}

function readProxy(name: string, text: string): Proxy {
  const address = text.includes('://') ? text : `http://${text}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const scheme = url && schemes.get(url.protocol);
  // A password may be in it: the value is not shown.
  if (url === undefined || url.hostname === '') throw badProxy(name, 'is not an address');
  if (scheme === undefined) throw badProxy(name, `has the scheme ${url.protocol.slice(0, -1)}, which is not supported`);
  const [user, password] = [decoded(url.username), decoded(url.password)];
  if (user === undefined || password === undefined) throw badProxy(name, 'is not an address');
  const secret = password === '' ? {} : { password };
  if (scheme === 'socks5:') return { uri: `${scheme}${url.href.slice(url.protocol.length)}`, ...secret };
  const uri = `${scheme}//${url.host}`;
  if (user === '' && password === '') return { uri };
  return { uri, token: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`, ...secret };
}

function badProxy(name: string, what: string) {
  return problemError(
    'network/proxy',
    `The proxy in the environment variable \`${name}\` ${what}.`,
    undefined,
    'Such as `http://proxy.example:3128` or `http://user:password@proxy.example:3128`; percent-encode `/`, `?`, `#`, `@` and `%` in user and password (`@` is `%40`).',
  );
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Never through a proxy, as Go's net/http has it and so skopeo. */
const loopback = 'localhost 127.0.0.1 ::1';

/**
 * What says of a URL whether it is asked for without the proxy: `no_proxy`, in lower or upper case, as Go's httpproxy and curl
 * read it. Names stand for themselves and their subdomains; `*` is every host; an address or a network (`10.0.0.0/8`) is
 * compared with hosts that are addresses; a port may follow.
 */
export function bypassesProxy(env: Environment): (url: URL) => boolean {
  const entries = `${env['no_proxy'] || env['NO_PROXY'] || ''} ${loopback}`
    .split(/[,\s]+/)
    .filter((entry) => entry !== '');
  if (entries.includes('*')) return () => true;
  const matchers = entries.map(matcherOf);
  return (url) => {
    const host = {
      name: url.hostname.replace(/^\[|\]$|\.$/g, ''),
      port: url.port || (url.protocol === 'http:' ? '80' : '443'),
    };
    return matchers.some((matches) => matches(host));
  };
}

type Matcher = (host: { readonly name: string; readonly port: string }) => boolean;

function matcherOf(entry: string): Matcher {
  const [, bracketed, plain = '', port] =
    /^(?:\[([^\]]*)\]|(.*?))(?::(\d+))?$/.exec(isIP(entry) === 6 ? `[${entry}]` : entry) ?? [];
  const text = bracketed ?? plain;
  const ofHost = text.includes('/') || isIP(text) > 0 ? networkMatcher(text) : nameMatcher(text);
  return (host) => (port === undefined || port === host.port) && ofHost(host.name);
}

function nameMatcher(text: string): (name: string) => boolean {
  const own = text.toLowerCase().replace(/^\*?\.|\.$/g, '');
  return (name) => own !== '' && (name === own || name.endsWith(`.${own}`));
}

function networkMatcher(text: string): (address: string) => boolean {
  const [net = '', prefix] = text.split('/');
  const family = isIP(net);
  const most = family === 6 ? 128 : 32;
  const bits = prefix === undefined ? most : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
  if (family === 0 || !(bits <= most)) return () => false;
  const list = new BlockList();
  list.addSubnet(net, bits, family === 6 ? 'ipv6' : 'ipv4');
  return (address) => isIP(address) === family && list.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

import { isIPv6 } from 'node:net';
import { isImageName } from '../core/names.ts';
import { hubHost, mistakenHubHosts } from '../registry/hub.ts';
import type { Fault } from '../yaml/findings.ts';

const longestName = 253;
const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const rule = 'A registry is `name` or `name:port`, without a scheme and a path.';

/**
 * Why `host` is no name of a registry, `undefined` when it is one. What docker and skopeo take for a registry's name
 * (distribution, reference/normalize.go: it holds `.` or `:`, or is `localhost`), in lower case.
 */
export function registryFault(host: string): Fault | undefined {
  const fault = (hint: string, message = rule): Fault => ({ code: 'registry-name', message, hint });
  if (/^[a-z]+:\/\//i.test(host)) return fault(schemeHint(host));
  if (host.includes('@')) return fault('Leave the user out, and log in with `docker login`.');
  if (host.includes('/')) return fault('What follows the `/` belongs in `namespace`.');
  if (/\s/.test(host)) return fault('Leave the space out.');
  const { name, port } = parts(host);
  if (port !== undefined && !isPort(port)) return fault('A port is a number from 1 to 65535.');
  if (mistakenHubHosts.includes(name) || (name === hubHost && port !== undefined))
    return fault(`Write \`${hubHost}\`.`, `The Docker Hub is \`${hubHost}\` here.`);
  if (name.startsWith('['))
    return isIPv6(name.slice(1, -1)) ? undefined : fault('Brackets are for an IPv6 address: `[::1]:5000`.');
  if (name !== name.toLowerCase()) return fault('Write it in lower case.');
  if (!isHostName(name))
    return fault('Parts of a name are letters, digits and `-`, joined by `.`: `registry.example.com:5000`.');
  if (!name.includes('.') && name !== 'localhost' && port === undefined)
    return fault(
      'Write the full name, or add the port: `name:443`.',
      "A registry's name holds a `.` or a `:`, or is `localhost`: docker and skopeo take any other for a path at the Docker Hub.",
    );
  return undefined;
}

/** Why `host` is not a valid host of a token server, `name` or `name:port`; `undefined` when it is one. */
export function tokenServerFault(host: string): Fault | undefined {
  const fault = (hint: string): Fault => ({
    code: 'token-server',
    message: 'A token server is `name` or `name:port`, without a scheme and a path.',
    hint,
  });
  if (/^[a-z]+:\/\//i.test(host))
    return fault('Leave the scheme and the path out: `https://auth.example.org/token` is `auth.example.org`.');
  if (host.includes('@')) return fault('Leave the user out, and log in with `docker login`.');
  if (host.includes('/')) return fault('Leave the path out: the registry says it.');
  if (/\s/.test(host)) return fault('Leave the space out.');
  const { name, port } = parts(host);
  if (port !== undefined && !isPort(port)) return fault('A port is a number from 1 to 65535.');
  if (name.startsWith('['))
    return isIPv6(name.slice(1, -1)) ? undefined : fault('Brackets are for an IPv6 address: `[::1]:5000`.');
  if (name !== name.toLowerCase()) return fault('Write it in lower case.');
  return isHostName(name)
    ? undefined
    : fault('Parts of a name are letters, digits and `-`, joined by `.`: `auth.example.org`.');
}

/** Why `namespace` is no path at the registry `host` (absent: any), `undefined` when it is one. */
export function namespaceFault(namespace: string, host: string | undefined): Fault | undefined {
  const fault = (hint: string): Fault => ({
    code: 'namespace',
    message:
      'A namespace is parts of lower-case letters and digits (joined by `.`, `_`, `__` or `-`), with `/` between them.',
    hint,
  });
  if (namespace === '')
    return host === hubHost ? fault('At the Docker Hub it is not empty: `library`, or your account.') : undefined;
  if (namespace.startsWith('/') || namespace.endsWith('/')) return fault('Leave the `/` at the beginning and end out.');
  if (namespace !== namespace.toLowerCase()) return fault('Write it in lower case.');
  if (/[:@]/.test(namespace)) return fault('It holds no tag and no digest, and the registry goes in `registry`.');
  return namespace.split('/').every(isImageName) ? undefined : fault('Such as `library` or `mirrors/docker`.');
}

function schemeHint(host: string): string {
  return host.toLowerCase().startsWith('http:')
    ? 'Leave `http://` out, and say `insecure: true` next to it for plain HTTP.'
    : 'Leave the scheme (`https://`) out.';
}

function parts(host: string): { readonly name: string; readonly port: string | undefined } {
  const [, name = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s.exec(host) ?? [];
  return { name, port };
}

function isPort(port: string): boolean {
  return /^[1-9]\d{0,4}$/.test(port) && Number(port) <= 65535;
}

function isHostName(name: string): boolean {
  return name.length <= longestName && name.split('.').every((part) => label.test(part));
}

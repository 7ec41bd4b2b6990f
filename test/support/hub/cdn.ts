import { createHmac, randomBytes } from 'node:crypto';
import { type CountingProxy, startCountingProxy } from '../counting-proxy.ts';

/** Where blobs are redirected to: addresses that are good for one blob, and take no other credentials. */
export interface Cdn extends CountingProxy {
  /** The address of a blob, from its path at the registry. */
  addressOf(path: string): string;
}

/** Starts a stand-in for the Hub's CDN before the registry at `targetHost`. */
export async function startCdn(targetHost: string): Promise<Cdn> {
  const secret = randomBytes(16);
  const sign = (path: string) => createHmac('sha256', secret).update(path).digest('base64url');
  const proxy = await startCountingProxy(targetHost, ({ url }, { headers }) => {
    const { pathname, searchParams } = new URL(url, 'http://cdn');
    if (searchParams.get('verify') !== sign(pathname)) return { status: 403, body: 'AccessDenied' };
    // As object stores do: two ways to prove who asks are refused.
    if (headers.authorization !== undefined) return { status: 400, body: 'InvalidArgument' };
    return undefined;
  });
  return { ...proxy, addressOf: (path) => `http://${proxy.host}${path}?verify=${sign(path)}` };
}

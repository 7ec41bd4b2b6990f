import { createPrivateKey, type KeyObject, randomUUID, sign, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../support/programs.ts';
import { type ScriptedServer, type SeenRequest, scriptedServer } from '../support/scripted-server.ts';
import { startService } from '../support/service.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { makeCertificate } from '../support/tls.ts';

const service = 'mirrorlock test';
const issuer = 'mirrorlock test issuer';

export interface TokenRegistry {
  readonly host: string;
  readonly tokenServer: ScriptedServer;
  stop(): Promise<void>;
}

/**
 * Starts Debian's docker-registry with token authentication (distribution's auth/token.md), and its token server: without
 * a password a token pulls, with that of `user` it may do what was asked for. `lifetime` is in seconds.
 */
export async function startTokenRegistry(
  user: { name: string; password: string },
  lifetime = 300,
): Promise<TokenRegistry> {
  const home = temporaryDirectory();
  const certificate = await makeCertificate(home.path);
  const key = createPrivateKey(readFileSync(join(home.path, 'tls.key'), 'utf8'));
  const x5c = [new X509Certificate(readFileSync(certificate)).raw.toString('base64')];

  const tokenServer = await scriptedServer((request) => {
    const known = `Basic ${Buffer.from(`${user.name}:${user.password}`).toString('base64')}`;
    const { authorization } = request.headers;
    if (authorization !== undefined && authorization !== known)
      return { status: 401, body: '{"details":"wrong password"}' };
    const access = accessOf(request, authorization === known);
    return { body: JSON.stringify({ token: token({ key, x5c, access, lifetime }), expires_in: lifetime }) };
  });

  const config = {
    version: '0.1',
    log: { accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(home.path, 'storage') }, delete: { enabled: true } },
    http: { addr: '127.0.0.1:0', secret: 'only for tests' },
    auth: { token: { realm: `http://${tokenServer.host}/token`, service, issuer, rootcertbundle: certificate } },
  };
  const configFile = join(home.path, 'config.json');
  writeFileSync(configFile, JSON.stringify(config));
  const registry = startService([findProgram('docker-registry'), 'serve', configFile], home.path);
  const [, host = ''] = await registry.logged(/listening on (127\.0\.0\.1:\d+)/);
  return {
    host,
    tokenServer,
    async stop() {
      await registry.stop();
      await tokenServer.close();
      await home.dispose();
    },
  };
}

interface Access {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

function accessOf({ path }: SeenRequest, mayWrite: boolean): Access[] {
  const scopes = new URL(path, 'http://x').searchParams.getAll('scope');
  return scopes.map((scope) => {
    const [type = '', name = '', actions = ''] = scope.split(':');
    return { type, name, actions: actions.split(',').filter((action) => mayWrite || action === 'pull') };
  });
}

function token(options: { key: KeyObject; x5c: string[]; access: Access[]; lifetime: number }): string {
  const now = Math.floor(Date.now() / 1_000);
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const header = part({ typ: 'JWT', alg: 'ES256', x5c: options.x5c });
  const claims = part({
    ...{ iss: issuer, sub: '', aud: service, jti: randomUUID(), access: options.access },
    ...{ iat: now, nbf: now - 60, exp: now + options.lifetime },
  });
  const text = `${header}.${claims}`;
  const signature = sign('sha256', Buffer.from(text), { key: options.key, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}

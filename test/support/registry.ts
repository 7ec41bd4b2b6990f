import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { onCleanUp } from './cleanup.ts';
import { findProgram } from './programs.ts';
import { startService } from './service.ts';
import { memoryDirectory } from './temporary-directory.ts';
import { makeCertificate } from './tls.ts';

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

export interface RegistryOptions {
  /** A program of distribution; default: Debian's docker-registry, which is 2.8. */
  readonly program?: string;
  /** Where the registry keeps its data, such as a folder filled by `writeRegistryStorage`; absent: a temporary folder. */
  readonly storage?: string;
  /** The one account that may do anything; absent: everybody may. */
  readonly htpasswd?: Credentials;
  /** Whether manifests may be deleted; default: no, as in distribution itself. */
  readonly deleteEnabled?: boolean;
  /** Whether every write is refused (405). */
  readonly readOnly?: boolean;
  /**
   * Which `urls` of layers it takes, as a regular expression of Go (distribution, docs/configuration.md, `validation`);
   * default: no validation, as in distribution itself.
   */
  readonly takesUrls?: string;
  /** Whether it finishes what it answers before it stops; default: it is gone at once, as distribution itself is. */
  readonly drains?: boolean;
  /** Whether to serve TLS, with a certificate of its own that nobody trusts yet; a text names whom it is for, as OpenSSL writes it. */
  readonly tls?: boolean | string;
}

export interface TestRegistry {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly storage: string;
  /** The certificate to trust, a PEM file named `ca.crt` alone in its folder; only with `tls`. */
  readonly certificate?: string;
  /** Kills it outright (SIGKILL), whatever it writes at that moment. Its storage stays until `stop`. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** Answers that wait for a body which never comes are not waited for. */
const drainTimeout = '2s';

/** Left to itself, Go collects garbage most of the time in so small a heap: half of a test registry's CPU time. */
const garbagePercent = 400;

/** Starts a registry of distribution on a free port of the loopback; throws when it is not installed or does not start. */
export async function startRegistry(options: RegistryOptions = {}): Promise<TestRegistry> {
  const program = options.program ?? findProgram('docker-registry');
  const home = memoryDirectory();
  const storage = options.storage ?? join(home.path, 'storage');
  const certificate = options.tls
    ? await makeCertificate(home.path, typeof options.tls === 'string' ? { names: options.tls } : {})
    : undefined;
  const configFile = join(home.path, 'config.json');
  writeFileSync(configFile, JSON.stringify(configuration(options, home.path, storage)));
  if (options.htpasswd) writeFileSync(join(home.path, 'htpasswd'), htpasswdLine(options.htpasswd));

  // distribution 3 sends traces to a port of this machine if nobody says otherwise.
  const settings = [`GOGC=${garbagePercent}`, 'OTEL_TRACES_EXPORTER=none'];
  const service = startService(['env', ...settings, program, 'serve', configFile], home.path);
  const stop = onCleanUp(async () => {
    await service.stop();
    await home.dispose();
  });
  const [, host = ''] = await service.logged(/listening on (127\.0\.0\.1:\d+)/);
  return { host, storage, kill: service.kill, stop, ...(certificate === undefined ? {} : { certificate }) };
}

/** A configuration as distribution documents it (docs/configuration.md); JSON is YAML. */
function configuration(options: RegistryOptions, home: string, storage: string): object {
  return {
    version: '0.1',
    log: { accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: storage },
      cache: { blobdescriptor: 'inmemory' },
      delete: { enabled: options.deleteEnabled ?? false },
      maintenance: { uploadpurging: { enabled: false }, readonly: { enabled: options.readOnly ?? false } },
    },
    ...(options.takesUrls === undefined
      ? {}
      : { validation: { enabled: true, manifests: { urls: { allow: [options.takesUrls] } } } }),
    http: {
      addr: '127.0.0.1:0',
      secret: 'only for tests',
      ...(options.drains ? { draintimeout: drainTimeout } : {}),
      ...(options.tls ? { tls: { certificate: join(home, 'tls/ca.crt'), key: join(home, 'tls.key') } } : {}),
    },
    ...(options.htpasswd ? { auth: { htpasswd: { realm: 'test', path: join(home, 'htpasswd') } } } : {}),
  };
}

function htpasswdLine({ user, password }: Credentials): string {
  return `${user}:${hashSync(password, 4)}\n`;
}

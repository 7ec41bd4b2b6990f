import { defined } from '../core/defined.ts';
import type { Environment } from '../core/environment.ts';
import type { SecretKeeper } from '../core/secrets.ts';
import { openDispatcher } from '../http/dispatcher.ts';
import { connect, type Pace, politePace } from './connection.ts';
import { openGitHub } from './github/github.ts';
import { openGitLab } from './gitlab/gitlab.ts';
import type { ForgeSettings } from './settings.ts';
import type { Forge } from './types.ts';

export interface OpenOptions {
  readonly env: Environment;
  readonly homeDirectory: string;
  readonly signal?: AbortSignal | undefined;
  /** Told what is waited for. */
  readonly debug?: (line: string) => void;
  readonly pace?: Pace;
  /** Keeps the secrets of the run out of what is printed. */
  readonly secrets?: Pick<SecretKeeper, 'add'> | undefined;
  /** How long one request may take, in milliseconds; 60,000 when absent. */
  readonly limitMs?: number;
}

const connections = 8;
const connectMs = 30_000;

/** Opens the repository on its forge; nothing is sent before it is asked something. Close it when done. */
export function openForge(settings: ForgeSettings, options: OpenOptions): Forge {
  const { env, homeDirectory, signal, debug = () => {}, pace = politePace, limitMs, secrets } = options;
  const { host, protocol } = new URL(settings.apiUrl);
  const way = { env, homeDirectory, ca: [], connections, connectMs, ...defined({ secrets }) };
  const connection = connect(settings, {
    openDispatcher: () => openDispatcher(host, protocol === 'https:', way),
    pace,
    signal,
    debug,
    ...defined({ limitMs }),
  });
  return settings.kind === 'github' ? openGitHub(connection) : openGitLab(connection);
}

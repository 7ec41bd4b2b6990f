import { join } from 'node:path';
import type { Environment } from './credential-types.ts';

/**
 * The files that may hold credentials, in the order in which they are asked: those of containers-auth.json(5), with
 * `$DOCKER_CONFIG` in place of `~/.docker` as docker has it. `userId` stands in the path that is used without
 * `$XDG_RUNTIME_DIR`.
 */
export function authFilePaths(env: Environment, homeDirectory: string, userId?: number): string[] {
  return [...primaryFile(env, userId), join(configHome(env, homeDirectory), 'containers', 'auth.json')].concat(
    join(env['DOCKER_CONFIG'] || join(homeDirectory, '.docker'), 'config.json'),
  );
}

function primaryFile(env: Environment, userId: number | undefined): string[] {
  if (env['REGISTRY_AUTH_FILE']) return [env['REGISTRY_AUTH_FILE']];
  if (env['XDG_RUNTIME_DIR']) return [join(env['XDG_RUNTIME_DIR'], 'containers', 'auth.json')];
  return userId === undefined ? [] : [`/run/containers/${userId}/auth.json`];
}

function configHome(env: Environment, homeDirectory: string): string {
  return env['XDG_CONFIG_HOME'] || join(homeDirectory, '.config');
}

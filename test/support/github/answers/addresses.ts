import type { RepositoryState, World } from '../state.ts';

export function apiOf(world: World, { fullName }: RepositoryState): string {
  return `${world.apiUrl}/repos/${fullName}`;
}

export function webOf(world: World, { fullName }: RepositoryState): string {
  return `${world.serverUrl}/${fullName}`;
}

/** Templates of addresses (RFC 6570), put below `base`. */
export function below(base: string, links: Readonly<Record<string, string>>): object {
  return Object.fromEntries(Object.entries(links).map(([name, path]) => [name, base + path]));
}

export const epoch = '2026-01-01T00:00:00Z';

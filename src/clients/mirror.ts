import { namespacePath, repositoryPath } from '../core/names.ts';
import type { Problem } from '../core/problem.ts';
import { hubHost, hubUrl, isHub } from '../registry/hub.ts';
import type { ClientName, Mirror } from './types.ts';

/** The namespace of official images at the Hub: what `debian:12` stands for begins with it. */
export const officialNamespace = 'library';

/** Official images by their full name, without the image. */
export const officialImages = `${hubHost}/${officialNamespace}`;

/** Where the registry answers: `https://registry.example.com`. */
export function urlOf({ host, insecure }: Mirror): string {
  if (isHub(host)) return hubUrl;
  return `${insecure ? 'http' : 'https'}://${host}`;
}

/** The place of the mirror's images: `registry.example.com/mirror`. */
export function placeOf({ host, namespace }: Mirror): string {
  return namespacePath(host, namespace);
}

/** An image of the mirror by its full name. */
export function fullName(mirror: Mirror): string {
  return `${mirror.host}/${repositoryPath(mirror.namespace, mirror.example)}`;
}

/**
 * What stands before `library` in the mirror's namespace: empty for `library`, `team` for `team/library`; undefined where
 * it does not end so. Clients that keep the path of a name find the mirror only where it ends so.
 */
export function pathBeforeLibrary({ namespace }: Mirror): string | undefined {
  if (namespace === officialNamespace) return '';
  const end = `/${officialNamespace}`;
  return namespace.endsWith(end) ? namespace.slice(0, -end.length) : undefined;
}

/** Whether the mirror is this machine, which a container only sees by the network of its host. */
export function isOfThisMachine({ host }: Mirror): boolean {
  return /^(?:localhost|127\.[\d.]+)(?::\d+)?$/.test(host);
}

/** Where the certificate of a private authority goes; nothing for plain HTTP. */
export function privateAuthority({ insecure }: Mirror, place: string): string[] {
  return insecure ? [] : [`A certificate of a private authority: ${place}.`];
}

/** For a client with a fallback that does not say who answered. */
export const whoAnswered =
  'A pull also succeeds where the fallback answered: the access log of the mirror shows what it was asked for.';

/** Says that a client keeps the path of a name, so that it cannot find the mirror. @param wanted the namespaces that it finds */
export function namespaceProblem(client: ClientName, mirror: Mirror, wanted: string): Problem {
  return {
    code: 'clients/namespace',
    severity: 'warning',
    message: `${client} asks a mirror for \`${officialNamespace}/IMAGE\`: it only finds images in a namespace ${wanted}.`,
    value: `${mirror.name}: ${placeOf(mirror)}`,
    hint: `Pull \`${fullName(mirror)}\` by its full name, or let the destination have such a namespace.`,
  };
}

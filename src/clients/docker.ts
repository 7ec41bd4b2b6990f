import { fullName, namespaceProblem, officialNamespace, urlOf } from './mirror.ts';
import type { ClientConfig, Mirror } from './types.ts';

/**
 * daemon.json (docs.docker.com, "Registry as a pull through cache" and "dockerd"). A mirror is a URL without a path, is
 * asked only for the Hub's images and keeps their paths.
 */
export function dockerConfig(mirror: Mirror): ClientConfig {
  const isFound = mirror.namespace === officialNamespace;
  const daemon = {
    ...(isFound ? { 'registry-mirrors': [urlOf(mirror)] } : {}),
    ...(mirror.insecure ? { 'insecure-registries': [mirror.host] } : {}),
  };
  const isEmpty = Object.keys(daemon).length === 0;
  return {
    files: isEmpty ? [] : [{ path: '/etc/docker/daemon.json', text: `${JSON.stringify(daemon, null, 2)}\n` }],
    steps: isEmpty
      ? ['No file helps: use the full name in FROM lines and commands.']
      : ['Add these keys where the file exists already.', 'systemctl reload docker'],
    fallback: isFound
      ? 'docker asks docker.io where the mirror does not answer or lacks an image. No setting forbids it: block docker.io in the network.'
      : 'There is none: a full name is only asked at its own registry.',
    limits: [
      '`registry-mirrors` only applies to images of docker.io, takes no path and keeps the names of images: the mirror must have them in the namespace `library`.',
      ...(isFound
        ? ['docker logs in at no mirror: it must let anybody pull. A full name uses `docker login`.']
        : [`\`docker login ${mirror.host}\` where the registry asks for it.`]),
    ],
    tryIt: isFound ? [`docker pull ${mirror.example}`] : [`docker pull ${fullName(mirror)}`],
    ...(isFound ? {} : { problem: namespaceProblem('docker', mirror, '`library`') }),
  };
}

import { stringify as toml } from 'smol-toml';
import {
  fullName,
  isOfThisMachine,
  namespaceProblem,
  officialNamespace,
  pathBeforeLibrary,
  privateAuthority,
  urlOf,
  whoAnswered,
} from './mirror.ts';
import type { ClientConfig, ClientName, Mirror } from './types.ts';

const wantedNamespaces = 'that is `library` or ends in `/library`';

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
      : [
          'Add these keys where the file exists already. Docker Desktop has it in its settings (Docker Engine), rootless docker in ~/.config/docker/daemon.json.',
          'systemctl reload docker',
        ],
    fallback: isFound
      ? 'docker asks docker.io where the mirror does not answer or lacks an image. No setting forbids it: block docker.io in the network.'
      : 'There is none: a full name is only asked at its own registry.',
    limits: [
      '`registry-mirrors` only applies to images of docker.io, takes no path and keeps the names of images: the mirror must have them in the namespace `library`.',
      ...(isFound
        ? ['docker logs in at no mirror: it must let anybody pull. A full name uses `docker login`.', whoAnswered]
        : [`\`docker login ${mirror.host}\` where the registry asks for it.`]),
      ...privateAuthority(mirror, `/etc/docker/certs.d/${mirror.host}/ca.crt`),
    ],
    tryIt: isFound
      ? [`docker info --format '{{json .RegistryConfig.Mirrors}}'`, `docker pull ${mirror.example}`]
      : [`docker pull ${fullName(mirror)}`],
    ...(isFound ? {} : { problem: namespaceProblem('docker', mirror, '`library`') }),
  };
}

/** buildkitd.toml (moby/buildkit, docs/buildkitd.toml.md). The path of a mirror stands before the name, which keeps `library`. */
export function buildkitConfig(mirror: Mirror): ClientConfig {
  const place = placeBeforeLibrary(mirror);
  const registry = {
    ...(place === undefined ? {} : { 'docker.io': { mirrors: [place] } }),
    ...(mirror.insecure ? { [mirror.host]: { http: true } } : {}),
  };
  const isEmpty = Object.keys(registry).length === 0;
  const file = '/etc/buildkit/buildkitd.toml';
  return {
    files: isEmpty ? [] : [{ path: file, text: `${toml({ registry }).trimEnd()}\n` }],
    steps: isEmpty
      ? ['No file helps: use the full name in FROM lines.']
      : [
          'Add these tables where the file exists already.',
          `For buildx: docker buildx create --use --driver docker-container ${isOfThisMachine(mirror) ? '--driver-opt network=host ' : ''}--buildkitd-config ${file} (--config in buildx before 0.13); for a buildkitd of your own: restart it.`,
        ],
    fallback:
      place === undefined
        ? 'There is none: a full name is only asked at its own registry.'
        : 'BuildKit asks docker.io where the mirror does not answer or lacks an image. No setting forbids it: block docker.io in the network.',
    limits: [
      'The builder in dockerd (`docker build` with the default driver) does not read this file, but daemon.json.',
      `BuildKit logs in at the mirror with what the client has: \`docker login ${mirror.host}\`.`,
      ...(place === undefined ? [] : [whoAnswered]),
      ...privateAuthority(mirror, `\`ca = ["FILE"]\` below \`[registry."${mirror.host}"]\` in ${file}`),
    ],
    tryIt: [`echo 'FROM ${place === undefined ? fullName(mirror) : mirror.example}' | docker buildx build --pull -`],
    ...unlessFound('buildkit', mirror),
  };
}

/** Flags of kaniko (its README, "--registry-mirror"). A mirror keeps the names of images, and may have a path before them. */
export function kanikoConfig(mirror: Mirror): ClientConfig {
  const place = placeBeforeLibrary(mirror);
  const flags = [
    ...(place === undefined ? [] : [`--registry-mirror=${place}`]),
    ...(mirror.insecure ? [`--insecure-registry=${mirror.host}`] : []),
  ];
  return {
    files: [],
    flags,
    steps: [
      flags.length === 0 ? 'No flag helps: use the full name in FROM lines.' : 'Add the flags to the executor’s.',
    ],
    fallback:
      place === undefined
        ? 'There is none: a full name is only asked at its own registry.'
        : 'kaniko asks docker.io where the mirror does not answer or lacks an image. To forbid it: --skip-default-registry-fallback.',
    limits: [
      `A login at the mirror stands in /kaniko/.docker/config.json, for ${mirror.host}.`,
      ...privateAuthority(mirror, `--registry-certificate=${mirror.host}=FILE`),
      ...(place?.includes('/') ? ['Old versions of kaniko take only a host for --registry-mirror, no path.'] : []),
    ],
    tryIt: [
      `mkdir -p mirror-test && echo 'FROM ${place === undefined ? fullName(mirror) : mirror.example}' > mirror-test/Dockerfile`,
      `docker run --rm ${isOfThisMachine(mirror) ? '--network host ' : ''}-v "$PWD/mirror-test:/workspace" gcr.io/kaniko-project/executor --no-push ${flags.join(' ')}`.trimEnd(),
    ],
    ...unlessFound('kaniko', mirror),
  };
}

function placeBeforeLibrary(mirror: Mirror): string | undefined {
  const before = pathBeforeLibrary(mirror);
  return before === '' ? mirror.host : before && `${mirror.host}/${before}`;
}

function unlessFound(client: ClientName, mirror: Mirror): Pick<ClientConfig, 'problem'> {
  if (pathBeforeLibrary(mirror) !== undefined) return {};
  return { problem: namespaceProblem(client, mirror, wantedNamespaces) };
}

import { unknownNameHint } from '../core/nearest.ts';
import { problemError } from '../core/problem.ts';
import { containerdConfig, rancherConfig } from './containerd.ts';
import { containersConfig, openshiftConfig } from './containers-conf.ts';
import { buildkitConfig, dockerConfig, kanikoConfig } from './docker.ts';
import { kubernetesConfig } from './kubernetes.ts';
import { type ClientConfig, type ClientName, clientNames, type Mirror } from './types.ts';

const writers: Readonly<Record<ClientName, (mirror: Mirror) => ClientConfig>> = {
  docker: dockerConfig,
  containerd: containerdConfig,
  podman: (mirror) => containersConfig('podman', mirror),
  'cri-o': (mirror) => containersConfig('cri-o', mirror),
  k3s: (mirror) => rancherConfig('k3s', mirror),
  rke2: (mirror) => rancherConfig('rke2', mirror),
  kubernetes: kubernetesConfig,
  buildkit: buildkitConfig,
  kaniko: kanikoConfig,
  openshift: openshiftConfig,
};

/** Gives what makes a client use a mirror for official images. Pure. */
export function clientConfigOf(client: ClientName, mirror: Mirror): ClientConfig {
  return writers[client](mirror);
}

/** Returns `text` as the name of a client; throws a UserError `clients/unknown`. */
export function parseClientName(text: string): ClientName {
  const name = clientNames.find((known) => known === text);
  if (name !== undefined) return name;
  throw problemError(
    'clients/unknown',
    `A client is one of ${clientNames.join(', ')}.`,
    text,
    unknownNameHint(text, clientNames),
  );
}

import { stringify as toml } from 'smol-toml';
import { stringify as yaml } from 'yaml';
import { hubUrl } from '../registry/hub.ts';
import {
  fullName,
  namespaceProblem,
  officialImages,
  pathBeforeLibrary,
  privateAuthority,
  urlOf,
  whoAnswered,
} from './mirror.ts';
import type { ClientConfig, ClientName, Mirror } from './types.ts';

const folder = '/etc/containerd/certs.d';
const forAllOfTheHub =
  'The file is for all images of docker.io: those that are not official are asked for at the mirror first, which lacks them.';
const wantedNamespaces = 'that is `library` or ends in `/library`';

/**
 * hosts.toml (hosts.md in containerd's documentation). The path of a host stands before the name, which keeps `library`. Without such a
 * namespace the file says how the mirror's own name is reached.
 */
export function containerdConfig(mirror: Mirror): ClientConfig {
  const before = pathBeforeLibrary(mirror);
  const capabilities = ['pull', 'resolve'];
  const host =
    before === undefined || before === ''
      ? { [urlOf(mirror)]: { capabilities } }
      : { [`${urlOf(mirror)}/v2/${before}`]: { capabilities, override_path: true } };
  const isFound = before !== undefined;
  const file = isFound
    ? { path: `${folder}/docker.io/hosts.toml`, text: toml({ server: hubUrl, host }) }
    : { path: `${folder}/${mirror.host}/hosts.toml`, text: toml({ server: urlOf(mirror), host }) };
  return {
    files: isFound || mirror.insecure ? [terminated(file)] : [],
    steps:
      !isFound && !mirror.insecure
        ? ['No file helps: use the full name in manifests and commands.']
        : [
            `In /etc/containerd/config.toml: \`config_path = "${folder}"\` below \`[plugins."io.containerd.grpc.v1.cri".registry]\` (containerd 1), or below \`[plugins."io.containerd.cri.v1.images".registry]\` (containerd 2); then systemctl restart containerd.`,
            'hosts.toml itself is read on each pull. Where it exists already, add this `[host]` table: hosts are asked in their order.',
          ],
    fallback: isFound
      ? `containerd asks \`server\` where the mirror does not answer or lacks an image. To forbid it, let \`server\` be the mirror: "${urlOf(mirror)}".`
      : 'There is none: a full name is only asked at its own registry.',
    limits: [
      ...(isFound ? [forAllOfTheHub] : []),
      'containerd logs in at no mirror by itself: it must let anybody pull, or the file needs a header (hosts.md in containerd’s documentation).',
      ...privateAuthority(mirror, authorityPlace(mirror, isFound)),
    ],
    tryIt: [
      isFound
        ? `ctr --debug image pull --hosts-dir ${folder} ${officialImages}/${mirror.example} 2>&1 | grep ${mirror.host}`
        : `ctr image pull --hosts-dir ${folder} ${fullName(mirror)}`,
      `crictl pull ${isFound ? mirror.example : fullName(mirror)}`,
    ],
    ...(isFound ? {} : { problem: namespaceProblem('containerd', mirror, wantedNamespaces) }),
  };
}

/** registries.yaml of K3s and RKE2 (docs.k3s.io, "Private Registry Configuration"): a rewrite gives names another path. */
export function rancherConfig(client: Extract<ClientName, 'k3s' | 'rke2'>, mirror: Mirror): ClientConfig {
  const path = mirror.namespace === '' ? '$1' : `${mirror.namespace}/$1`;
  const rewrite = pathBeforeLibrary(mirror) === '' ? {} : { rewrite: { '^library/(.*)': path } };
  const registries = { mirrors: { 'docker.io': { endpoint: [urlOf(mirror)], ...rewrite } } };
  const services = client === 'k3s' ? ['k3s', 'k3s-agent'] : ['rke2-server', 'rke2-agent'];
  return {
    files: [{ path: `/etc/rancher/${client}/registries.yaml`, text: yaml(registries, { lineWidth: 0 }) }],
    steps: [
      'Where the file exists already, add these entries to `mirrors`.',
      `On each node: systemctl restart ${services.join(', or ')}.`,
    ],
    fallback: `containerd asks docker.io last, by the name as it was. To forbid it, start the node with --disable-default-registry-endpoint.`,
    limits: [
      forAllOfTheHub,
      `A login stands in the same file: \`configs\`, "${mirror.host}", \`auth\`.`,
      ...privateAuthority(mirror, `\`configs\`, "${mirror.host}", \`tls\`, \`ca_file\` in the same file`),
      whoAnswered,
    ],
    tryIt: [`${crictl[client]} pull ${mirror.example}`],
  };
}

/** K3s has it as a command; RKE2 beside its data (docs.rke2.io, "Cluster Access"). */
const crictl = {
  k3s: 'k3s crictl',
  rke2: '/var/lib/rancher/rke2/bin/crictl --config /var/lib/rancher/rke2/agent/etc/crictl.yaml',
};

function authorityPlace(mirror: Mirror, isFound: boolean): string {
  return isFound
    ? '`ca = "FILE"` below the `[host]` table'
    : `${folder}/${mirror.host}/hosts.toml with \`ca = "FILE"\``;
}

function terminated({ path, text }: { path: string; text: string }) {
  return { path, text: text.endsWith('\n') ? text : `${text}\n` };
}

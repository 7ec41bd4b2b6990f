import { stringify as toml } from 'smol-toml';
import { stringifyDocuments } from './documents.ts';
import { officialImages, placeOf, privateAuthority, whoAnswered } from './mirror.ts';
import type { ClientConfig, ClientName, Mirror } from './types.ts';

const path = '/etc/containers/registries.conf.d/50-mirrorlock.conf';

/** Official images that `shortnames.conf` (containers/shortnames), which distributions install, has at registries of their vendors. */
const aliasedElsewhere = ['amazonlinux', 'centos', 'fedora', 'oraclelinux'];

/**
 * A drop-in of registries.conf (containers-registries.conf(5), "Remapping and mirroring registries"), which podman, buildah,
 * skopeo and CRI-O read: it maps one namespace to another.
 */
export function containersConfig(client: Extract<ClientName, 'podman' | 'cri-o'>, mirror: Mirror): ClientConfig {
  const place = { location: placeOf(mirror), ...(mirror.insecure ? { insecure: true } : {}) };
  const settings = {
    'unqualified-search-registries': ['docker.io'],
    registry: [{ prefix: officialImages, location: officialImages, mirror: [place] }],
  };
  const isPodman = client === 'podman';
  const isAliased = aliasedElsewhere.some((image) => mirror.example.startsWith(`${image}:`));
  const tried = isAliased ? `${officialImages}/${mirror.example}` : mirror.example;
  return {
    files: [{ path, text: `${toml(settings).trimEnd()}\n` }],
    steps: isPodman
      ? ['Nothing to restart: podman, buildah and skopeo read it on each run.']
      : ['systemctl reload crio'],
    fallback: `${client} asks ${officialImages} where the mirror does not answer or lacks an image. To forbid it, let \`location\` below \`[[registry]]\` be "${place.location}", with the same \`insecure\`, and leave \`[[registry.mirror]]\` out.`,
    limits: [
      '`unqualified-search-registries` replaces that of other files: a short name then means docker.io, unless it is an alias.',
      `\`shortnames.conf\` of distributions has aliases to other registries, such as those of ${aliasedElsewhere.join(', ')}: write ${officialImages}/fedora in full, or give the name another alias in a file that sorts behind it.`,
      isPodman
        ? `A login at the mirror: \`podman login ${mirror.host}\`.`
        : `A login at the mirror: \`global_auth_file\` of crio.conf, or a pull secret for ${mirror.host}.`,
      ...privateAuthority(mirror, `/etc/containers/certs.d/${mirror.host}/ca.crt`),
      ...(isPodman ? [] : [whoAnswered]),
    ],
    tryIt: isPodman
      ? [`podman pull ${tried}`, `podman --log-level=debug pull ${tried} 2>&1 | grep ${mirror.host}`]
      : [`crictl pull ${tried}`],
  };
}

/** Mirror sets of OpenShift (config.openshift.io/v1): one for tags, one for digests. */
export function openshiftConfig(mirror: Mirror): ClientConfig {
  const mirrors = [{ source: officialImages, mirrors: [placeOf(mirror)], mirrorSourcePolicy: 'AllowContactingSource' }];
  const metadata = { name: 'official-images' };
  const apiVersion = 'config.openshift.io/v1';
  const sets = [
    { apiVersion, kind: 'ImageTagMirrorSet', metadata, spec: { imageTagMirrors: mirrors } },
    { apiVersion, kind: 'ImageDigestMirrorSet', metadata, spec: { imageDigestMirrors: mirrors } },
  ];
  return {
    files: [{ path: 'official-images-mirror.yaml', text: stringifyDocuments(sets) }],
    steps: [
      'oc apply -f official-images-mirror.yaml',
      ...(mirror.insecure
        ? [
            `For plain HTTP: oc patch image.config.openshift.io/cluster --type=merge -p '{"spec":{"registrySources":{"insecureRegistries":["${mirror.host}"]}}}' (this replaces the list).`,
          ]
        : []),
      'The machine config operator writes it to each node: wait until `oc get machineconfigpool` says UPDATED.',
    ],
    fallback: `CRI-O asks ${officialImages} where the mirror does not answer or lacks an image. To forbid it: \`mirrorSourcePolicy: NeverContactSource\`.`,
    limits: [
      'ImageTagMirrorSet and ImageDigestMirrorSet are of OpenShift 4.13 and later, and do not stand beside ImageContentSourcePolicy.',
      `A login at the mirror belongs into the global pull secret of the cluster, for ${mirror.host}.`,
      ...privateAuthority(
        mirror,
        `a ConfigMap in openshift-config with the key "${mirror.host.replace(':', '..')}", named by \`additionalTrustedCA\` of image.config.openshift.io/cluster`,
      ),
      whoAnswered,
    ],
    tryIt: [`oc debug node/NODE -- chroot /host crictl pull ${officialImages}/${mirror.example}`],
  };
}

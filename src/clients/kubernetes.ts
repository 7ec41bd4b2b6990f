import { stringifyDocuments } from './documents.ts';
import { fullName, placeOf, privateAuthority } from './mirror.ts';
import type { ClientConfig, Mirror } from './types.ts';

/** `debian:12`, `library/debian:12`, and both after `docker.io/`: what is left is the image with its tag or digest. */
const officialName = '^(?:(?:index[.])?docker[.]io/)?(?:library/)?([^/]+)$';

/** A policy of Kyverno that writes the mirror's name into pods (kyverno.io, "Mutate Rules", foreach). */
export function kubernetesConfig(mirror: Mirror): ClientConfig {
  const policy = {
    apiVersion: 'kyverno.io/v1',
    kind: 'ClusterPolicy',
    metadata: {
      name: 'official-images-mirror',
      annotations: { 'pod-policies.kyverno.io/autogen-controllers': 'none' },
    },
    spec: {
      background: false,
      rules: ['containers', 'initContainers'].map((list) => mutation(list, mirror)),
    },
  };
  return {
    files: [{ path: 'official-images-mirror.yaml', text: stringifyDocuments([policy]) }],
    steps: ['Kyverno 1.6 or later must be installed.', 'kubectl apply -f official-images-mirror.yaml'],
    fallback:
      'There is none: a pod whose image the mirror lacks does not start. Settings of the nodes (containerd, cri-o, k3s, rke2, openshift) fall back to docker.io.',
    limits: [
      'This is an example: it changes all pods of the cluster when they are made, none that runs. Narrow `match` to what you mean.',
      'Each name without a registry, or of docker.io/library, is taken for an official image that the mirror has.',
      `Pods need an \`imagePullSecret\` for ${mirror.host} where the registry asks for a login.`,
      ...privateAuthority(mirror, 'each node’s container runtime must have it'),
      `The line to try prints \`${fullName(mirror)}\`.`,
      ...(mirror.insecure ? ['For plain HTTP the container runtime of each node has to be told as well.'] : []),
    ],
    tryIt: [
      `kubectl run mirror-test --image=${mirror.example} --dry-run=server -o jsonpath='{.spec.containers[0].image}{"\\n"}'`,
    ],
  };
}

function mutation(list: string, mirror: Mirror): object {
  const image = `{{ regex_replace_all('${officialName}', '{{element.image}}', '${placeOf(mirror)}/$1') }}`;
  return {
    name: `official-images-of-${list.toLowerCase()}`,
    match: { any: [{ resources: { kinds: ['Pod'] } }] },
    preconditions: {
      all: [
        { key: '{{ request.operation }}', operator: 'Equals', value: 'CREATE' },
        {
          key: `{{ request.object.spec.${list}[] || \`[]\` | length(@) }}`,
          operator: 'GreaterThanOrEquals',
          value: 1,
        },
      ],
    },
    mutate: {
      foreach: [
        {
          list: `request.object.spec.${list}`,
          patchesJson6902: `- op: replace\n  path: /spec/${list}/{{ elementIndex }}/image\n  value: "${image}"\n`,
        },
      ],
    },
  };
}

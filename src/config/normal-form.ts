import { readBudget } from './budget.ts';
import { readCi } from './ci/read.ts';
import { contentHash } from './content-hash.ts';
import type { Endpoint, EndpointContext } from './endpoint.ts';
import { checkEndpoints } from './endpoint-rules.ts';
import { readEndpoints, writtenSource } from './endpoints.ts';
import { readRules } from './image-rules.ts';
import { readOverrides } from './overrides.ts';
import { readPlatforms } from './platform-list.ts';
import { readPolicy } from './policy.ts';
import type { MirrorsYaml } from './schema.gen.ts';
import type { Sound } from './sound.ts';
import type { Config, Destination, RegistryNamespace, Source } from './types.ts';
import { readUpdate } from './update.ts';
import { readUpstream } from './upstream-address.ts';

/**
 * Brings data of the right shape into its normal form: shorthands expanded, defaults filled, variables replaced. Checks all
 * rules that the schema cannot say. What is wrong goes to the context's findings; without a source there is no form.
 */
export function normalForm(
  data: Sound<MirrorsYaml>,
  file: string,
  context: EndpointContext,
): Omit<Config, 'warnings'> | undefined {
  const { locate, findings } = context;
  const upstream = readUpstream(data.upstream, locate, findings);
  const platforms = readPlatforms(data.platforms, ['platforms'], locate, findings);
  const { include, exclude } = readRules(data.images, locate, findings);
  const endpoints = readEndpoints(data, context);
  checkEndpoints(endpoints, findings);
  if (endpoints.source === undefined) return undefined;
  const alternates = endpoints.alternates.map(({ place: _, ...alternate }) => alternate);
  const limit = data.source?.requestsPerMinute;
  const budget = readBudget(data.source?.budget, ['source', 'budget'], context);
  const source: Source = {
    ...registryNamespace(endpoints.source),
    alternates,
    ...(limit === undefined ? {} : { requestsPerMinute: limit }),
    ...(budget === undefined ? {} : { budget }),
  };
  const destinations = endpoints.destinations.flatMap(({ name, endpoint }): Destination[] =>
    name === undefined || endpoint === undefined ? [] : [{ name, ...registryNamespace(endpoint) }],
  );
  const overrides = readOverrides(data.overrides, locate, findings);
  const { attestations } = data;
  const kept = {
    ...(platforms === undefined ? {} : { platforms }),
    ...(attestations === undefined ? {} : { attestations }),
    ...(overrides.length === 0 ? {} : { overrides }),
  };
  const hash = contentHash({ upstream, source: writtenSource(data.source), ...kept, include, exclude });
  const policy = readPolicy(data.policy, context);
  const hosts = [source, ...alternates, ...destinations].map(({ registry }) => registry.host);
  const ci = readCi(data, { locate, findings, hosts: [...new Set(hosts)] });
  const update = readUpdate(data.update, locate, findings);
  const engine = data.apply?.engine;
  const own = { ...kept, update, ...(ci === undefined ? {} : { ci }), ...(engine === undefined ? {} : { engine }) };
  return { file, upstream, source, destinations, ...own, include, exclude, ...policy, contentHash: hash };
}

function registryNamespace({ registry, namespace }: Endpoint): RegistryNamespace {
  return { registry, namespace };
}

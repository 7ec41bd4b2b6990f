import schema from '../../schema/mirrors.schema.json' with { type: 'json' };

const { upstream, source, policy } = schema.$defs;

/** What stands for what mirrors.yaml leaves out, as the schema says it. */
export const defaults = {
  repository: upstream.properties.repository.default,
  ref: upstream.properties.ref.default,
  sourceRegistry: source.properties.registry.default,
  sourceNamespace: source.properties.namespace.default,
  dropped: policy.properties.dropped.default === 'prune' ? 'prune' : 'keep',
} as const;

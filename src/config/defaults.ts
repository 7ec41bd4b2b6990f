import schema from '../../schema/mirrors.schema.json' with { type: 'json' };

const {
  upstream,
  source,
  policy,
  prune,
  pruneCeiling,
  ci,
  schedule,
  kubernetes,
  publishedCatalog,
  update,
  apply,
  review,
  vulnerabilities,
  metrics,
  noticeTarget,
} = schema.$defs;

/** What stands for what mirrors.yaml leaves out, as the schema says it. */
export const defaults = {
  repository: upstream.properties.repository.default,
  ref: upstream.properties.ref.default,
  sourceRegistry: source.properties.registry.default,
  sourceNamespace: source.properties.namespace.default,
  dropped: policy.properties.dropped.default === 'prune' ? 'prune' : 'keep',
  engine: apply.properties.engine.default === 'skopeo' ? 'skopeo' : 'direct',
  updateBranch: update.properties.branch.default,
  review: {
    evidence: 'git',
    share: review.properties.share.default,
    platform: review.properties.platform.default,
    osvTimeout: vulnerabilities.properties.timeout.default,
  },
  metricsJob: metrics.properties.job.default,
  notice: {
    waits: noticeTarget.properties.waits.default,
    repeat: noticeTarget.properties.repeat.default,
  },
  prune: {
    after: prune.properties.after.default,
    tags: pruneCeiling.properties.tags.default,
    percent: pruneCeiling.properties.percent.default,
  },
  ci: {
    tool: ci.properties.tool.default === 'dependency' ? 'dependency' : 'checkout',
    node: ci.properties.node.default,
    jobs: ci.properties.jobs.default,
    update: schedule.properties.update.default,
    drift: schedule.properties.drift.default,
    mark: ci.properties.mark.default,
    cache: ci.properties.cache.default,
    catalogHistory: publishedCatalog.properties.history.default,
    catalogImage: kubernetes.properties.catalogImage.default,
    branch: kubernetes.properties.branch.default,
    namespace: kubernetes.properties.namespace.default,
    tokenSecret: kubernetes.properties.tokenSecret.default,
  },
} as const;

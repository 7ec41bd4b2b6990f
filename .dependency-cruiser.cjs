// The stages from left to right: a stage imports those to its left, never those to its right (docs: CONTRIBUTING.md).
const layers = [
  'core',
  'registry',
  'upstream',
  'config',
  'select',
  'resolve',
  'lock',
  'diff',
  'render',
  'plan',
  'simulate',
  'apply',
  'verify',
  'prune',
  'airgap',
  'forge',
  'review',
  'update',
  'commands',
  'cli',
];
module.exports = {
  forbidden: [
    ...layers.map((layer, index) => ({
      name: `${layer}-imports-only-to-its-left`,
      severity: 'error',
      from: { path: `^src/${layer}/` },
      to: { path: `^src/(${layers.slice(index + 1).join('|') || '$none'})/` },
    })),
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'src-imports-only-src',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|demo|scripts)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
  },
};

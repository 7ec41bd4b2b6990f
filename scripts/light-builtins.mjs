// Keeps a start from loading what no command needs at once. Measured: each of these takes some milliseconds.

/** By what is imported: who imports it (absent: anybody), and what stands in its place. */
const standIns = [
  // Handlebars goes without it; nothing here asks for maps of templates.
  { name: /^source-map$/, contents: 'export {};' },
  // As a module of Node, its exports are read one by one, which opens the standard streams.
  {
    name: /^(?:node:)?process$/,
    contents: 'module.exports = globalThis.process;',
  },
  // As modules of Node their exports are read one by one, some of which load more; so each loads when it is first used.
  ...['crypto', 'net', 'util'].map((builtin) => ({
    name: new RegExp(`^(?:node:)?${builtin}$`),
    contents: [
      `const load = () => process.getBuiltinModule('node:${builtin}');`,
      'module.exports = Object.create(new Proxy({}, { get: (_, name) => load()[name], has: (_, name) => name in load() }));',
    ].join('\n'),
  })),
  // For subcommands that are programs of their own, which there are none of.
  {
    name: /^(?:node:)?child_process$/,
    importer: /node_modules\/commander\//,
    contents: "export const spawn = (...args) => process.getBuiltinModule('node:child_process').spawn(...args);",
  },
];

export const lightBuiltins = {
  name: 'light-builtins',
  setup(build) {
    for (const [index, { name, importer, contents }] of standIns.entries()) {
      const namespace = `light-${index}`;
      build.onResolve({ filter: name }, (asked) =>
        importer === undefined || importer.test(asked.importer) ? { path: asked.path, namespace } : undefined,
      );
      build.onLoad({ filter: /.*/, namespace }, () => ({ contents }));
    }
  },
};

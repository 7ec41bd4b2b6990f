// Evaluates packages when they are first used, not when a command starts. Measured: each takes 5 ms or more of a start.
import { fileURLToPath } from 'node:url';

/** Those whose default export is what is used, and which many commands import and few of their runs need. */
const packages = /^(?:semver|write-file-atomic|prom-client|string-width)$/;
const root = fileURLToPath(new URL('..', import.meta.url));

export const lazyPackages = {
  name: 'lazy-packages',
  setup(build) {
    build.onResolve({ filter: packages }, ({ path, namespace }) =>
      namespace === 'lazy' ? undefined : { path, namespace: 'lazy' },
    );
    build.onLoad({ filter: /.*/, namespace: 'lazy' }, ({ path }) => ({
      resolveDir: root,
      contents: [
        `const load = () => { const loaded = require(${JSON.stringify(path)}); return loaded.default ?? loaded; };`,
        'export default new Proxy(() => undefined, {',
        '  apply: (_, self, given) => Reflect.apply(load(), self, given),',
        '  get: (_, name) => load()[name],',
        '});',
      ].join('\n'),
    }));
  },
};

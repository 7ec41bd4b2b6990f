import { join } from 'node:path';
import { type CountingProxy, startCountingProxy } from '../counting-proxy.ts';
import { startRegistry, type TestRegistry } from '../registry.ts';
import { memoryDirectory } from '../temporary-directory.ts';

/** A destination behind a counting proxy, which may be stopped and started while it is used. */
export interface RestartableRegistry {
  readonly proxy: CountingProxy;
  readonly storage: string;
  /** Stops the registry; before it is started again, the proxy answers 502. */
  restart(downMs: number): Promise<void>;
  stop(): Promise<void>;
}

/**
 * It is stopped as its operator would: killed while it writes one of its small files, distribution leaves that empty, and then
 * answers 500 to whatever needs it, for ever (measured with 2.8.2: links of layers, tags and manifests, and manifests).
 */
export async function restartableRegistry(): Promise<RestartableRegistry> {
  const home = memoryDirectory();
  const storage = join(home.path, 'storage');
  let registry: TestRegistry = await startRegistry({ storage, drains: true });
  let restarting = Promise.resolve();
  const proxy = await startCountingProxy(() => registry.host);
  return {
    proxy,
    storage,
    restart(downMs) {
      restarting = restarting.then(async () => {
        await registry.stop();
        await new Promise((resolve) => setTimeout(resolve, downMs));
        registry = await startRegistry({ storage, drains: true });
      });
      return restarting;
    },
    async stop() {
      await restarting;
      await proxy.stop();
      await registry.stop();
      await home.dispose();
    },
  };
}

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

export async function restartableRegistry(): Promise<RestartableRegistry> {
  const home = memoryDirectory();
  const storage = join(home.path, 'storage');
  let registry: TestRegistry = await startRegistry({ storage });
  let restarting = Promise.resolve();
  const proxy = await startCountingProxy(() => registry.host);
  return {
    proxy,
    storage,
    restart(downMs) {
      restarting = restarting.then(async () => {
        await registry.stop();
        await new Promise((resolve) => setTimeout(resolve, downMs));
        registry = await startRegistry({ storage });
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

import { join } from 'node:path';
import { startRegistry, type TestRegistry } from '../registry.ts';
import { memoryDirectory } from '../temporary-directory.ts';

/** A registry that may be stopped or killed, and started again, while it is used. */
export interface MortalRegistry {
  /** Where it listens; another address after each start. */
  readonly host: () => string;
  readonly storage: string;
  /** Whether it is not to be asked: what was its address may be another program's by now. */
  readonly isDown: boolean;
  /**
   * Takes it down: asked to stop, it finishes what it answers, and the promise is kept at once; killed, it leaves half what
   * it writes, and the promise is kept when it is gone.
   */
  goDown(how: 'stop' | 'kill'): Promise<void>;
  /** Starts it again, on the same storage; nothing to do where it is up. */
  comeUp(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts one on `storage`, or on a new folder. Killed while it writes one of its small files, distribution leaves that
 * empty, and then answers 500 to whatever needs it (measured with 2.8.2: links of layers, tags and manifests, and
 * manifests). A link is written again when what it leads to is put again; a manifest never is, whatever a client does.
 */
export async function mortalRegistry(storage?: string): Promise<MortalRegistry> {
  const home = memoryDirectory();
  const options = { storage: storage ?? join(home.path, 'storage'), drains: true };
  let registry: TestRegistry = await startRegistry(options);
  let isDown = false;
  let gone = Promise.resolve();
  let coming: Promise<void> | undefined;
  const start = async (): Promise<void> => {
    await gone;
    registry = await startRegistry(options);
    isDown = false;
    coming = undefined;
  };
  return {
    host: () => registry.host,
    storage: options.storage,
    get isDown() {
      return isDown;
    },
    async goDown(how) {
      if (isDown) return;
      isDown = true;
      if (how === 'kill') await registry.kill();
      gone = registry.stop();
    },
    async comeUp() {
      if (!isDown) return;
      coming ??= start();
      await coming;
    },
    async stop() {
      await coming;
      await gone;
      await registry.stop();
      await home.dispose();
    },
  };
}

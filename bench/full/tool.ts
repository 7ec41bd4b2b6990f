import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CliOptions, startCli } from '../../test/support/cli.ts';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';

/** A mirror repository with everything that is in the library, or some of its images. */
export interface Mirror {
  readonly path: string;
  /** Runs the built command in it; throws when it fails, with what it said. */
  run(...args: readonly string[]): Promise<ToolRun>;
}

export interface ToolRun {
  readonly ms: number;
  /** The most memory that the tool's own process had (`VmHWM`), in MiB. */
  readonly peakMib: number;
  readonly stdout: string;
}

export interface MirrorSettings {
  readonly upstream: string;
  /** `HOST:PORT`, plain HTTP. */
  readonly source: string;
  readonly destination: string;
  /** Default: every image. */
  readonly images?: readonly string[] | undefined;
  /** The program that runs; default: the built command of this checkout. */
  readonly command?: string | undefined;
}

/** Makes a mirror repository. */
export function makeMirror(settings: MirrorSettings): Mirror {
  const { upstream, source, destination, images = ['*'], command } = settings;
  const home = temporaryDirectory().path;
  const path = join(home, 'mirror');
  mkdirSync(path);
  writeFileSync(
    join(path, 'mirrors.yaml'),
    `version: 1
upstream: {repository: ${JSON.stringify(upstream)}}
source: {registry: ${JSON.stringify(source)}, namespace: library, insecure: true}
destinations: [{name: main, registry: ${JSON.stringify(destination)}, namespace: library, insecure: true}]
images: {include: ${JSON.stringify(images)}}
`,
  );
  const options = { cwd: path, env: { MIRRORLOCK_CACHE: join(home, 'cache') }, ...(command ? { command } : {}) };
  return { path, run: (...args) => runTool(args, options) };
}

async function runTool(args: readonly string[], options: CliOptions): Promise<ToolRun> {
  const start = performance.now();
  const running = startCli([...args, '--quiet'], options);
  let peakMib = 0;
  const watch = setInterval(() => {
    peakMib = Math.max(peakMib, peakMemory(running.pid));
  }, 50);
  const { code, stdout, stderr } = await running.result;
  clearInterval(watch);
  if (code !== 0) throw new Error(`mirrorlock ${args.join(' ')} ended with ${code}:\n${stderr.slice(-4000)}`);
  return { ms: performance.now() - start, peakMib, stdout };
}

/** What proc(5) says of a process, in MiB; 0 once it is gone. */
function peakMemory(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024;
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return 0;
    throw error;
  }
}

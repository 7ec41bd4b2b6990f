import { readFile, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import semver from 'semver';
import type { Source } from '../../config/types.ts';
import { attempt } from '../../core/attempt.ts';
import { bytesText } from '../../core/bytes.ts';
import { durationText } from '../../core/duration.ts';
import { codeOf, makeFolder } from '../../core/file-errors.ts';
import { temporaryFolder } from '../../core/temporary-folder.ts';
import { runGit } from '../../forge/git/run.ts';
import { lazyDispatcher, openDispatcher } from '../../http/dispatcher.ts';
import { defaultTimeouts, exchangeOver } from '../../http/exchange.ts';
import { TransportError } from '../../http/transport-error.ts';
import { baseUrl } from '../../registry/address.ts';
import type { Context } from '../../session/context.ts';
import { mirrorGit } from '../../session/mirror-repository.ts';
import { broken, type Finding, ok, warning } from './finding.ts';

/** With less, blobs and manifests that are kept may not fit. */
const leastFree = 1_000_000_000;
/** From then on tokens are refused that a registry has just given. */
const mostSkewMs = 120_000;
/** The first that reads settings from the environment (`GIT_CONFIG_COUNT`), by which no process list shows them. */
const leastGit = '2.31.0';

/** The Node that runs this. */
export async function lookAtNode({ packageDirectory }: Context, version = process.versions.node): Promise<Finding> {
  const { engines } = JSON.parse(await readFile(join(packageDirectory, 'package.json'), 'utf8'));
  const least = String(engines.node).replace(/^>=/, '');
  if (semver.gte(version, least)) return ok('node', `Node ${version}.`);
  return broken('node', `Node ${version} is too old.`, `Install Node ${least} or newer.`);
}

/** The git on the PATH. */
export async function lookAtGit(context: Context): Promise<Finding> {
  const hint = `Install git ${leastGit} or newer, and have it on the PATH.`;
  const answer = await attempt(() => runGit({ ...mirrorGit(context), directory: '/' }, { args: ['--version'] }));
  const version = answer.ok ? /^git version (\d+\.\d+\.\d+)/.exec(answer.value.stdout)?.[1] : undefined;
  if (version === undefined) return { ...broken('git', 'git cannot be run.', hint), code: 'git/missing' };
  return semver.gte(version, leastGit)
    ? ok('git', `git ${version}.`)
    : broken('git', `git ${version} is too old.`, hint);
}

/** Whether the cache folder can be written, and has room. */
export async function lookAtCache({ cacheDirectory }: Context): Promise<Finding> {
  try {
    await makeFolder(cacheDirectory);
    const trial = await temporaryFolder('doctor', cacheDirectory);
    await writeFile(join(trial.path, 'trial'), 'trial').finally(trial.remove);
    const { bavail, bsize } = await statfs(cacheDirectory);
    const free = bavail * bsize;
    if (free >= leastFree) return ok('cache', `${cacheDirectory} can be written; ${bytesText(free)} are free.`);
    const hint = 'Make room, or name another folder by MIRRORLOCK_CACHE.';
    return warning('cache', `Only ${bytesText(free)} are free at ${cacheDirectory}.`, hint);
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    const hint = 'Name a folder that this user may write by MIRRORLOCK_CACHE.';
    return broken('cache', `${cacheDirectory} cannot be written (${code}).`, hint);
  }
}

/** How far this machine's clock is from the source's, by the date of an answer; nothing where no answer came. */
export async function lookAtClock(context: Context, { registry }: Source): Promise<readonly Finding[]> {
  const base = baseUrl(registry);
  const way = { env: context.env, homeDirectory: context.homeDirectory, ca: [], connections: 1, connectMs: 10_000 };
  const network = lazyDispatcher(() => openDispatcher(registry.host, base.protocol === 'https:', way));
  const timeouts = { ...defaultTimeouts, connectMs: 10_000, headersMs: 10_000, totalMs: 15_000 };
  const ask = exchangeOver(network.open, timeouts, context.signal);
  try {
    const { headers } = await ask({ method: 'GET', url: new URL('/v2/', base), headers: {}, maxBytes: 65_536 });
    const there = Date.parse(headers['date'] ?? '');
    if (Number.isNaN(there)) return [];
    const skew = Math.abs(context.now().getTime() - there);
    if (skew <= mostSkewMs) return [ok('clock', `The clock agrees with that of ${registry.host}.`)];
    const message = `The clock is ${durationText(skew)} from that of ${registry.host}.`;
    return [broken('clock', message, 'Set it, such as by NTP: tokens and certificates are valid for a time.')];
  } catch (error) {
    // What there is to say of the source, its own line says.
    if (error instanceof TransportError) return [];
    throw error;
  } finally {
    await network.close();
  }
}

import { parseConfig } from '../../src/config/parse.ts';
import type { Config } from '../../src/config/types.ts';
import { readOptions, type SimulationRequest } from '../../src/simulate/options.ts';
import type { SimulationReport } from '../../src/simulate/report-types.ts';
import { simulate } from '../../src/simulate/simulate.ts';
import { openHistory } from '../../src/upstream/open.ts';
import type { UpstreamHistory } from '../../src/upstream/types.ts';
import { plainEnv } from '../support/git.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { makeUpstream } from '../support/upstream.ts';

/** A configuration of include and exclude rules, as YAML lists. */
export function config(rules: string, file = 'mirrors.yaml'): Config {
  return parseConfig(`version: 1\n${rules}\n`, { file, env: {} });
}

export function request(changes: Partial<SimulationRequest> = {}): SimulationRequest {
  return { since: '2026-01-01', every: '6h', limit: '100', rebuildModel: 'none', ...changes };
}

/** Reads a part of a repository's history, through a cache of its own. */
export function historyOf(repository: string, asked: SimulationRequest, ref = 'master'): Promise<UpstreamHistory> {
  const { since, until = Number.POSITIVE_INFINITY } = readOptions(asked);
  const range = { since, beginsBefore: since + 86_400, until };
  return openHistory({ repository, ref }, range, { cacheDirectory: temporaryDirectory().path, env: plainEnv });
}

/** Simulates on a repository; the report names no path of this machine. */
export async function simulateOn(
  repository: string,
  configs: readonly Config[],
  asked = request(),
  ref = 'master',
): Promise<SimulationReport> {
  const history = await historyOf(repository, asked, ref);
  return simulate({ ...history, repository: 'https://git.example/official-images.git' }, configs, readOptions(asked));
}

/**
 * A history of seven commits, six hours apart, from midnight of 2026-01-01: the library; a Go release; one of Node and one
 * of Python in one commit; a file that is refused; the same mended, with another commit for one architecture; nothing but a
 * comment; Redis is retired.
 */
export async function smallHistory(): Promise<string> {
  const upstream = await makeUpstream(temporaryDirectory().path);
  upstream.release('golang', '1.27.0', '1.27.1');
  await upstream.commit('Update golang');
  upstream.release('node', '26.7.0', '26.7.1');
  upstream.release('python', '3.15.0rc1', '3.15.0rc2');
  await upstream.commit('Update node and python');
  const debian = upstream.read('debian');
  upstream.write('debian', 'no field\n');
  await upstream.commit('Break debian');
  upstream.write('debian', debian.replace(/^s390x-GitCommit: .*$/m, `s390x-GitCommit: ${'a'.repeat(40)}`));
  await upstream.commit('Mend debian');
  upstream.write('alpine', `# a comment\n${upstream.read('alpine')}`);
  await upstream.commit('Say something about alpine');
  upstream.remove('redis');
  await upstream.commit('Retire redis');
  return upstream.path;
}

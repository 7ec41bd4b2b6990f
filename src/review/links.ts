import { isImageName } from '../core/names.ts';
import { parseRemoteUrl } from '../forge/address.ts';
import type { ForgeKind } from '../forge/types.ts';

/** Pages of an upstream repository; each undefined where its host is not known to have such a page. */
interface UpstreamLinks {
  compare(from: string, to: string): string | undefined;
  libraryFile(commit: string, image: string): string | undefined;
}

/** What stands between a repository's address and the name of a page. */
const separators: Readonly<Record<ForgeKind, string>> = { github: '', gitlab: '/-' };
const commitPattern = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;

/** The pages of an upstream on a GitHub or GitLab; none for a path or another host. */
export function upstreamLinks(repository: string): UpstreamLinks {
  const remote = parseRemoteUrl(repository);
  const kind = kindOf(remote?.host ?? '');
  if (remote === undefined || kind === undefined) return { compare: () => undefined, libraryFile: () => undefined };
  const page = (commits: readonly string[], path: string) =>
    commits.every((commit) => commitPattern.test(commit))
      ? `${remote.origin}/${remote.repository}${separators[kind]}/${path}`
      : undefined;
  return {
    compare: (from, to) => page([from, to], `compare/${from}...${to}`),
    libraryFile: (commit, image) =>
      isImageName(image) ? page([commit], `blob/${commit}/library/${image}`) : undefined,
  };
}

/** By its host, as the forges' own servers are called. */
function kindOf(host: string): ForgeKind | undefined {
  const [, kind] = /(?:^|\.)(github|gitlab)\.\w/.exec(host) ?? [];
  return kind === 'github' || kind === 'gitlab' ? kind : undefined;
}

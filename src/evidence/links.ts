import { splitAddress } from '../git/address.ts';

/** Where a forge shows what a git repository holds. Each is a URL; `compare` is absent where the forge has no such page. */
export interface ForgePages {
  commit(sha: string): string;
  file(sha: string, path: string): string;
  compare?(from: string, to: string): string;
}

type Pages = (repository: string) => ForgePages;

const github: Pages = (base) => ({
  commit: (sha) => `${base}/commit/${sha}`,
  file: (sha, path) => `${base}/blob/${sha}/${path}`,
  compare: (from, to) => `${base}/compare/${from}...${to}`,
});

const gitlab: Pages = (base) => github(`${base}/-`);

/** Gitea and Forgejo. */
const gitea: Pages = (base) => ({ ...github(base), file: (sha, path) => `${base}/src/commit/${sha}/${path}` });

/** In its comparisons the newer one comes first. */
const bitbucket: Pages = (base) => ({
  commit: (sha) => `${base}/commits/${sha}`,
  file: (sha, path) => `${base}/src/${sha}/${path}`,
  compare: (from, to) => `${base}/branches/compare/${to}..${from}`,
});

const sourcehut: Pages = (base) => ({
  commit: (sha) => `${base}/commit/${sha}`,
  file: (sha, path) => `${base}/tree/${sha}/item/${path}`,
});

/** cgit, which Launchpad runs too. */
const cgit: Pages = (base) => ({
  commit: (sha) => `${base}/commit/?id=${sha}`,
  file: (sha, path) => `${base}/tree/${path}?id=${sha}`,
  compare: (from, to) => `${base}/diff/?id=${to}&id2=${from}`,
});

/** By the name of the host, the first that fits: those that everybody knows, and those whose name says what they run. */
const forges: readonly (readonly [RegExp, Pages, path: RegExp])[] = [
  [/^github\.com$/, github, /^[^/]+\/[^/]+$/],
  [/^gitlab\.com$|(?:^|\.)gitlab\./, gitlab, /^[^/]+(?:\/[^/]+)+$/],
  [/^bitbucket\.org$/, bitbucket, /^[^/]+\/[^/]+$/],
  [/^codeberg\.org$|^(?:gitea|forgejo)\./, gitea, /^[^/]+\/[^/]+$/],
  [/^git\.sr\.ht$/, sourcehut, /^~[^/]+\/[^/]+$/],
  [/^git\.(?:kernel\.org|zx2c4\.com|launchpad\.net)$|^cgit\./, cgit, /./],
];

/**
 * The pages of the forge that a git repository is at; `undefined` where the address is not one of a forge that is known:
 * a path, a port of its own, an unknown host. They never hold what stands before an `@` or behind a `?`.
 *
 * @param repository an address as git takes it, from a stranger
 */
export function forgePages(repository: string): ForgePages | undefined {
  const place = webPlace(repository);
  if (place === undefined) return undefined;
  const [, pages] = forges.find(([host, , path]) => host.test(place.host) && path.test(place.path)) ?? [];
  return pages?.(`https://${place.host}/${place.path}`);
}

const webProtocols = ['https', 'http', 'git', 'ssh', 'git+ssh', 'git+https'];
/** What a repository's path is made of at these forges; neither `.` nor `..` is a part of it. */
const pathPattern = /^(?:[A-Za-z0-9_~+-]|\.(?!\.?(?:\/|$)))(?:[A-Za-z0-9_~+.-]|\/(?!\/|\.{1,2}(?:\/|$)))*$/;

function webPlace(repository: string): { readonly host: string; readonly path: string } | undefined {
  const parts = splitAddress(repository);
  if (parts.kind === 'path') return undefined;
  if (parts.kind === 'url' && !webProtocols.includes(parts.protocol)) return undefined;
  const [rest = ''] = (parts.kind === 'url' ? parts.rest : parts.path).split(/[?#]/);
  // What looks like `host:path` may be `name:password@host/path` without its protocol.
  if (rest.includes('@')) return undefined;
  const host = parts.authority.slice(parts.authority.lastIndexOf('@') + 1).toLowerCase();
  const withoutEnds = rest.replace(/^\/+|\/+$/g, '');
  // cgit shows a repository by its full name.
  const path = /^git\.(?:kernel|zx2c4)\./.test(host) ? withoutEnds : withoutEnds.replace(/\.git$/, '');
  return /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(host) && pathPattern.test(path) ? { host, path } : undefined;
}

/** A git address as it may be shown: without what stands before an `@` of its host, and without a query. */
export function shownRepository(repository: string): string {
  const parts = splitAddress(repository);
  if (parts.kind === 'url') {
    const host = parts.authority.slice(parts.authority.lastIndexOf('@') + 1);
    return `${parts.protocol}://${host}${parts.rest.replace(/[?#].*$/s, '')}`;
  }
  return repository.replace(/^.*@/s, '').replace(/[?#].*$/s, '');
}

/** A path in a repository, each part of it as a URL has it; `undefined` where it leads out of the repository. */
export function pathInRepository(directory: string, file: string): string | undefined {
  const parts: string[] = [];
  for (const part of `${directory}/${file}`.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.map(encodeURIComponent).join('/');
}

/** Whether two addresses are those of one repository, by whatever protocol it is named. */
export function isSameRepository(one: string, other: string): boolean {
  const [a, b] = [one, other].map((address) => {
    const place = webPlace(address);
    return place === undefined ? shownRepository(address) : `${place.host}/${place.path}`.toLowerCase();
  });
  return a === b;
}

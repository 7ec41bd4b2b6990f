import { problemError } from '../../core/problem.ts';
import { decodeUtf8 } from '../go-text.ts';
import { maxFileBytes, maxHistoryBytes } from '../limits.ts';
import type { LibraryFile, LoggedCommit, UpstreamLog, UpstreamSeries } from '../types.ts';
import { type LocalGit, runText } from './local.ts';
import { readLogOf } from './log.ts';
import { fullCommit } from './refs.ts';
import { inspect, readBlobs, readFolders, type TreeEntry } from './repository.ts';
import type { Inquiry } from './session.ts';

/** The commits that are wanted, the oldest first, and of each the names of the files that are wanted. */
export type WantedFiles = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Asks for files of `library/` at many commits, and for the commits between them, as far as the repository has them: the
 * number of processes does not grow with that of the commits. Throws `upstream/too-large`.
 */
export function seriesInquiry(wanted: WantedFiles): Inquiry<UpstreamSeries, UpstreamSeries> {
  return {
    history: false,
    plan: (local, commit) => readSeries(local, [...wanted].filter(isNamedAs(commit)), wanted),
    blobsOf: () => [],
    read: async (_local, series) => series,
  };
}

/** Names go to git's standard input and command line: whole ones only, of the repository's own length. */
function isNamedAs(commit: string) {
  return ([sha]: readonly [string, ...unknown[]]) => fullCommit(sha) === sha && sha.length === commit.length;
}

async function readSeries(
  git: LocalGit,
  named: readonly (readonly [string, ReadonlySet<string>])[],
  wanted: WantedFiles,
): Promise<UpstreamSeries> {
  const objects = await inspect(
    git,
    named.map(([sha]) => sha),
  );
  const commits = named.flatMap(([sha], index) => (objects[index]?.type === 'commit' ? [sha] : []));
  const files = await readFiles(git, commits, wanted);
  const graph = await readGraph(git, commits);
  const listed = new Set(commits);
  return {
    files: (commit) => files.get(commit),
    log: (since, until) => (listed.has(since) && listed.has(until) ? graph.log(since, until) : { state: 'absent' }),
  };
}

const regularFile = /^100\d{3}$/;

/** The wanted files of each commit of which all are there. A file that is too large to be read is left out. */
async function readFiles(
  git: LocalGit,
  commits: readonly string[],
  wanted: WantedFiles,
): Promise<Map<string, LibraryFile[]>> {
  const folders = await readFolders(git, commits, 'library');
  const entries = new Map<string, TreeEntry[]>();
  for (const [commit, listed] of folders) {
    const isWanted = ({ mode, name }: TreeEntry) => regularFile.test(mode) && (wanted.get(commit)?.has(name) ?? false);
    entries.set(commit, listed.filter(isWanted));
  }
  const oids = [...new Set([...entries.values()].flatMap((own) => own.map(({ oid }) => oid)))];
  const objects = await inspect(git, oids);
  const sizes = new Map(oids.map((oid, index) => [oid, objects[index]?.size]));
  const readable = oids.filter((oid) => (sizes.get(oid) ?? Number.POSITIVE_INFINITY) <= maxFileBytes);
  const total = readable.reduce((sum, oid) => sum + (sizes.get(oid) ?? 0), 0);
  if (total > maxHistoryBytes)
    throw problemError('upstream/too-large', `A history has at most ${maxHistoryBytes} bytes.`, `${total} bytes`);
  const blobs = await readBlobs(git, readable);
  const texts = new Map([...blobs].map(([oid, bytes]) => [oid, decodeUtf8(bytes)]));
  const whole = [...entries].filter(([, own]) => own.every(({ oid }) => sizes.get(oid) !== undefined));
  const readFile = ({ name, oid }: TreeEntry): LibraryFile[] => {
    const text = texts.get(oid);
    return text === undefined ? [] : [{ name, blob: oid, text }];
  };
  return new Map(whole.map(([commit, own]) => [commit, own.flatMap(readFile)]));
}

interface Graph {
  /** Undefined where the graph does not reach so far. */
  log(since: string, until: string): UpstreamLog | undefined;
}

/** The commits that lead to the given ones from the first of them, and which of them changed files. */
async function readGraph(git: LocalGit, commits: readonly string[]): Promise<Graph> {
  const [first, ...rest] = commits;
  if (first === undefined || rest.length === 0) return { log: () => undefined };
  const range = [...rest, `^${first}`];
  const lines = (await runText(git, ['rev-list', '--parents', ...range])).split('\n').filter((line) => line !== '');
  const parents = new Map(lines.map((line) => line.split(' ')).map(([sha = '', ...own]) => [sha, own]));
  // By default git follows one side of a merge, which depends on where it begins: here it begins at many commits.
  const changes = await readLogOf(git, ['--full-history', ...range]);
  const order = new Map(changes.map(({ sha }, index) => [sha, index]));
  let known = { tip: first, ancestors: new Set([first]) };
  return {
    log(since, until) {
      if (![since, until].every((commit) => commit === first || parents.has(commit))) return undefined;
      if (known.tip !== since) known = { tip: since, ancestors: ancestorsOf(since, parents, new Set()) };
      const { ancestors } = known;
      if (!ancestors.has(first)) return undefined;
      const own = ancestorsOf(until, parents, ancestors);
      const isAfter = until === since || [...own].some((commit) => parents.get(commit)?.includes(since));
      if (!isAfter) return { state: 'apart' };
      for (const commit of own) ancestors.add(commit);
      known = { tip: until, ancestors };
      return { state: 'read', commits: inOrder([...own], order, changes) };
    },
  };
}

/** A commit and those before it, as far as the graph goes, without those that are in `without`. */
function ancestorsOf(
  commit: string,
  parents: ReadonlyMap<string, readonly string[]>,
  without: ReadonlySet<string>,
): Set<string> {
  const found = new Set<string>();
  const left = [commit];
  for (let at = left.pop(); at !== undefined; at = left.pop()) {
    if (found.has(at) || without.has(at)) continue;
    found.add(at);
    left.push(...(parents.get(at) ?? []));
  }
  return found;
}

function inOrder(
  shas: readonly string[],
  order: ReadonlyMap<string, number>,
  changes: readonly LoggedCommit[],
): LoggedCommit[] {
  const places = shas.flatMap((sha) => order.get(sha) ?? []).sort((a, b) => a - b);
  return places.flatMap((place) => changes[place] ?? []);
}

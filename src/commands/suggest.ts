import { stat } from 'node:fs/promises';
import { parseConfig, parseRules } from '../config/parse.ts';
import type { Config } from '../config/types.ts';
import { defined } from '../core/defined.ts';
import { ExitCode } from '../core/exit-code.ts';
import { ifThere } from '../core/file-errors.ts';
import { groupBy } from '../core/group-by.ts';
import type { ImageName, Tag } from '../core/names.ts';
import { type Problem, problemError, UserError } from '../core/problem.ts';
import { someOf } from '../core/words.ts';
import { splitAddress } from '../git/address.ts';
import { lockfileName, readLockfile } from '../lock/file.ts';
import { matchAhead } from '../select/match-ahead.ts';
import type { Rules } from '../select/types.ts';
import type { Context, Outcome } from '../session/context.ts';
import { lockfilePath, mirrorsFile, openConfig, openLibrary } from '../session/workspace.ts';
import { readOptions } from '../simulate/options.ts';
import type { RuleCost } from '../simulate/rule-costs.ts';
import { simulate } from '../simulate/simulate.ts';
import { coverTags, type RuleDraft, rulesYaml } from '../suggest/cover.ts';
import { type Inputs, readInputs } from '../suggest/files.ts';
import { type MirrorName, mirrorText, parseMirrorName, publicMirrors } from '../suggest/reference.ts';
import {
  coverageOf,
  type HistoryShown,
  proposedRules,
  type Suggestion,
  selectedTags,
  suggestionJson,
  wantedName,
} from '../suggest/report.ts';
import { suggestionText } from '../suggest/text.ts';
import { findUnused, readUsage, type Usage } from '../suggest/usage.ts';
import { daysBefore } from '../upstream/git/history.ts';
import { openHistory } from '../upstream/open.ts';
import type { Library } from '../upstream/types.ts';

export interface SuggestOptions {
  /** Files and folders, from the working directory; `-` is standard input. */
  readonly paths: readonly string[];
  /** More places that hold official images: `HOST/PATH`. */
  readonly mirrors: readonly string[];
  /** From which day on costs are told; absent: the last days of a history that is at hand. */
  readonly since?: string;
  /** Whether to name what the lockfile has and nothing uses. */
  readonly unused: boolean;
  /** Whether rules cover what has replaced a tag that upstream lists no more. */
  readonly successors: boolean;
}

/**
 * Reads what projects, clusters and logs use, and proposes the fewest include rules that cover it. Asks no registry, and
 * writes nothing. The coverage that it reports is that of the rules as `select` applies them to upstream's library.
 *
 * @throws UserError `suggest/no-path`, `suggest/bad-mirror`, `suggest/nothing-used`, `lock/missing` with `unused`, and as
 *   `openConfig`, `openLibrary` and, with `since`, `openHistory` do
 */
export async function suggest(context: Context, options: SuggestOptions): Promise<Outcome> {
  const suggestion = await makeSuggestion(context, options);
  return {
    exitCode: ExitCode.done,
    text: suggestionText(suggestion),
    copied: { verbatim: [suggestion.yaml] },
    json: suggestionJson(suggestion),
    problems: suggestion.warnings,
  };
}

/** The rules that cover what is used at `paths`, for a mirror that is not there yet. Throws as {@link suggest} does. */
export async function suggestRules(context: Context, paths: readonly string[]): Promise<readonly RuleDraft[]> {
  const options = { paths, mirrors: [], unused: false, successors: false };
  const { rules } = await makeSuggestion(context, options);
  return rules.map(({ image, tags, versions }) => ({ image, ...defined({ tags, versions }) }));
}

async function makeSuggestion(context: Context, options: SuggestOptions): Promise<Suggestion> {
  const given = await openGiven(context);
  const config = given ?? parseConfig(everyImage, { file: 'mirrors.yaml', env: {} });
  const mirrors = [...mirrorsOf(config), ...options.mirrors.map(mirrorOf)];
  const inputs = await readAll(context, options.paths, mirrors);
  const { library, notes } = await openLibrary(context, config);
  const lockfile = await readLockfile(lockfilePath(context));
  if (options.unused && lockfile === undefined) {
    throw problemError('lock/missing', 'There is no lockfile yet.', lockfileName, 'Run `mirrorlock lock`.');
  }
  const usage = readUsage(inputs.uses, { library, mirrors, ...defined({ lockfile }) });
  if (usage.references.length === 0) throw nothingUsed([...inputs.problems, ...usage.problems], options.paths);
  const drafts = coverTags(library, wantedTags(usage, options));
  const yaml = rulesYaml(drafts);
  const rules = drafts.length === 0 ? noRules : parseRules(`version: 1\n${yaml}\n`, 'suggestion');
  await matchAhead({ ...rules, source: config.source }, namesOf(library), context);
  const selected = checkedSelection(library, rules, usage);
  const { history, costs } = await readCosts(context, { ...config, ...rules, exclude: [] }, options.since);
  return {
    upstream: { repository: library.commit.repository, commit: library.commit.sha },
    files: inputs.files,
    rules: proposedRules(drafts, rules, { library, usage, keep: config, costs }),
    yaml,
    coverage: coverageOf(usage, selected),
    ...(given === undefined ? {} : { today: coverageOf(usage, selectedTags(library, given)) }),
    history,
    references: usage.references.map((one) => ({ ...one, isCovered: selected.has(wantedName(one) ?? '') })),
    ...(options.unused && lockfile !== undefined ? { unused: findUnused(lockfile, usage.references) } : {}),
    warnings: [...notes, ...inputs.problems, ...usage.problems],
  };
}

const noRules: Rules = { include: [], exclude: [] };

/** Stands for a mirrors.yaml that is not written yet: its upstream and source are the usual ones. */
const everyImage = 'version: 1\nimages: {include: ["*"]}\n';

/** The configuration; `undefined` where there is none yet, and none is named. */
async function openGiven(context: Context): Promise<Config | undefined> {
  const isThere = (await ifThere(() => stat(mirrorsFile(context).path))) !== undefined;
  return isThere || context.configFile !== 'mirrors.yaml' ? openConfig(context) : undefined;
}

/** What mirrors.yaml names holds official images: its source, the alternates, and the destinations. */
function mirrorsOf({ source, destinations }: Config): MirrorName[] {
  const own = [source, ...source.alternates, ...destinations].map(({ registry, namespace }) => ({
    host: registry.host,
    namespace,
  }));
  return [...new Map([...own, ...publicMirrors].map((mirror) => [mirrorText(mirror), mirror])).values()];
}

function mirrorOf(text: string): MirrorName {
  const mirror = parseMirrorName(text);
  if (mirror !== undefined) return mirror;
  const rule =
    '`--mirror` is a registry and a path that official images are below, such as `registry.example.com/library`.';
  throw problemError('suggest/bad-mirror', rule, text);
}

async function readAll(context: Context, paths: readonly string[], mirrors: readonly MirrorName[]): Promise<Inputs> {
  const { workingDirectory: directory, signal, progress } = context;
  const task = progress.start('Reading');
  try {
    const onFile = (path: string) => task.advance(0, path);
    const inputs = await readInputs(paths, { directory, mirrors, signal, stdin: process.stdin, onFile });
    task.end(`${[...inputs.files.values()].reduce((sum, count) => sum + count, 0)} files`);
    return inputs;
  } catch (error) {
    task.end('failed');
    throw error;
  }
}

function nothingUsed(warnings: readonly Problem[], paths: readonly string[]): UserError {
  const message = 'No image reference was found.';
  const hint =
    'Name Dockerfiles, compose files, Kubernetes objects, access logs or a usage report, or folders that hold some; `-` reads standard input.';
  const error: Problem = { code: 'suggest/nothing-used', severity: 'error', message, value: someOf(paths), hint };
  return new UserError([...warnings, error], { exitCode: ExitCode.failed });
}

/** The tags that rules have to select, by image. */
function wantedTags({ references }: Usage, { successors }: SuggestOptions): Map<ImageName, ReadonlySet<Tag>> {
  const wanted = references.flatMap(({ status }): { image: ImageName; tag: Tag }[] => {
    if (status.kind === 'listed') return [status];
    if (!successors || status.kind !== 'unlisted' || status.successor === undefined) return [];
    return [{ image: status.image, tag: status.successor }];
  });
  return new Map(
    [...groupBy(wanted, ({ image }) => image)].map(([image, own]) => [image, new Set(own.map(({ tag }) => tag))]),
  );
}

function namesOf({ images }: Library): { readonly name: string; readonly tags: readonly string[] }[] {
  return images.map(({ name, groups }) => ({ name, tags: groups.flatMap(({ tags }) => tags) }));
}

/** What the rules select. That they cover what they were made for is checked, not believed. */
function checkedSelection(library: Library, rules: Rules, { references }: Usage): ReadonlySet<string> {
  const selected = selectedTags(library, rules);
  const missed = references
    .map((reference) => wantedName(reference))
    .find((name) => name !== undefined && !selected.has(name));
  if (missed !== undefined) throw new Error(`the proposed rules do not select ${missed}`);
  return selected;
}

/** How far back costs are told where no day is named. */
const defaultDays = 28;

interface Costs {
  readonly history: HistoryShown;
  readonly costs: readonly RuleCost[];
}

function isLocal(repository: string): boolean {
  const address = splitAddress(repository);
  return address.kind === 'path' || (address.kind === 'url' && address.protocol === 'file');
}

/** Walks through upstream's history with the rules. A history that lies elsewhere is only fetched where a day is named. */
async function readCosts(context: Context, config: Config, since: string | undefined): Promise<Costs> {
  const repository = context.upstream ?? config.upstream.repository;
  if (config.include.length === 0) return without('No rule is proposed.');
  if (since === undefined && !isLocal(repository)) {
    return without('What they cost later is told with `--since DAY`, which fetches upstream’s history.');
  }
  const options = readOptions({ since: since ?? '2000-01-01', every: '6h', limit: 'none', rebuildModel: 'none' });
  const range = {
    since: options.since,
    beginsBefore: Number.POSITIVE_INFINITY,
    until: Number.POSITIVE_INFINITY,
    ...(since === undefined ? { lastDays: defaultDays } : {}),
  };
  const { cacheDirectory, env, signal, progress } = context;
  const directory = context.upstream === undefined ? context.directory : context.workingDirectory;
  const address = { repository, ref: context.ref ?? config.upstream.ref };
  try {
    const history = await openHistory(address, range, { cacheDirectory, env, signal, progress, directory });
    const start = since === undefined ? daysBefore(history.lastTime, defaultDays) : options.since;
    const report = simulate(history, [config], { ...options, since: start });
    const [scenario] = report.scenarios;
    const costs = scenario?.rules.filter(({ kind }) => kind === 'include') ?? [];
    const { firstRun, lastRun } = report.inputs;
    const firstPulls = scenario?.first.pulls ?? 0;
    return { history: { kind: 'range', since: firstRun, until: lastRun, firstPulls }, costs };
  } catch (error) {
    if (since !== undefined || !(error instanceof UserError)) throw error;
    return without(`What they cost later is not known: ${error.problems.map(({ message }) => message).join(' ')}`);
  }
}

function without(reason: string): Costs {
  return { history: { kind: 'none', reason }, costs: [] };
}

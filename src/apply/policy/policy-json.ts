import { isMap, isPair, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import type { Place, Problem } from '../../core/problem.ts';
import { brokenFile, fileError, place } from './broken.ts';
import { scopesAround } from './names.ts';

/** What a policy says of an image: it may be read, it may not, or only with signatures that this tool cannot check. */
export type Verdict = 'accept' | 'reject' | 'signatures';

/** What stands for a scope. */
export interface ScopeRule {
  readonly verdict: Verdict;
  /** The scope as written; `""` is the default of the transport `docker`, `default` that of the whole policy. */
  readonly scope: string;
  /** Whether the scope names a registry or a part of one, and is no default. */
  readonly isNamed: boolean;
  readonly place: Place;
}

/** A policy.json, of which only what counts for registries is kept. */
export interface Policy {
  readonly scopes: ReadonlyMap<string, ScopeRule>;
  readonly fallback: ScopeRule;
}

/** containers-policy.json(5), "POLICY REQUIREMENTS". containers/image does not implement `signedBaseLayer`: it rejects. */
const verdicts: Readonly<Record<string, Verdict>> = {
  insecureAcceptAnything: 'accept',
  reject: 'reject',
  signedBaseLayer: 'reject',
  signedBy: 'signatures',
  sigstoreSigned: 'signatures',
};

/**
 * Reads a policy.json as strictly as containers/image does (signature/policy_config.go): unknown and double keys, unknown
 * types, empty lists and a missing `default` are errors.
 *
 * @throws UserError `apply/policy-file`
 */
export function parsePolicy(text: string, file: string): Policy {
  const top = readJson(text, file);
  const known = ['default', 'transports'];
  const problems = [...top].flatMap(({ key, place }): Problem[] =>
    known.includes(key) ? [] : [fileError('A policy has only `default` and `transports`.', place, key)],
  );
  const find = (entries: readonly Entry[], name: string) => entries.find(({ key }) => key === name);
  const fallback = find(top, 'default');
  const docker = find(
    top.flatMap(({ key, entries = [] }) => (key === 'transports' ? entries : [])),
    'docker',
  );
  const scopes = (docker?.entries ?? []).map((entry) => scopeRule(entry, true, problems));
  if (fallback === undefined) problems.push(fileError('A policy has a `default`.', { file }));
  const general = fallback && scopeRule(fallback, false, problems);
  if (problems.length > 0 || general === undefined) throw brokenFile(problems);
  return { scopes: new Map(scopes.map((rule) => [rule.scope, rule])), fallback: general };
}

/**
 * The rule for a repository, or for `NAME:TAG` or `NAME@DIGEST` of it: that of the narrowest scope
 * (containers/image, signature/policy_eval.go, `requirementsForImageRef`).
 */
export function ruleFor({ scopes, fallback }: Policy, name: string, reference = ''): ScopeRule {
  for (const scope of [`${name}${reference}`, ...scopesAround(name), '']) {
    const rule = scopes.get(scope);
    if (rule !== undefined) return rule;
  }
  return fallback;
}

interface Entry {
  readonly key: string;
  readonly place: Place;
  readonly value: unknown;
  /** Of an object. */
  readonly entries?: readonly Entry[];
}

/** A policy needs six. */
const deepest = 100;

/** Where brackets outside of quotes are more than {@link deepest} in one another: a parser may take all of the memory there. */
function tooDeepAt(text: string): number | undefined {
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\\n]|\\.)*"|[[\]{}]/g)) {
    if (token === '[' || token === '{') depth += 1;
    if (token === ']' || token === '}') depth -= 1;
    if (depth > deepest) return index;
  }
  return undefined;
}

function checkDepth(text: string, file: string): void {
  const offset = tooDeepAt(text);
  if (offset === undefined) return;
  const before = text.slice(0, offset);
  const at = { line: before.split('\n').length, col: offset - before.lastIndexOf('\n') };
  throw brokenFile([fileError(`A policy is nested at most ${deepest} deep.`, { file, line: at.line, column: at.col })]);
}

/** The entries of a JSON object with their places. */
function readJson(text: string, file: string): readonly Entry[] {
  checkDepth(text, file);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, schema: 'json', uniqueKeys: true });
  const at = (offset: number) => place(file, text, lines.linePos(offset));
  const [error] = document.errors;
  const fault = jsonFault(text);
  if (fault !== undefined || error !== undefined) {
    const offset = fault?.offset ?? error?.pos[0];
    const message = fault === undefined ? 'A key stands twice in an object of the policy.' : 'The policy is not JSON.';
    throw brokenFile([fileError(message, offset === undefined ? { file } : at(offset), fault?.message)]);
  }
  const read = (node: Node | null | undefined): readonly Entry[] | undefined =>
    isMap<Node, Node>(node)
      ? node.items.filter(isPair).map(({ key, value }) => {
          const entries = read(value);
          const name = isScalar(key) ? String(key.value) : '';
          const own = { key: name, place: at(key.range?.[0] ?? 0), value: value?.toJS(document) as unknown };
          return entries === undefined ? own : { ...own, entries };
        })
      : undefined;
  const entries = read(document.contents);
  if (entries === undefined) throw brokenFile([fileError('A policy is a JSON object.', { file })]);
  return entries;
}

function jsonFault(text: string): { message: string; offset?: number } | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    const [, position] = /at position (\d+)/.exec(message) ?? [];
    return { message: message.replaceAll(/\s+/g, ' ').slice(0, 200), ...(position && { offset: Number(position) }) };
  }
}

/** All requirements of a list count; the first that is not met decides. */
function scopeRule({ key, place, value }: Entry, isScope: boolean, problems: Problem[]): ScopeRule {
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  if (list.length === 0) {
    problems.push(fileError('A scope has a list of at least one requirement.', place, key));
  }
  const types = list.map((one) => (typeof one === 'object' && one !== null && 'type' in one ? String(one.type) : ''));
  for (const type of types.filter((one) => !Object.hasOwn(verdicts, one))) {
    problems.push(fileError('Not a known type of policy requirement.', place, type));
  }
  const found = types.flatMap((type) => verdicts[type] ?? []);
  const verdict = found.find((one) => one === 'reject') ?? found.find((one) => one === 'signatures') ?? 'accept';
  return { verdict, scope: key, isNamed: isScope && key !== '', place };
}

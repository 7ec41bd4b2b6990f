import { createHash } from 'node:crypto';
import { defined } from '../core/defined.ts';
import type { Environment } from '../core/environment.ts';
import { isRecord } from '../core/json.ts';
import { UserError } from '../core/problem.ts';
import type { UpstreamAddress } from '../upstream/types.ts';
import { readDocument } from '../yaml/document.ts';
import { type Findings, inFileOrder, startFindings } from '../yaml/findings.ts';
import { type Locator, locator } from '../yaml/locate.ts';
import { checkNesting } from '../yaml/nesting.ts';
import { sourceText } from '../yaml/source-text.ts';
import { readBudget } from './budget.ts';
import { readCi } from './ci.ts';
import { readMetrics, readNotify } from './notify.ts';
import { readOverrides } from './overrides.ts';
import { readPlatforms } from './platforms.ts';
import { readPolicy } from './policy.ts';
import { checkEndpoints, type Endpoint, type EndpointContext, readEndpoints, writtenSource } from './registries.ts';
import { readReview } from './review.ts';
import { readRules, ruleIdentity } from './rules.ts';
import type { MirrorsYaml } from './schema.gen.ts';
import { checkShape, type PartialData } from './shape.ts';
import { checkText } from './text-checks.ts';
import type { Config, Destination, RegistryNamespace, Source } from './types.ts';
import { readUpdate } from './update.ts';
import { readUpstream } from './upstream.ts';
import { checkVariables, readPublicVariables } from './variables.ts';

export interface ParseOptions {
  /** How messages name the file. */
  readonly file: string;
  /** Where `${NAME}` is looked up. */
  readonly env: Environment;
}

/**
 * Reads the text of a mirrors.yaml into its normal form.
 *
 * @throws UserError all that is wrong with it, in the file's order; its codes begin with `config/`
 */
export function parseConfig(text: string, { file, env }: ParseOptions): Config {
  const findings = startFindings();
  const read = readConfig(text, { file, env }, findings);
  const problems = inFileOrder(findings.problems, file);
  if (read === undefined || findings.hasErrors) throw new UserError(problems);
  const { content, ...config } = read;
  return {
    ...config,
    warnings: problems,
    // Made when it is asked for: few short commands do, and what hashes takes an eighth of a bare start to load.
    get contentHash() {
      return contentHash(content);
    },
  };
}

/**
 * Reads only the rules of the text of a mirrors.yaml, such as an earlier one, whose registries and variables do not matter.
 *
 * @throws UserError as {@link parseConfig} does
 */
export function parseRules(text: string, file: string): Pick<Config, 'include' | 'exclude'> {
  const findings = startFindings();
  const read = readData(text, file, findings);
  const rules = read && readRules(read.data.images, read.locate, findings);
  if (rules === undefined || findings.hasErrors) throw new UserError(inFileOrder(findings.problems, file));
  return rules;
}

/** Each step needs what the one before it gives: text, YAML, shape, normal form. */
function readConfig(text: string, { file, env }: ParseOptions, findings: Findings) {
  const read = readData(text, file, findings);
  if (read === undefined) return undefined;
  checkVariables(read.data, read.locate, findings);
  return normalForm(read.data, file, { env, locate: read.locate, findings });
}

/** Data of the right shape, as far as that goes. */
function readData(text: string, file: string, findings: Findings) {
  const source = sourceText(file, text.replace(/^\ufeff/, ''));
  checkText(source, findings);
  if (!findings.hasErrors) checkNesting(source, findings);
  const read = findings.hasErrors ? undefined : readDocument(source, findings);
  if (read === undefined) return undefined;
  const locate = locator(read.document, source);
  if (!checkTop(read.data, file, locate, findings)) return undefined;
  return { data: checkShape(read.data, locate, findings), locate };
}

/**
 * Brings data of the right shape into its normal form: shorthands expanded, defaults filled, variables replaced. Checks all
 * rules that the schema cannot say. What is wrong goes to the context's findings; without a source there is no form.
 */
function normalForm(
  data: PartialData<MirrorsYaml>,
  file: string,
  context: Omit<EndpointContext, 'publicVariables'>,
): (Omit<Config, 'warnings' | 'contentHash'> & { readonly content: Content }) | undefined {
  const { locate, findings } = context;
  const upstream = readUpstream(data.upstream, locate, findings);
  const platforms = readPlatforms(data.platforms, ['platforms'], locate, findings);
  const { include, exclude } = readRules(data.images, locate, findings);
  const publicVariables = readPublicVariables(data.publicVariables, locate, findings);
  const endpoints = readEndpoints(data, { ...context, publicVariables });
  checkEndpoints(endpoints, findings);
  if (endpoints.source === undefined) return undefined;
  const alternates = endpoints.alternates.map(({ place: _, ...alternate }) => alternate);
  const limit = data.source?.requestsPerMinute;
  const budget = readBudget(data.source?.budget, ['source', 'budget'], context);
  const source: Source = {
    ...registryNamespace(endpoints.source),
    alternates,
    ...defined({ requestsPerMinute: limit, budget }),
  };
  const destinations = endpoints.destinations.flatMap(({ name, exclusive, endpoint }): Destination[] =>
    name === undefined || endpoint === undefined
      ? []
      : [{ name, ...registryNamespace(endpoint), ...(exclusive ? { exclusive } : {}) }],
  );
  const overrides = readOverrides(data.overrides, locate, findings);
  const { attestations } = data;
  const kept = {
    ...defined({ platforms, attestations }),
    ...(overrides.length === 0 ? {} : { overrides }),
  };
  const content = { upstream, source: writtenSource(data.source), ...kept, include, exclude };
  const policy = readPolicy(data.policy, context);
  const ci = readCi(data, { locate, findings, places: [source, ...alternates, ...destinations] });
  const update = readUpdate(data.update, locate, findings);
  const review = readReview(data.review, locate, findings);
  const engine = data.apply?.engine;
  const metrics = readMetrics(data.metrics, locate, findings);
  const notify = readNotify(data.notify, locate, findings);
  const own = { ...kept, update, review, ...defined({ ci, engine, metrics, notify }) };
  return {
    file,
    upstream,
    source,
    destinations,
    publicVariables,
    ...own,
    include,
    exclude,
    ...policy,
    content,
  };
}

function registryNamespace({ registry, namespace, written }: Endpoint): RegistryNamespace {
  return { registry, namespace, ...defined({ written }) };
}

const currentVersion = 1;
const initHint = '`mirrorlock init` writes one to begin from.';

/** Checks what must hold before anything else is worth a word: that there is a mapping, of a version that this tool reads. */
function checkTop(data: unknown, file: string, locate: Locator, findings: Findings): boolean {
  if (data === null || data === undefined) {
    findings.error(
      { file, line: 1, column: 1, length: 1 },
      { code: 'empty-file', message: 'The file holds nothing.', hint: initHint },
    );
    return false;
  }
  if (!isRecord(data)) {
    const value = Array.isArray(data) ? 'a list' : String(data);
    const message = 'mirrors.yaml is a mapping, with the keys `version` and `images`.';
    findings.error(locate.value([]), { code: 'not-a-mapping', message, value, hint: initHint });
    return false;
  }
  const version = Object.hasOwn(data, 'version') ? data['version'] : undefined;
  if (typeof version !== 'number' || version === currentVersion) return true;
  findings.error(locate.value(['version']), {
    code: 'version',
    message: `This mirrorlock reads version ${currentVersion} of the format.`,
    value: String(version),
    hint: version > currentVersion ? 'A newer mirrorlock may read it.' : `Write \`version: ${currentVersion}\`.`,
  });
  return false;
}

/** What of a configuration decides the lockfile's content. `source` is as written: its variables are not replaced. */
interface Content extends Pick<Config, 'include' | 'exclude' | 'platforms' | 'attestations' | 'overrides'> {
  readonly upstream: UpstreamAddress;
  readonly source: { readonly registry: string; readonly namespace: string };
}

/**
 * A digest of what decides the lockfile's content: `sha256:` and 64 hexadecimal digits. The order of rules and of values does
 * not count (that of overrides does), nor how they are written in YAML.
 */
function contentHash(content: Content): string {
  const { upstream, source, platforms, include, exclude } = content;
  const identities = (rules: Config['include']) => [...new Set(rules.map(ruleIdentity))].sort();
  const canonical = JSON.stringify([
    'mirrorlock/config/v1',
    [upstream.repository, upstream.ref],
    [source.registry, source.namespace],
    platforms ?? null,
    identities(include),
    identities(exclude),
    ...keptBesides(content),
  ]);
  return `sha256:${createHash('sha256').update(canonical).digest('hex')}`;
}

/** Nothing where nothing is said: configurations that were hashed before there were such words keep their hash. */
function keptBesides({ attestations = 'keep', overrides = [] }: Content): unknown[] {
  if (attestations === 'keep' && overrides.length === 0) return [];
  const own = overrides.map(({ image, platforms, attestations }) => [
    image.text,
    platforms ?? null,
    attestations ?? null,
  ]);
  return [attestations, own];
}

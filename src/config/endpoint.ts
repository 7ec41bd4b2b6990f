import type { Place } from '../core/problem.ts';
import type { Fault, Findings } from './findings.ts';
import type { Locator } from './locate.ts';
import type { Path } from './path.ts';
import { namespaceFault, registryFault, tokenServerFault } from './registry-name.ts';
import type { Alternate as WrittenAlternate } from './schema.gen.ts';
import type { Sound } from './sound.ts';
import type { Alternate } from './types.ts';
import { type Environment, type Replaced, replaceVariables } from './variables.ts';

/** What reading an endpoint needs. */
export interface EndpointContext {
  readonly env: Environment;
  readonly locate: Locator;
  readonly findings: Findings;
}

/** A registry and namespace, and where in the file they stand. */
export interface Endpoint extends Alternate {
  readonly place: Place;
}

/** A mapping that names a registry; what is absent was wrong, and has been reported. */
export interface EndpointData {
  readonly registry?: string | undefined;
  readonly namespace?: string | undefined;
  readonly insecure?: boolean | undefined;
  readonly tokenServer?: string | undefined;
}

/** Reads a registry and a namespace: replaces variables and checks both. What is wrong goes to the findings. */
export function readEndpoint(data: EndpointData, path: Path, context: EndpointContext): Endpoint | undefined {
  const insecure = data.insecure ?? false;
  const registry = replaced(data.registry, [...path, 'registry'], context);
  const host = registry && checked(registry, registry.text, registryFault, context);
  const inNamespace = replaced(data.namespace, [...path, 'namespace'], context);
  const namespace =
    inNamespace && checked(inNamespace, inNamespace.text, (text) => namespaceFault(text, host), context);
  const inTokenServer = replaced(data.tokenServer, [...path, 'tokenServer'], context);
  const tokenServer = inTokenServer && checked(inTokenServer, inTokenServer.text, tokenServerFault, context);
  if (insecure && host === 'docker.io')
    context.findings.error(context.locate.value([...path, 'insecure']), insecureHub);
  if (registry === undefined || host === undefined || namespace === undefined) return undefined;
  const address = { host, insecure, ...(tokenServer === undefined ? {} : { tokenServer }) };
  return { registry: address, namespace, place: registry.place };
}

/** Reads a place that holds the same digests as the source, a mapping or `registry/namespace`. */
export function readAlternate(
  data: Sound<WrittenAlternate>,
  path: Path,
  context: EndpointContext,
): Endpoint | undefined {
  if (typeof data !== 'string') {
    const endpoint = readEndpoint(data, path, context);
    const { requestsPerMinute } = data;
    return endpoint && { ...endpoint, ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }) };
  }
  const both = replaced(data, path, context);
  if (both === undefined) return undefined;
  const slash = both.text.indexOf('/');
  const host = checked(both, slash === -1 ? both.text : both.text.slice(0, slash), registryFault, context);
  if (slash === -1 && host !== undefined) context.findings.error(both.place, { ...noNamespace, value: both.written });
  if (slash === -1 || host === undefined) return undefined;
  const namespace = checked(both, both.text.slice(slash + 1), (text) => namespaceFault(text, host), context);
  return namespace === undefined ? undefined : { registry: { host, insecure: false }, namespace, place: both.place };
}

type PlacedText = Replaced & { readonly place: Place };

function replaced(text: string | undefined, path: Path, { env, locate, findings }: EndpointContext) {
  if (text === undefined) return undefined;
  const place = locate.value(path);
  const result = replaceVariables(text, env);
  if ('text' in result) return { ...result, place };
  for (const fault of result) findings.error(place, fault);
  return undefined;
}

/** Gives `text`, a part of `whole`, or reports why it is wrong. */
function checked(
  whole: PlacedText,
  text: string,
  faultOf: (text: string) => Fault | undefined,
  { findings }: EndpointContext,
): string | undefined {
  const fault = faultOf(text);
  if (fault === undefined) return text;
  // A variable may hold a secret: its value is not shown, but its name.
  const from = whole.variables.map((name) => `\`${name}\``).join(' and ');
  const message = from === '' ? fault.message : `${fault.message} The value of ${from} makes this none.`;
  findings.error(whole.place, { ...fault, message, value: whole.written });
  return undefined;
}

const insecureHub: Fault = {
  code: 'insecure-hub',
  message: 'The Docker Hub is reached by HTTPS alone.',
  value: 'insecure: true',
  hint: 'Leave `insecure` out.',
};

const noNamespace: Fault = {
  code: 'alternate',
  message: 'An alternate is a registry and, behind `/`, the path that the images lie below.',
  hint: 'Such as `public.ecr.aws/docker/library`.',
};

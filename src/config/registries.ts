import { defined } from '../core/defined.ts';
import type { Environment } from '../core/environment.ts';
import { namespacePath } from '../core/names.ts';
import type { Place } from '../core/problem.ts';
import { hubHost } from '../registry/hub.ts';
import type { Fault, Findings } from '../yaml/findings.ts';
import type { Locator, Path } from '../yaml/locate.ts';
import { defaults } from './defaults.ts';
import { namespaceFault, registryFault, tokenServerFault } from './registry-name.ts';
import type { MirrorsYaml, Alternate as WrittenAlternate } from './schema.gen.ts';
import type { PartialData } from './shape.ts';
import type { Alternate } from './types.ts';
import { type Replaced, replaceVariables } from './variables.ts';

/** Checks what the registries of a file must be to one another. What is wrong goes to `findings`. */
export function checkEndpoints({ source, alternates, destinations }: Endpoints, findings: Findings): void {
  const targets = destinations.flatMap(({ endpoint }) => (endpoint === undefined ? [] : [endpoint]));
  const places = destinations.flatMap(({ name, namePlace }) =>
    name === undefined ? [] : [{ text: name, place: namePlace }],
  );
  forEachRepeated(places, ({ text, place }, first) =>
    findings.error(place, {
      code: 'duplicate-name',
      message: 'Each destination needs its own name.',
      value: text,
      hint: `Line ${first.line} has this name already.`,
    }),
  );
  forEachRepeated(targets.map(placed), ({ place }, first) =>
    findings.error(place, {
      code: 'duplicate-destination',
      message: 'Two destinations must not have the same registry and namespace.',
      hint: `Line ${first.line} names them already.`,
    }),
  );
  forEachRepeated([...(source === undefined ? [] : [source]), ...alternates].map(placed), ({ place }) =>
    findings.warning(place, {
      code: 'duplicate-alternate',
      message: 'This alternate repeats the source or an earlier alternate.',
      hint: 'Leave it out.',
    }),
  );
  for (const target of targets.filter((endpoint) => source !== undefined && textOf(endpoint) === textOf(source))) {
    findings.error(target.place, {
      code: 'destination-is-source',
      message: 'A destination must differ from the source.',
      hint: 'Give the destination a namespace of its own.',
    });
  }
  checkInsecure([...(source === undefined ? [] : [source]), ...alternates, ...targets], findings);
}

/** One registry is reached in one way: a forgotten `insecure` would show as an error of TLS. */
function checkInsecure(endpoints: readonly Endpoint[], findings: Findings): void {
  const first = new Map<string, Endpoint>();
  for (const endpoint of endpoints) {
    const { host, insecure } = endpoint.registry;
    const known = first.get(host);
    if (known === undefined) first.set(host, endpoint);
    else if (known.registry.insecure !== insecure) {
      findings.error(endpoint.place, {
        code: 'insecure-differs',
        message: 'A registry must be used with either HTTPS or plain HTTP everywhere.',
        hint: `Line ${known.place.line} differs: write \`insecure: true\` in both places, or in neither.`,
      });
    }
  }
}

interface EndpointText {
  readonly text: string;
  readonly place: Place;
}

function placed(endpoint: Endpoint): EndpointText {
  return { text: textOf(endpoint), place: endpoint.place };
}

function textOf({ registry, namespace }: Endpoint): string {
  return `${registry.host}/${namespace}`;
}

function forEachRepeated(items: readonly EndpointText[], report: (item: EndpointText, first: Place) => void): void {
  const first = new Map<string, Place>();
  for (const item of items) {
    const known = first.get(item.text);
    if (known === undefined) first.set(item.text, item.place);
    else report(item, known);
  }
}

/** A destination: its endpoint is absent where that was wrong, so that names can be compared all the same. */
interface NamedEndpoint {
  readonly name: string | undefined;
  readonly namePlace: Place;
  readonly exclusive: boolean;
  readonly endpoint: Endpoint | undefined;
}

/** The registries of a file. What is absent was wrong. */
interface Endpoints {
  readonly source: Endpoint | undefined;
  readonly alternates: readonly Endpoint[];
  readonly destinations: readonly NamedEndpoint[];
}

/** The registry and namespace of the source as the file writes them, variables not replaced, or their defaults. */
export function writtenSource(source: PartialData<MirrorsYaml>['source']): { registry: string; namespace: string } {
  return {
    registry: source?.registry ?? defaults.sourceRegistry,
    namespace: source?.namespace ?? defaults.sourceNamespace,
  };
}

/** Reads the source, its alternates and the destinations. What is wrong goes to the context's findings. */
export function readEndpoints({ source, destinations }: PartialData<MirrorsYaml>, context: EndpointContext): Endpoints {
  return {
    source: readEndpoint(
      { ...writtenSource(source), insecure: source?.insecure, tokenServer: source?.tokenServer },
      ['source'],
      context,
    ),
    alternates: (source?.alternates ?? []).flatMap((alternate, index) => {
      const path: Path = ['source', 'alternates', index];
      const endpoint = alternate === undefined ? undefined : readAlternate(alternate, path, context);
      return endpoint === undefined ? [] : [endpoint];
    }),
    destinations: (destinations ?? []).flatMap((destination, index) => {
      if (destination === undefined) return [];
      const path: Path = ['destinations', index];
      const namePlace = context.locate.value([...path, 'name']);
      return [
        {
          name: destination.name,
          exclusive: destination.exclusive === true,
          namePlace,
          endpoint: readEndpoint(destination, path, context),
        },
      ];
    }),
  };
}

/** What reading an endpoint needs. */
export interface EndpointContext {
  readonly env: Environment;
  /** Variables that may be mentioned although they have the name of a secret. */
  readonly publicVariables: readonly string[];
  readonly locate: Locator;
  readonly findings: Findings;
}

/** A registry and namespace, and where in the file they stand. */
export interface Endpoint extends Alternate {
  readonly place: Place;
}

/** A mapping that names a registry; what is absent was wrong, and has been reported. */
interface EndpointData {
  readonly registry?: string | undefined;
  readonly namespace?: string | undefined;
  readonly insecure?: boolean | undefined;
  readonly tokenServer?: string | undefined;
}

/** Reads a registry and a namespace: replaces variables and checks both. What is wrong goes to the findings. */
function readEndpoint(data: EndpointData, path: Path, context: EndpointContext): Endpoint | undefined {
  const insecure = data.insecure ?? false;
  const registry = replaced(data.registry, [...path, 'registry'], context);
  const host = registry && checked(registry, registry.text, registryFault, context);
  const inNamespace = replaced(data.namespace, [...path, 'namespace'], context);
  const namespace =
    inNamespace && checked(inNamespace, inNamespace.text, (text) => namespaceFault(text, host), context);
  const inTokenServer = replaced(data.tokenServer, [...path, 'tokenServer'], context);
  const tokenServer = inTokenServer && checked(inTokenServer, inTokenServer.text, tokenServerFault, context);
  if (insecure && host === hubHost) context.findings.error(context.locate.value([...path, 'insecure']), insecureHub);
  if (registry === undefined || host === undefined || namespace === undefined) return undefined;
  const address = { host, insecure, ...defined({ tokenServer }) };
  const variables = [...registry.variables, ...(inNamespace?.variables ?? [])];
  const written =
    variables.length === 0 ? undefined : namespacePath(registry.written, inNamespace?.written ?? namespace);
  return { registry: address, namespace, place: registry.place, ...defined({ written }) };
}

/** Reads a place that holds the same digests as the source, a mapping or `registry/namespace`. */
function readAlternate(
  data: PartialData<WrittenAlternate>,
  path: Path,
  context: EndpointContext,
): Endpoint | undefined {
  if (typeof data !== 'string') {
    const endpoint = readEndpoint(data, path, context);
    const { requestsPerMinute } = data;
    return endpoint && { ...endpoint, ...defined({ requestsPerMinute }) };
  }
  const both = replaced(data, path, context);
  if (both === undefined) return undefined;
  const slash = both.text.indexOf('/');
  const host = checked(both, slash === -1 ? both.text : both.text.slice(0, slash), registryFault, context);
  if (slash === -1 && host !== undefined) context.findings.error(both.place, { ...noNamespace, value: both.written });
  if (slash === -1 || host === undefined) return undefined;
  const namespace = checked(both, both.text.slice(slash + 1), (text) => namespaceFault(text, host), context);
  if (namespace === undefined) return undefined;
  const written = both.variables.length === 0 ? undefined : both.written;
  return { registry: { host, insecure: false }, namespace, place: both.place, ...defined({ written }) };
}

type PlacedText = Replaced & { readonly place: Place };

function replaced(text: string | undefined, path: Path, context: EndpointContext) {
  if (text === undefined) return undefined;
  const { env, publicVariables, locate, findings } = context;
  const place = locate.value(path);
  const result = replaceVariables(text, env, publicVariables);
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
  const message = from === '' ? fault.message : `${fault.message} The value of ${from} is not valid here.`;
  findings.error(whole.place, { ...fault, message, value: whole.written });
  return undefined;
}

const insecureHub: Fault = {
  code: 'insecure-hub',
  message: 'The Docker Hub only answers over HTTPS.',
  value: 'insecure: true',
  hint: 'Leave `insecure` out.',
};

const noNamespace: Fault = {
  code: 'alternate',
  message: 'An alternate is a registry and, behind `/`, the path that the images lie below.',
  hint: 'Such as `public.ecr.aws/docker/library`.',
};

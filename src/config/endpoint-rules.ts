import type { Place } from '../core/problem.ts';
import type { Endpoint } from './endpoint.ts';
import type { Endpoints } from './endpoints.ts';
import type { Findings } from './findings.ts';

/** Checks what the registries of a file must be to one another. What is wrong goes to `findings`. */
export function checkEndpoints({ source, alternates, destinations }: Endpoints, findings: Findings): void {
  const targets = destinations.flatMap(({ endpoint }) => (endpoint === undefined ? [] : [endpoint]));
  const places = destinations.flatMap(({ name, namePlace }) =>
    name === undefined ? [] : [{ text: name, place: namePlace }],
  );
  forEachRepeated(places, ({ text, place }, first) =>
    findings.error(place, {
      code: 'duplicate-name',
      message: 'Each destination has a name of its own.',
      value: text,
      hint: `Line ${first.line} has this name already.`,
    }),
  );
  forEachRepeated(targets.map(placed), ({ place }, first) =>
    findings.error(place, {
      code: 'duplicate-destination',
      message: 'No two destinations are the same registry and namespace.',
      hint: `Line ${first.line} names them already.`,
    }),
  );
  forEachRepeated([...(source === undefined ? [] : [source]), ...alternates].map(placed), ({ place }) =>
    findings.warning(place, {
      code: 'duplicate-alternate',
      message: 'This is the source, or an earlier alternate, once more.',
      hint: 'Leave it out.',
    }),
  );
  for (const target of targets.filter((endpoint) => source !== undefined && textOf(endpoint) === textOf(source))) {
    findings.error(target.place, {
      code: 'destination-is-source',
      message: 'A destination is another registry or namespace than the source.',
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
        message: 'One registry is reached either by HTTPS or by plain HTTP.',
        hint: `Line ${known.place.line} says otherwise: write \`insecure: true\` at both, or at none.`,
      });
    }
  }
}

interface PlacedText {
  readonly text: string;
  readonly place: Place;
}

function placed(endpoint: Endpoint): PlacedText {
  return { text: textOf(endpoint), place: endpoint.place };
}

function textOf({ registry, namespace }: Endpoint): string {
  return `${registry.host}/${namespace}`;
}

function forEachRepeated(items: readonly PlacedText[], report: (item: PlacedText, first: Place) => void): void {
  const first = new Map<string, Place>();
  for (const item of items) {
    const known = first.get(item.text);
    if (known === undefined) first.set(item.text, item.place);
    else report(item, known);
  }
}

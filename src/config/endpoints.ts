import type { Place } from '../core/problem.ts';
import { defaults } from './defaults.ts';
import { type Endpoint, type EndpointContext, readAlternate, readEndpoint } from './endpoint.ts';
import type { Path } from './path.ts';
import type { MirrorsYaml } from './schema.gen.ts';
import type { Sound } from './sound.ts';

/** A destination: its endpoint is absent where that was wrong, so that names can be compared all the same. */
export interface NamedEndpoint {
  readonly name: string | undefined;
  readonly namePlace: Place;
  readonly endpoint: Endpoint | undefined;
}

/** The registries of a file. What is absent was wrong. */
export interface Endpoints {
  readonly source: Endpoint | undefined;
  readonly alternates: readonly Endpoint[];
  readonly destinations: readonly NamedEndpoint[];
}

/** The registry and namespace of the source as the file writes them, variables not replaced, or their defaults. */
export function writtenSource(source: Sound<MirrorsYaml>['source']): { registry: string; namespace: string } {
  return {
    registry: source?.registry ?? defaults.sourceRegistry,
    namespace: source?.namespace ?? defaults.sourceNamespace,
  };
}

/** Reads the source, its alternates and the destinations. What is wrong goes to the context's findings. */
export function readEndpoints({ source, destinations }: Sound<MirrorsYaml>, context: EndpointContext): Endpoints {
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
      return [{ name: destination.name, namePlace, endpoint: readEndpoint(destination, path, context) }];
    }),
  };
}

import schema from '../../schema/mirrors.schema.json' with { type: 'json' };
import { type Path, pathText } from './path.ts';

/** Keys that stand below another one of mirrors.yaml, by name. Those that stand in several places are not here. */
const homes: ReadonlyMap<string, string> = homesOf(schema);

/** Where a known key belongs that stands in the wrong place, as a hint. */
export function homeOfKey(key: string, seenIn: Path): string | undefined {
  if (Object.hasOwn(schema.properties, key)) return `It belongs at the top, not in \`${pathText(seenIn)}\`.`;
  const home = homes.get(key);
  return home === undefined ? undefined : `It belongs in \`${home}\`.`;
}

function homesOf({ $defs }: typeof schema): Map<string, string> {
  const named = {
    upstream: $defs.upstream,
    source: $defs.source,
    images: $defs.images,
    policy: $defs.policy,
    apply: $defs.apply,
  };
  const pairs = Object.entries(named).flatMap(([home, { properties }]) =>
    Object.keys(properties).map((key): [string, string] => [key, home]),
  );
  const elsewhere: readonly string[] = Object.keys($defs.destination.properties);
  return new Map(pairs.filter(([key]) => !elsewhere.includes(key)));
}

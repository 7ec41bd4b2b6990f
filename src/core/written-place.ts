import { namespacePath } from './names.ts';

/** A registry and a namespace, and how mirrors.yaml writes them where it does so with variables: `${REGISTRY}/mirror`. */
export interface WrittenPlace {
  readonly registry: { readonly host: string };
  readonly namespace: string;
  readonly written?: string;
}

/** A place as messages name it: with variables as mirrors.yaml writes them, not their values. */
export function placeName({ registry, namespace, written }: WrittenPlace): string {
  return written ?? namespacePath(registry.host, namespace);
}

/** The two parts of {@link placeName}. One variable may hold both: then it is the first. */
export function placeParts(place: WrittenPlace): { readonly host: string; readonly namespace: string } {
  const [, host = '', namespace = ''] = /^((?:\$\{[^}]*\}|[^/])*)\/?(.*)$/s.exec(placeName(place)) ?? [];
  return { host, namespace };
}

/** A text from a registry, or about it, in which the place stands as messages name it. */
export function withPlaceName(text: string, place: WrittenPlace): string {
  const { registry, namespace, written } = place;
  if (written === undefined) return text;
  const parts = placeParts(place);
  const names: (readonly [value: string, shown: string, end: string])[] = [
    [namespacePath(registry.host, namespace), written, edge],
    // By itself a namespace may be any word: only before an image it is one.
    [namespace, parts.namespace || written, '(?=\\/)'],
    [registry.host, parts.host, edge],
    [registry.host.replace(/:\d+$/, ''), parts.host, edge],
  ];
  const replaced = names.filter(([value, shown]) => value !== '' && shown.includes('${'));
  return replaced.reduce(
    (all, [value, shown, end]) => all.replace(new RegExp(`(?<![\\w.}-])${escaped(value)}${end}`, 'g'), () => shown),
    text,
  );
}

const edge = '(?![\\w-]|[.:]\\w)';

function escaped(text: string): string {
  return text.replace(/[\^$.*+?()[\]{}|/]/g, '$&');
}

import { isRecord, parsedJson, shownJson } from '../../core/json.ts';
import type { ConfigChange } from './types.ts';

type What = ConfigChange['what'];

/** What an image's config says of how it runs: by kind, and by name where a kind has several. */
type Settings = ReadonlyMap<string, { readonly what: What; readonly name?: string; readonly value: string }>;

const kinds: readonly (readonly [
  What,
  string,
  (value: unknown) => readonly (readonly [string | undefined, string])[],
])[] = [
  ['environment', 'Env', variables],
  ['entrypoint', 'Entrypoint', single],
  ['command', 'Cmd', single],
  ['user', 'User', single],
  ['working directory', 'WorkingDir', single],
  ['ports', 'ExposedPorts', keys],
  ['volumes', 'Volumes', keys],
  ['labels', 'Labels', pairs],
  ['healthcheck', 'Healthcheck', single],
  ['stop signal', 'StopSignal', single],
  ['shell', 'Shell', single],
  ['build triggers', 'OnBuild', single],
];

/**
 * Compares what the configs of two images say of how they run (OCI image spec, config.md, `config`; Docker adds
 * `Healthcheck`, `Shell` and `OnBuild`). Values are kept as upstream writes them; lists and objects become JSON.
 *
 * @returns `undefined` where one of them is not the config of an image
 */
export function compareConfigs(from: Uint8Array, to: Uint8Array): ConfigChange[] | undefined {
  const before = readSettings(from);
  const after = readSettings(to);
  if (before === undefined || after === undefined) return undefined;
  const changes: ConfigChange[] = [];
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const [old, now] = [before.get(key), after.get(key)];
    const either = now ?? old;
    if (either === undefined || old?.value === now?.value) continue;
    const { what, name } = either;
    changes.push({
      what,
      ...(name === undefined ? {} : { name }),
      ...(old === undefined ? {} : { from: old.value }),
      ...(now === undefined ? {} : { to: now.value }),
    });
  }
  const order = (what: What) => kinds.findIndex(([kind]) => kind === what);
  return changes.sort((a, b) => order(a.what) - order(b.what) || compareTexts(a.name, b.name));
}

function compareTexts(a = '', b = ''): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** `undefined` where it names no `os`, or what it says of running is not an object. */
function readSettings(bytes: Uint8Array): Settings | undefined {
  const json = parsedJson(bytes);
  if (!isRecord(json) || typeof json['os'] !== 'string') return undefined;
  const config = json['config'] ?? {};
  if (!isRecord(config)) return undefined;
  const settings = new Map<string, { what: What; name?: string; value: string }>();
  for (const [what, key, read] of kinds) {
    if (!Object.hasOwn(config, key)) continue;
    for (const [name, value] of read(config[key])) {
      settings.set(`${what}\0${name ?? ''}`, { what, ...(name === undefined ? {} : { name }), value });
    }
  }
  return settings;
}

/** Docker writes what is not set as `null`, an empty text or an empty list. */
function single(value: unknown): [undefined, string][] {
  if (value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)) return [];
  return [[undefined, shown(value)]];
}

/** `NAME=VALUE`; of a name that is there twice, the last counts, as in a container. */
function variables(value: unknown): [string, string][] {
  if (!Array.isArray(value)) return [];
  return value.map((item) => {
    const text = shown(item);
    const end = text.indexOf('=', 1);
    return end === -1 ? [text, ''] : [text.slice(0, end), text.slice(end + 1)];
  });
}

/** A set in Go's JSON: `{"80/tcp": {}}`. */
function keys(value: unknown): [string, string][] {
  return isRecord(value) ? Object.keys(value).map((key) => [key, key]) : [];
}

function pairs(value: unknown): [string, string][] {
  return isRecord(value) ? Object.entries(value).map(([key, text]) => [key, shown(text)]) : [];
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : shownJson(value);
}

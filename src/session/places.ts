import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import packageFile from '../../package.json' with { type: 'json' };
import { readConfigText } from '../config/read.ts';
import type { Config } from '../config/types.ts';
import { attempt } from '../core/attempt.ts';
import { defined } from '../core/defined.ts';
import type { Environment } from '../core/environment.ts';
import { codeOf, makeFolder } from '../core/file-errors.ts';
import type { Context } from './context.ts';
import { mirrorsFile, openConfig } from './workspace.ts';

interface PlaceOf {
  readonly registry: { readonly host: string };
  readonly namespace: string;
}

/** Where images come from and go to, of what a configuration says. */
export interface Places {
  readonly source: PlaceOf;
  readonly destinations: readonly (PlaceOf & { readonly name: string; readonly written?: string })[];
}

/** What the cache keeps of a configuration: it counts only for a file of the same bytes, read by the same version of this tool. */
interface Remembered {
  readonly version: string;
  readonly text: string;
  /** The environment variables that it names, none of which has a value. */
  readonly unset: readonly string[];
  readonly places: Places;
}

/**
 * The places that the configuration of the mirror repository names. Those of a file that has been read before come from the
 * cache folder: reading YAML and checking it takes most of the CPU of a short command. Nothing is kept of a file that takes
 * values from the environment, which may be secrets.
 *
 * @throws UserError as `openConfig` does
 */
export async function openPlaces(context: Context): Promise<Places> {
  const { path, shownAs, root } = mirrorsFile(context);
  const read = await attempt(() => readConfigText(path, { shownAs, root }));
  if (!read.ok) return openConfig(context);
  const known = await recall(context, read.value);
  if (known !== undefined) return known;
  const { parseConfig } = await import('../config/parse.ts');
  const recorder = recordReads(context.env);
  const config = parseConfig(read.value, { file: shownAs, env: recorder.env });
  const unset = recorder.unset();
  if (unset !== undefined) await remember(context, { text: read.value, unset, places: placesOf(config) });
  return config;
}

function placesOf({ source, destinations }: Pick<Config, 'source' | 'destinations'>): Places {
  const placeOf = ({ registry, namespace }: PlaceOf) => ({ registry: { host: registry.host }, namespace });
  return {
    source: placeOf(source),
    destinations: destinations.map((one) => ({
      name: one.name,
      ...placeOf(one),
      ...defined({ written: one.written }),
    })),
  };
}

/** An environment that remembers which of its variables were asked for. */
function recordReads(env: Environment) {
  const asked = new Set<string>();
  const note = (name: string | symbol) => void asked.add(String(name));
  return {
    env: new Proxy(env, {
      get: (target, name) => {
        note(name);
        return Reflect.get(target, name);
      },
      getOwnPropertyDescriptor: (target, name) => {
        note(name);
        return Reflect.getOwnPropertyDescriptor(target, name);
      },
    }),
    /** The variables asked for; undefined where one of them has a value. */
    unset: () => ([...asked].some((name) => env[name]) ? undefined : [...asked]),
  };
}

/** One file for each configuration. Paths that end alike share one, and take turns. */
function fileOf(context: Context): string {
  const name = encodeURIComponent(mirrorsFile(context).path).slice(-200);
  return join(context.cacheDirectory, 'places', `${name}.json`);
}

async function recall(context: Context, text: string): Promise<Places | undefined> {
  const known = remembered(await keptText(fileOf(context)));
  const isCurrent =
    known?.version === packageFile.version && known.text === text && known.unset?.every((name) => !context.env[name]);
  return isCurrent ? known.places : undefined;
}

/** The text of a file of the cache; empty where it cannot be read: then the configuration is read anew. */
async function keptText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return '';
  }
}

/** What the text of such a file says; undefined for a text that is none, such as one of a disk that was full. */
function remembered(json: string): Partial<Remembered> | undefined {
  try {
    return json === '' ? undefined : JSON.parse(json);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

async function remember(context: Context, known: Omit<Remembered, 'version'>): Promise<void> {
  const path = fileOf(context);
  try {
    await makeFolder(dirname(path));
    const text = JSON.stringify({ version: packageFile.version, ...known } satisfies Remembered);
    await writeFileAtomic(path, `${text}\n`, { mode: 0o600 });
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    context.debug(`The places of ${context.configFile} are not kept in the cache folder (${code}).`);
  }
}

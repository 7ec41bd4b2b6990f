import { parse, stringify, type TomlTable } from 'smol-toml';
import type { Source } from '../../config/types.ts';
import type { Environment } from '../../core/environment.ts';
import { type ImageName, namespacePath } from '../../core/names.ts';
import type { Problem } from '../../core/problem.ts';
import { placeName } from '../../core/written-place.ts';
import { registriesConfPath, renderRegistriesConf } from '../../render/registries-conf.ts';
import type { MachineRegistries } from '../policy/machine.ts';
import { fullName } from '../policy/names.ts';
import { findEntry, type RegistryEntry } from '../policy/registries-conf.ts';

/** What `--registries-conf` of skopeo is given: a text, or the operator's own file. */
export interface AlternatesConf {
  readonly text?: string;
  /** The operator's own file that the environment names; skopeo does not read that variable by itself. */
  readonly file?: string;
  readonly warning?: Problem;
}

/**
 * The registries.conf for the alternates: the operator's own with an entry for the source added, since skopeo reads one
 * file only. Where the operator's already says where the source is read, it decides, and a warning says so.
 *
 * @param anImage an image of the source, by which the operator's entries are looked up
 */
export function alternatesConf(
  source: Source,
  { entries, main }: MachineRegistries,
  env: Environment,
  anImage: ImageName,
): AlternatesConf {
  const named = env['CONTAINERS_REGISTRIES_CONF'];
  const own = named ? { file: named } : {};
  const rendered = renderRegistriesConf(source).get(registriesConfPath);
  if (rendered === undefined) return own;
  const entry = findEntry(entries, fullName(source, anImage));
  if (entry !== undefined && !leavesRoom(entry, source, main?.file))
    return { ...own, warning: ownDecides(source, entry) };
  if (main === undefined) return { text: rendered };
  const operators: TomlTable = parse(main.text);
  const isOld = operators['registries'] !== undefined;
  if (isOld) return { ...own, warning: ownDecides(source, { ...main, prefix: 'version 1' }) };
  // Of entries with one prefix the first counts.
  const registry = [parse(rendered)['registry'] ?? [], operators['registry'] ?? []].flat();
  return { text: stringify({ ...operators, registry }) };
}

/** An entry that changes nothing, and that does not come after ours: drop-ins are read after the file that we give. */
function leavesRoom(entry: RegistryEntry, { registry, namespace }: Source, mainFile: string | undefined): boolean {
  const isPlain = !entry.blocked && entry.mirrors.length === 0 && (entry.location ?? entry.prefix) === entry.prefix;
  return isPlain && (entry.file === mainFile || entry.prefix !== namespacePath(registry.host, namespace));
}

function ownDecides(source: Source, { prefix, file }: { prefix: string; file: string }): Problem {
  return {
    code: 'apply/registries-conf',
    severity: 'warning',
    message: `The registries.conf of this machine says where ${placeName(source)} is read: skopeo follows it, and does not ask the alternates of mirrors.yaml.`,
    place: { file },
    value: prefix,
    hint: 'Name the alternates as mirrors in that file, or remove the entry.',
  };
}

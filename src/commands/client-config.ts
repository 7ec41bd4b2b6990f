import { clientConfigOf, parseClientName } from '../clients/clients.ts';
import type { ClientConfig, ClientName, Mirror } from '../clients/types.ts';
import type { Destination } from '../config/types.ts';
import { ExitCode } from '../core/exit-code.ts';
import { readLockfile } from '../lock/file.ts';
import { type Lockfile, lockedGroups } from '../lock/types.ts';
import type { Context, Outcome } from '../session/context.ts';
import { chooseDestinations, destinationText } from '../session/destinations.ts';
import { lockfilePath, openConfig } from '../session/workspace.ts';

/** Prints what makes a client use the mirror at each destination. Asks no registry. */
export async function clientConfig(
  context: Context,
  { client: text, destinations: names }: { readonly client: string; readonly destinations?: readonly string[] },
): Promise<Outcome> {
  const client = parseClientName(text);
  const config = await openConfig(context);
  const chosen = chooseDestinations(config, names);
  const example = exampleOf(await readLockfile(lockfilePath(context)));
  const written = chosen.map((destination) => ({
    destination,
    settings: clientConfigOf(client, mirrorOf(destination, example)),
  }));
  const problems = [...config.warnings, ...written.flatMap(({ settings: { problem } }) => problem ?? [])];
  return {
    exitCode: ExitCode.done,
    text: [
      ...written.map(({ destination, settings }) => settingsText(client, destination, settings)),
      ...(chosen.length === 1 ? [] : [oneOfThese]),
    ].join('\n\n'),
    copied: {
      verbatim: written.flatMap(({ settings: { files } }) => files.map(({ text }) => text)),
      commands: written.flatMap(({ settings: { tryIt } }) => tryIt),
    },
    json: {
      schema: 'mirrorlock/client-config/v1',
      client,
      destinations: written.map(({ destination: { name, registry, namespace }, settings }) => ({
        destination: name,
        registry: registry.host,
        namespace,
        usesMirror: settings.problem === undefined,
        files: settings.files,
        flags: settings.flags ?? [],
        steps: settings.steps,
        fallback: settings.fallback,
        limits: settings.limits,
        try: settings.tryIt,
      })),
      warnings: problems,
    },
    problems,
  };
}

function mirrorOf({ name, registry, namespace }: Destination, example: string): Mirror {
  return { name, host: registry.host, namespace, insecure: registry.insecure, example };
}

const oneOfThese =
  'A client uses one of these destinations: `--destination NAME` prints one. As a second choice, most clients take several mirrors in one file.';

const usualExample = 'debian:12';

/** An image to try: `debian:12`, or the first that is locked where the lockfile does not have it. */
function exampleOf(lockfile: Lockfile | undefined): string {
  const locked = (lockfile?.images ?? []).flatMap((image) =>
    lockedGroups(image).flatMap(({ tags }) => tags.map((tag) => `${image.image}:${tag}`)),
  );
  return locked.includes(usualExample) ? usualExample : (locked[0] ?? usualExample);
}

function settingsText(client: ClientName, destination: Destination, settings: ClientConfig): string {
  const { files, flags = [], steps, fallback, limits, tryIt, problem } = settings;
  return [
    `${client} and ${destinationText(destination)}`,
    ...(problem === undefined ? [] : ['', problem.message, problem.hint ?? '']),
    ...files.flatMap(({ path, text }) => ['', `${path}:`, '', text.trimEnd()]),
    ...(flags.length === 0 ? [] : ['', 'Flags:', ...flags.map((flag) => `  ${flag}`)]),
    '',
    'Then:',
    ...steps.map((step) => `  ${step}`),
    '',
    `Fallback: ${fallback}`,
    ...limits.map((limit) => `Note: ${limit}`),
    '',
    'Try it:',
    ...tryIt.map((line) => `  ${line}`),
  ].join('\n');
}

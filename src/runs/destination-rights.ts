import type { Destination } from '../config/types.ts';
import { type Attempt, attempt } from '../core/attempt.ts';
import { defined } from '../core/defined.ts';
import { digestOf } from '../core/digest-of.ts';
import { isRecord, parsedJson } from '../core/json.ts';
import { type Digest, type ImageName, isDigest, repositoryPath, type Tag } from '../core/names.ts';
import { credentialStore } from '../registry/auth/credentials.ts';
import type { RegistryClient } from '../registry/types.ts';
import { openTrial, withClient } from '../session/clients.ts';
import type { Context } from '../session/context.ts';
import { accountOf } from '../session/source-session.ts';

/** What the login in use may do at a destination. */
export interface DestinationRights {
  /** Absent: nobody is logged in. */
  readonly account?: string;
  readonly pull: Attempt<unknown>;
  /** Not tried where reading failed already. */
  readonly push?: Attempt<void>;
  /** What more was asked for, where pushing works. */
  readonly more?: MoreRights;
}

/** What the registry does besides pulls and pushes, as far as it can be asked for without a change. */
interface MoreRights {
  /** Whether blobs are mounted; absent: the destination has nothing yet that could be. */
  readonly mount?: Attempt<boolean>;
  readonly referrers?: Attempt<boolean>;
  /** Whether a digest may be deleted; absent: nobody asked. */
  readonly delete?: Attempt<unknown>;
}

/** What to try besides pull and push. */
export interface MoreTrials {
  /** A digest that the destination may have, such as one of the lockfile. */
  readonly known?: Digest;
  /** Whether to ask for the deletion of a digest that no registry has. */
  readonly asksDelete: boolean;
}

/**
 * Tries what a login may do in one repository of a destination: one HEAD of a manifest, and one upload that is begun and taken
 * back. With `trials` also what else can be asked without a change. Nothing is stored, and nothing deleted.
 *
 * @throws UserError for credentials that cannot be read
 */
export async function tryDestination(
  context: Context,
  destination: Destination,
  image: ImageName,
  trials?: MoreTrials,
): Promise<DestinationRights> {
  const { registry, namespace } = destination;
  const credentials = credentialStore(context.env, context.homeDirectory);
  const account = await accountOf(credentials, registry.host, repositoryPath(namespace, image));
  const found = account === undefined ? {} : { account };
  const repository = repositoryPath(namespace, image);
  const task = context.progress.start(`Trying ${registry.host}`);
  const work = async (): Promise<DestinationRights> =>
    withClient(
      context,
      destination,
      async (client) => {
        const pull = await attempt(() => client.head(repository, 'latest' as Tag));
        if (!pull.ok) return { ...found, pull };
        const push = await attempt(() => client.tryUpload(repository));
        if (!push.ok || trials === undefined) return { ...found, pull, push };
        return { ...found, pull, push, more: await tryMore(client, repository, trials) };
      },
      openTrial,
    );
  try {
    const rights = await work();
    task.end(rights.push?.ok ? 'it takes pushes' : 'failed');
    return rights;
  } catch (error) {
    task.end('failed');
    throw error;
  }
}

/** No content has this digest, as far as anybody knows. */
const nowhere = digestOf(new TextEncoder().encode('mirrorlock doctor asks to delete what is not there'));

async function tryMore(
  client: RegistryClient,
  repository: string,
  { known, asksDelete }: MoreTrials,
): Promise<MoreRights> {
  const there = known === undefined ? undefined : await attempt(() => client.get(repository, known));
  const has = there?.ok ? there.value : undefined;
  const blob = has === undefined ? undefined : await attempt(() => blobOf(client, repository, has.bytes));
  const digest = blob?.ok ? blob.value : undefined;
  return {
    ...(digest === undefined ? {} : { mount: await attempt(() => client.tryMount(repository, digest)) }),
    ...(has === undefined ? {} : { referrers: await attempt(() => client.hasReferrers(repository, has.digest)) }),
    ...(asksDelete ? { delete: await attempt(() => client.delete(repository, nowhere)) } : {}),
  };
}

/** A blob that a manifest names, or the first manifest of an index: its config. */
async function blobOf(client: RegistryClient, repository: string, bytes: Uint8Array): Promise<Digest | undefined> {
  const { manifests, config } = namedIn(bytes);
  if (config !== undefined) return config;
  const [first] = manifests;
  const child = first === undefined ? undefined : await client.get(repository, first);
  return child === undefined ? undefined : namedIn(child.bytes).config;
}

function namedIn(bytes: Uint8Array): { readonly manifests: readonly Digest[]; readonly config?: Digest } {
  const json = parsedJson(bytes);
  const digestIn = (value: unknown): Digest[] => {
    const digest = isRecord(value) ? value['digest'] : undefined;
    return typeof digest === 'string' && isDigest(digest) ? [digest] : [];
  };
  if (!isRecord(json)) return { manifests: [] };
  const [config] = digestIn(json['config']);
  const manifests = Array.isArray(json['manifests']) ? json['manifests'].flatMap(digestIn) : [];
  return { manifests, ...defined({ config }) };
}

import type { Destination } from '../config/types.ts';
import { type Attempt, attempt } from '../core/attempt.ts';
import { type ImageName, repositoryPath, type Tag } from '../core/names.ts';
import { credentialStore } from '../registry/auth/credentials.ts';
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
}

/**
 * Tries what a login may do in one repository of a destination: one HEAD of a manifest, and one upload that is begun and taken
 * back. Nothing is stored.
 *
 * @throws UserError for credentials that cannot be read
 */
export async function tryDestination(
  context: Context,
  destination: Destination,
  image: ImageName,
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
        return { ...found, pull, push: await attempt(() => client.tryUpload(repository)) };
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

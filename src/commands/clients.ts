import type { RegistryNamespace, Source } from '../config/types.ts';
import { createRegistryClient } from '../registry/client.ts';
import { credentialStore } from '../registry/credentials.ts';
import type { RegistryClient } from '../registry/types.ts';
import type { Context } from './context.ts';

/** A client for the registry of a source, alternate or destination, with the user's credentials. */
export function openClient(context: Context, place: RegistryNamespace | Source): RegistryClient {
  return createRegistryClient(place.registry, {
    credentials: credentialStore(context.env, context.homeDirectory),
    signal: context.signal,
    ...('requestsPerMinute' in place && place.requestsPerMinute !== undefined
      ? { requestsPerMinute: place.requestsPerMinute }
      : {}),
  });
}

/** Works with a client, and closes it however the work ends. */
export async function withClient<Result>(
  context: Context,
  place: RegistryNamespace,
  work: (client: RegistryClient) => Promise<Result>,
): Promise<Result> {
  const client = openClient(context, place);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

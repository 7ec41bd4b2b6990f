import type { RegistryNamespace, Source } from '../config/types.ts';
import { createRegistryClient } from '../registry/client.ts';
import type { RegistryClient } from '../registry/types.ts';
import type { Context } from './context.ts';

/** A client for the registry of a source, alternate or destination, with the user's credentials. */
export function openClient(context: Context, place: RegistryNamespace | Source): RegistryClient {
  const { env, homeDirectory, signal } = context;
  const requestsPerMinute = 'requestsPerMinute' in place ? place.requestsPerMinute : undefined;
  const limit = requestsPerMinute === undefined ? {} : { requestsPerMinute };
  return createRegistryClient(place.registry, { env, homeDirectory, signal, ...limit });
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

import { createHash, type Hash } from 'node:crypto';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { BlobRef } from '../types.ts';

/**
 * One blob on its way to skopeo. Its last part is held back until the whole has the digest that was asked for, so that
 * wrong bytes never make a whole answer.
 */
export interface Delivery {
  readonly blob: BlobRef;
  /** How many bytes have come so far, in order. */
  received(): number;
  /** Whether skopeo has gone away. */
  isGone(): boolean;
  /** Takes the next bytes; resolves when skopeo can take more. `false` when they are more than the blob has. */
  take(chunk: Uint8Array): Promise<boolean>;
  /** Begins anew; `false` where skopeo has had bytes already. */
  restart(): boolean;
  /** Sends what was held back when all is right. `false` when it is not. */
  finish(): boolean;
  /** Calls `stop` when skopeo goes away; gives the way to take that back. */
  onGone(stop: () => void): () => void;
}

/** @param heard told whenever skopeo has taken some */
export function delivery(blob: BlobRef, response: ServerResponse, heard: () => void): Delivery {
  let hash: Hash = createHash('sha256');
  let received = 0;
  let held: Uint8Array | undefined;

  const send = async (chunk: Uint8Array) => {
    if (!response.headersSent) response.writeHead(200, blobHeaders(blob));
    if (!response.write(chunk) && !response.closed) await drained(response);
  };

  return {
    blob,
    received: () => received,
    isGone: () => response.closed || response.destroyed,
    async take(chunk) {
      received += chunk.byteLength;
      if (received > blob.size) return false;
      hash.update(chunk);
      const before = held;
      held = chunk;
      if (before !== undefined) await send(before);
      heard();
      return true;
    },
    restart() {
      if (response.headersSent) return false;
      hash = createHash('sha256');
      received = 0;
      held = undefined;
      return true;
    },
    finish() {
      if (received !== blob.size || `sha256:${hash.digest('hex')}` !== blob.digest) return false;
      if (!response.headersSent) response.writeHead(200, blobHeaders(blob));
      response.end(held);
      return true;
    },
    onGone(stop) {
      response.once('close', stop);
      return () => response.off('close', stop);
    },
  };
}

export function blobHeaders({ digest, size }: BlobRef): Record<string, string> {
  return {
    'content-type': 'application/octet-stream',
    'content-length': `${size}`,
    'docker-content-digest': digest,
  };
}

async function drained(response: ServerResponse): Promise<void> {
  const stop = new AbortController();
  const gone = () => stop.abort();
  response.once('close', gone);
  try {
    await once(response, 'drain', { signal: stop.signal });
  } catch (error) {
    // Whoever reads next sees that skopeo is gone.
    if (!stop.signal.aborted) throw error;
  } finally {
    response.off('close', gone);
  }
}

import type { StreamedBody } from '../http/sent-body.ts';
import type { RequestContext } from './error-kinds.ts';
import { RegistryError } from './errors.ts';
import {
  begunUpload,
  believe,
  type OneUpload,
  sendUpload,
  type UploadsOptions,
  withDigest,
} from './upload-requests.ts';

/** Sends a blob in parts, one after another, and ends the upload. `usual`: bytes of a part. @throws RegistryError */
export async function sendInParts(one: OneUpload, usual: number, options: UploadsOptions): Promise<void> {
  const { repository, blob, content } = one;
  const reading = new AbortController();
  const reader = partReader(content(reading.signal));
  let { upload } = one;
  try {
    for (let from = 0; from < blob.size; ) {
      const size = Math.min(blob.size - from, Math.max(usual, upload.leastPart));
      const context = { method: 'PATCH', host: options.host, repository, reference: blob.digest };
      const answer = await sendUpload('PATCH', repository, blob, upload, options, {
        url: upload.url,
        headers: {
          'content-type': 'application/octet-stream',
          'content-length': `${size}`,
          'content-range': `${from}-${from + size - 1}`,
        },
        body: { size, open: readOnce(() => reader.next(size), context) },
        answers: [200, 201, 202, 204],
      });
      upload =
        answer.headers['location'] === undefined
          ? upload
          : { ...begunUpload(answer, upload.url, options, context), leastPart: upload.leastPart };
      from += size;
      one.upload = upload;
    }
    await reader.finish();
    const answer = await sendUpload('PUT', repository, blob, upload, options, {
      url: withDigest(upload.url, blob),
      headers: { 'content-length': '0' },
      answers: [200, 201, 202, 204],
    });
    await believe(answer, repository, blob, options);
  } finally {
    reading.abort();
  }
}

/**
 * A part is not kept, so it is read only once. Where it has to be sent again, as with a new token, another upload is begun.
 */
function readOnce(read: () => AsyncIterable<Uint8Array>, request: RequestContext): StreamedBody['open'] {
  let isRead = false;
  return () => {
    if (isRead) {
      throw new RegistryError({ kind: 'upload', request, summary: 'the registry asks for a part of a blob again.' });
    }
    isRead = true;
    return read();
  };
}

/** Reads content in parts of so many bytes. */
export function partReader(content: AsyncIterable<Uint8Array>) {
  const iterator = content[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array();
  return {
    async *next(size: number): AsyncGenerator<Uint8Array> {
      for (let wanted = size; wanted > 0; ) {
        if (rest.byteLength === 0) {
          const { done, value } = await iterator.next();
          if (done) return;
          rest = value;
        }
        const chunk = rest.subarray(0, wanted);
        rest = rest.subarray(chunk.byteLength);
        wanted -= chunk.byteLength;
        yield chunk;
      }
    },
    /** Reads on to the end, where the content is found to be right. */
    async finish(): Promise<void> {
      await iterator.next();
    },
  };
}

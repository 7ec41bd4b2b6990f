import { parseDigest } from '../core/names.ts';
import type { HttpAnswer } from '../http/exchange.ts';
import { checkedRepository } from './address.ts';
import { RegistryError } from './errors.ts';
import type { Send } from './requester.ts';
import type { BlobContent, RegistryClient } from './types.ts';
import { sendInParts } from './upload-parts.ts';
import {
  begin,
  begunUpload,
  giveUp,
  type OneUpload,
  postUpload,
  sendWhole,
  type UploadPlace,
  type UploadsOptions,
} from './upload-requests.ts';

/** How blobs are asked for: what is streamed has connections of its own. */
interface BlobRequestsOptions {
  readonly host: string;
  readonly base: URL;
  readonly boundary: UploadPlace['boundary'];
  readonly send: Send;
  readonly sendStreamed: Send;
}

type BlobRequests = Pick<RegistryClient, 'openBlob' | 'headBlob' | 'mount'>;

/**
 * HEAD and GET of blobs (OCI distribution spec, "Pulling blobs"), also from the middle (RFC 9110, section 14), and
 * mounts ("Mounting a blob from another repository").
 */
export function blobRequests({ host, base, boundary, send, sendStreamed }: BlobRequestsOptions): BlobRequests {
  const urlOf = (repository: string, digest: string) =>
    new URL(`/v2/${checkedRepository(repository)}/blobs/${parseDigest(digest)}`, base);
  return {
    async openBlob(repository, digest, from = 0) {
      const answer = await sendStreamed({
        method: 'GET',
        url: urlOf(repository, digest),
        headers: from === 0 ? {} : { range: `bytes=${from}-` },
        maxBytes: 0,
        streamed: true,
        context: { method: 'GET', host, repository, reference: digest },
        scope: { repository, actions: 'pull' },
        counted: 'blobGet',
        answers: [200, 206, 404],
      });
      if (answer.stream === undefined) return undefined;
      return { offset: offsetOf(answer), stream: answer.stream };
    },
    async headBlob(repository, digest) {
      const { status, headers } = await send({
        method: 'HEAD',
        url: urlOf(repository, digest),
        headers: {},
        maxBytes: 0,
        context: { method: 'HEAD', host, repository, reference: digest },
        scope: { repository, actions: 'pull' },
        counted: 'blobHead',
        answers: [200, 404],
      });
      if (status === 404) return undefined;
      const length = headers['content-length'];
      return /^\d{1,15}$/.test(length ?? '') ? { size: Number(length) } : {};
    },
    async mount(repository, digest, from) {
      const { answer, url, context } = await postUpload(
        { host, base, send },
        {
          repository,
          mount: { digest, from },
          counted: from === repository ? 'blobUpload' : 'blobMount',
          answers: [201, 202, 404],
        },
      );
      if (answer.status === 201) return 'mounted';
      return answer.status === 404 ? 'not-found' : begunUpload(answer, url, { base, boundary }, context);
    },
  };
}

/** Where the body begins; a part that does not say so begins nowhere that the caller asked for. */
function offsetOf({ status, headers }: HttpAnswer): number {
  if (status !== 206) return 0;
  const [, first] = /^bytes (\d{1,15})-/.exec(headers['content-range'] ?? '') ?? [];
  return first === undefined ? Number.NaN : Number(first);
}

/** What a registry that does not take a blob whole is sent at a time (bytes). */
const usualPart = 8 * 1024 * 1024;
/** What a proxy takes that refuses more (nginx, `client_max_body_size`). */
const smallPart = 1024 * 1024;
/** How often a registry may lose track of whole blobs before it gets parts. */
const mostLost = 2;

/** Refusals of a whole PUT that a registry may not have for parts (regclient, scheme/reg/blob.go, falls back on any). */
const wantsParts: readonly number[] = [405, 411, 413, 415, 501];
/**
 * Uploads of blobs (OCI distribution spec, "Pushing blobs"): a POST, and one PUT with the body streamed; where a registry
 * refuses that, a PATCH for each part and a PUT that ends them.
 */
export function uploads(options: UploadsOptions): RegistryClient['upload'] {
  /** The size of parts, once a whole PUT was refused. */
  let part: number | undefined;

  const sendOne = async (one: OneUpload, size: number | undefined): Promise<void> => {
    try {
      await (size === undefined ? sendWhole(one, options) : sendInParts(one, size, options));
    } catch (error) {
      if (!isLost(error)) await giveUp(one, options);
      const next = error instanceof RegistryError ? nextPart(error.status, size, one.blob.size) : undefined;
      if (next === undefined) throw error;
      part = Math.min(part ?? next, next);
      throw new RegistryError({ ...(error as RegistryError).details, kind: 'upload' });
    }
  };

  return async (repository, blob, content, begun) => {
    const guarded = guardedContent(content);
    let [first, lost] = [begun, 0];
    try {
      await options.persist(async () => {
        const upload = first ?? (await begin(repository, options));
        first = undefined;
        const size = part ?? (lost >= mostLost ? usualPart : undefined);
        try {
          await sendOne({ repository, blob, content: guarded, upload }, size);
        } catch (error) {
          if (isLost(error)) lost += 1;
          throw error;
        }
      });
    } catch (error) {
      // Stopped before it was gone on with.
      if (first !== undefined) await giveUp({ repository, upload: first }, options);
      throw error instanceof ContentFailure ? error.cause : error;
    }
  };
}

/** An upload that is begun and taken back, by one POST and one DELETE. See {@link RegistryClient.tryUpload}. */
export function uploadTrial(options: UploadsOptions): RegistryClient['tryUpload'] {
  return async (repository) => {
    const upload = await options.persist(() => begin(repository, options));
    await giveUp({ repository, upload }, options);
  };
}

/** A mount of what is there already; an upload that begins in its place is taken back. See {@link RegistryClient.tryMount}. */
export function mountTrial(options: UploadsOptions, mount: RegistryClient['mount']): RegistryClient['tryMount'] {
  return async (repository, digest) => {
    const upload = await options.persist(() => mount(repository, digest, repository));
    if (typeof upload === 'string') return upload === 'mounted';
    await giveUp({ repository, upload }, options);
    return false;
  };
}

/** Whether a registry does not know an upload any more, which then cannot be taken back. */
function isLost(error: unknown): boolean {
  return error instanceof RegistryError && error.kind === 'upload' && error.status !== undefined;
}

/** The size of parts to go on with after a refusal; `undefined` where parts would not help. */
function nextPart(status: number | undefined, used: number | undefined, size: number): number | undefined {
  if (status === undefined || !wantsParts.includes(status)) return undefined;
  if (status !== 413) return used === undefined ? usualPart : undefined;
  return [usualPart, smallPart].find((part) => part < (used ?? size));
}

/** Content that could not be read: beginning another upload does not help. */
class ContentFailure extends Error {}

function guardedContent(content: BlobContent): BlobContent {
  return async function* (signal) {
    try {
      yield* content(signal);
    } catch (error) {
      throw new ContentFailure('the content could not be read', { cause: error });
    }
  };
}

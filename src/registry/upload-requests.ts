import { parseDigest } from '../core/names.ts';
import type { Boundary } from '../http/boundary.ts';
import type { HttpAnswer } from '../http/exchange.ts';
import { RedirectError } from '../http/redirect-error.ts';
import { type OnwardOptions, onward } from '../http/redirects.ts';
import { checkedRepository } from './address.ts';
import type { RequestContext } from './error-kinds.ts';
import { RegistryError } from './errors.ts';
import type { RegistryRequest, Send } from './requester.ts';
import type { Persist } from './retry.ts';
import type { BegunUpload, BlobContent, BlobRef, RegistryClient } from './types.ts';

export interface UploadsOptions {
  readonly host: string;
  readonly base: URL;
  readonly boundary: Pick<Boundary, 'check'>;
  /** Sends a request once: an upload that breaks is begun anew, and no part of it is sent twice. */
  readonly send: Send;
  /** Sends what takes an upload back, also when the run has been stopped. */
  readonly sendLast: Send;
  readonly persist: Persist;
  readonly headBlob: RegistryClient['headBlob'];
}

const maxAnswerBytes = 64 * 1024;
/** Answers to PATCH and PUT by which registries say that they do not know this upload, or not at this place. */
const lostTrack: readonly number[] = [400, 404, 416];

/** An upload that was begun, and what it is of. */
export interface OneUpload {
  readonly repository: string;
  readonly blob: BlobRef;
  readonly content: BlobContent;
  /** Where it goes on now: a part may move it. */
  upload: BegunUpload;
}

/** What decides where an upload may go on. */
export type UploadPlace = Omit<OnwardOptions, 'asked'>;

/** The upload that an answer has begun, and where it goes on. @throws RegistryError `redirect` */
export function begunUpload(
  { status, headers }: HttpAnswer,
  asked: URL,
  place: UploadPlace,
  request: RequestContext,
): BegunUpload {
  const least = headers['oci-chunk-min-length'] ?? '';
  const leastPart = /^\d{1,12}$/.test(least) ? Number(least) : 0;
  try {
    return { ...onward(headers['location'], { ...place, asked }), leastPart };
  } catch (error) {
    if (!(error instanceof RedirectError)) throw error;
    const summary = `the upload cannot go on where the registry says: ${error.message}.`;
    throw new RegistryError({ kind: 'redirect', request, status, summary, value: error.target });
  }
}

/** Begins an upload by a POST. @throws RegistryError */
export async function begin(repository: string, { boundary, ...options }: UploadsOptions): Promise<BegunUpload> {
  const { answer, url, context } = await postUpload(options, { repository, counted: 'blobUpload', answers: [202] });
  return begunUpload(answer, url, { base: options.base, boundary }, context);
}

interface UploadPost extends Pick<RegistryRequest, 'counted' | 'answers'> {
  readonly repository: string;
  /** What is mounted, and from where; absent: nothing is. */
  readonly mount?: { readonly digest: string; readonly from: string };
}

/** The POST that begins an upload, or mounts a blob instead. @throws RegistryError */
export async function postUpload(
  { host, base, send }: Pick<UploadsOptions, 'host' | 'base' | 'send'>,
  { repository, mount, ...request }: UploadPost,
) {
  const url = new URL(`/v2/${checkedRepository(repository)}/blobs/uploads/`, base);
  if (mount !== undefined) {
    const query = { mount: parseDigest(mount.digest), from: checkedRepository(mount.from) };
    url.search = `${new URLSearchParams(query)}`;
  }
  const context = { method: 'POST', host, repository, ...(mount && { reference: mount.digest }) };
  const answer = await send({
    ...request,
    method: 'POST',
    url,
    headers: { 'content-length': '0' },
    maxBytes: maxAnswerBytes,
    context,
    scope: {
      repository,
      actions: 'pull,push',
      ...(mount !== undefined && mount.from !== repository && { alsoPull: mount.from }),
    },
  });
  return { answer, url, context };
}

/** Sends a blob whole, by one PUT. @throws RegistryError */
export async function sendWhole(
  { repository, blob, content, upload }: OneUpload,
  options: UploadsOptions,
): Promise<void> {
  const answer = await sendUpload('PUT', repository, blob, upload, options, {
    url: withDigest(upload.url, blob),
    headers: { 'content-type': 'application/octet-stream', 'content-length': `${blob.size}` },
    body: blob.size === 0 ? new Uint8Array() : { size: blob.size, open: content },
    answers: [200, 201, 202, 204],
  });
  await believe(answer, repository, blob, options);
}

/** Sends a part of an upload, or all of it. @throws RegistryError `upload` where the registry knows no such upload */
export async function sendUpload(
  method: 'PATCH' | 'PUT',
  repository: string,
  { digest }: BlobRef,
  { isElsewhere }: BegunUpload,
  { host, send }: UploadsOptions,
  request: Pick<RegistryRequest, 'url' | 'headers' | 'answers'> & Partial<Pick<RegistryRequest, 'body'>>,
): Promise<HttpAnswer> {
  const context: RequestContext = {
    ...{ method, host, repository, reference: digest },
    ...(isElsewhere ? { at: request.url.host } : {}),
  };
  try {
    return await send({
      ...request,
      method,
      maxBytes: maxAnswerBytes,
      context,
      scope: { repository, actions: 'pull,push' },
      counted: 'blobUpload',
      ...(isElsewhere ? { anonymous: true } : {}),
    });
  } catch (error) {
    if (!(error instanceof RegistryError) || !lostTrack.includes(error.status ?? 0)) throw error;
    throw new RegistryError({ ...error.details, kind: 'upload' });
  }
}

/** A 201 is believed; what other registries answer in its place is looked at. @throws RegistryError `bad-answer` */
export async function believe(
  answer: HttpAnswer,
  repository: string,
  blob: BlobRef,
  { host, headBlob }: UploadsOptions,
): Promise<void> {
  if (answer.status === 201) return;
  const there = await headBlob(repository, blob.digest);
  if (there !== undefined && (there.size ?? blob.size) === blob.size) return;
  const request = { method: 'PUT', host, repository, reference: blob.digest };
  const summary = `the registry said that it has the blob (${answer.status}), and does not have it.`;
  throw new RegistryError({ kind: 'bad-answer', request, status: answer.status, summary });
}

/** Takes an upload back, so that the registry keeps no part of it; one that does not do that forgets it some day. */
export async function giveUp(
  { repository, upload }: Pick<OneUpload, 'repository' | 'upload'>,
  { host, sendLast }: UploadsOptions,
): Promise<void> {
  try {
    await sendLast({
      method: 'DELETE',
      url: upload.url,
      headers: {},
      maxBytes: maxAnswerBytes,
      context: { method: 'DELETE', host, repository },
      scope: { repository, actions: 'pull,push' },
      counted: 'blobUpload',
      answers: [200, 202, 204, 404],
      ...(upload.isElsewhere ? { anonymous: true } : {}),
    });
  } catch (error) {
    // The error to report is why the upload ended.
    if (!(error instanceof RegistryError)) throw error;
  }
}

/** Where an upload is ended: its address, with the digest of what it is to be. */
export function withDigest(url: URL, { digest }: BlobRef): URL {
  const at = new URL(url);
  // The registry's own query is kept to the letter.
  at.search = `${url.search === '' ? '?' : `${url.search}&`}digest=${encodeURIComponent(parseDigest(digest))}`;
  return at;
}

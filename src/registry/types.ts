import type { Readable } from 'node:stream';
import type { Digest, Tag } from '../core/names.ts';

/** A registry as it is reached: `host` is `name[:port]` as people write it (`docker.io` is the Hub). */
export interface RegistryAddress {
  readonly host: string;
  /** Plain HTTP instead of TLS. */
  readonly insecure: boolean;
  /** `name[:port]` of a token server of another site that gets the login for this registry. */
  readonly tokenServer?: string;
}

/** What a HEAD of a manifest tells. `size` is in bytes, absent where the registry does not say. */
export interface ManifestHead {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size?: number;
}

/** A manifest or index, its bytes checked against `digest`. */
export interface Manifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** A registry's pull limit as its headers last said it: `limit` and `remaining` pulls in a window of `windowSeconds`. */
export interface PullLimit {
  readonly limit: number;
  readonly remaining: number;
  readonly windowSeconds: number;
}

/** Requests sent, each try counted. `manifestGet` are counted pulls where the registry is a source. */
export interface RequestCounts {
  manifestHead: number;
  manifestGet: number;
  manifestPut: number;
  manifestDelete: number;
  tagList: number;
  blobGet: number;
  blobHead: number;
  blobMount: number;
  /** POST, PATCH, PUT and DELETE of uploads; a mount that was not made counts as `blobMount`, what follows it here. */
  blobUpload: number;
  /** Tokens and pings. */
  auth: number;
}

/** A blob as it arrives: its bytes from `offset` on, which nobody has checked. The reader ends or destroys `stream`. */
export interface BlobBody {
  readonly offset: number;
  readonly stream: Readable;
}

/** A blob that a manifest names; `size` is in bytes. */
export interface BlobRef {
  readonly digest: Digest;
  readonly size: number;
}

/** An upload that a registry has begun, and where it goes on. */
export interface BegunUpload {
  readonly url: URL;
  /** Whether that is at another host than the registry's: no credentials go there. */
  readonly isElsewhere: boolean;
  /** The least that a part may have, but for the last (bytes). */
  readonly leastPart: number;
}

/**
 * Reads a blob from its beginning, each time that it is called. What it gives is exactly the blob: it throws, before it
 * gives the last byte, where it cannot.
 */
export type BlobContent = (signal: AbortSignal) => AsyncIterable<Uint8Array>;

/** A client for one registry. Every method throws a RegistryError (errors.ts) when the registry's answer is not one of those named. */
export interface RegistryClient {
  readonly address: RegistryAddress;
  readonly counts: Readonly<RequestCounts>;
  /** The pull limit, once an answer has carried it. */
  readonly pullLimit: PullLimit | undefined;
  /**
   * Asks for a manifest by HEAD; `undefined` when the registry says 404. Only at a destination, an answer without a digest
   * is followed by a GET, and a manifest of a foreign type (schema 1) is an answer like others.
   */
  head(repository: string, reference: Tag | Digest): Promise<ManifestHead | undefined>;
  /** Reads a manifest by GET; `undefined` when the registry says 404. */
  get(repository: string, reference: Tag | Digest): Promise<Manifest | undefined>;
  /**
   * Writes a manifest by PUT, under a tag or its own digest. An answer that does not name the digest is followed by a HEAD,
   * which has to give it.
   */
  put(repository: string, reference: Tag | Digest, manifest: Manifest): Promise<void>;
  /**
   * Deletes a digest, and with it every tag that points at it, or only a tag. A HEAD has to say that it is gone; `false`
   * when it was not there (404). What is still there is a RegistryError `refused`.
   */
  delete(repository: string, reference: Tag | Digest): Promise<boolean>;
  /** All tags of a repository, page by page; `undefined` when the registry says 404. */
  listTags(repository: string): Promise<readonly string[] | undefined>;
  /**
   * Begins to read a blob, from a byte on where the registry can do that, else from the start; `undefined` when the
   * registry says 404. Between two parts of the body only so much time may pass.
   */
  openBlob(repository: string, digest: Digest, from?: number): Promise<BlobBody | undefined>;
  /** Asks for a blob by HEAD, its size where the registry says it; `undefined` when the registry says 404. */
  headBlob(repository: string, digest: Digest): Promise<{ readonly size?: number } | undefined>;
  /**
   * Lets a repository have a blob that another one of the registry has. A registry that does not do that begins an upload
   * instead, which goes to {@link upload}; `not-found` when it says 404.
   */
  mount(repository: string, digest: Digest, from: string): Promise<'mounted' | 'not-found' | BegunUpload>;
  /**
   * Puts a blob into a repository. An upload that breaks is begun anew; one that is given up is taken back.
   *
   * @param begun an upload that was begun already
   * @throws RegistryError; what reading the content throws, as it is
   */
  upload(repository: string, blob: BlobRef, content: BlobContent, begun?: BegunUpload): Promise<void>;
  /**
   * Begins an upload and takes it back: whether the login may push to a repository, which nothing but trying says. Nothing is
   * stored. Throws as {@link upload} does.
   */
  tryUpload(repository: string): Promise<void>;
  /**
   * Whether the registry mounts blobs: mounts one that the repository has from that very repository, which changes nothing. An
   * upload that the registry begins in its place is taken back.
   */
  tryMount(repository: string, digest: Digest): Promise<boolean>;
  /** Whether the registry answers the referrers API for a digest that it has (OCI distribution spec, "Listing Referrers"). */
  hasReferrers(repository: string, digest: Digest): Promise<boolean>;
  /** Closes the connections. */
  close(): Promise<void>;
}

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
  blobMount: number;
  /** Tokens and pings. */
  auth: number;
}

/** A blob as it arrives: its bytes from `offset` on, which nobody has checked. The reader ends or destroys `stream`. */
export interface BlobBody {
  readonly offset: number;
  readonly stream: Readable;
}

/** A client for one registry. Every method throws a RegistryError (errors.ts) when the registry's answer is not one of those named. */
export interface RegistryClient {
  readonly address: RegistryAddress;
  readonly counts: Readonly<RequestCounts>;
  /** The pull limit, once an answer has carried it. */
  readonly pullLimit: PullLimit | undefined;
  /** Asks for a manifest by HEAD; `undefined` when the registry says 404. Never falls back to GET. */
  head(repository: string, reference: Tag | Digest): Promise<ManifestHead | undefined>;
  /** Reads a manifest by GET; `undefined` when the registry says 404. */
  get(repository: string, reference: Tag | Digest): Promise<Manifest | undefined>;
  /** Writes a manifest by PUT, under a tag or its own digest. */
  put(repository: string, reference: Tag | Digest, manifest: Manifest): Promise<void>;
  /** Deletes a digest, and with it every tag that points at it, or a tag alone; `false` when the registry says 404. */
  delete(repository: string, reference: Tag | Digest): Promise<boolean>;
  /** All tags of a repository, page by page; `undefined` when the registry says 404. */
  listTags(repository: string): Promise<readonly string[] | undefined>;
  /**
   * Begins to read a blob, from a byte on where the registry can do that, else from the start; `undefined` when the
   * registry says 404. Between two parts of the body only so much time may pass.
   */
  openBlob(repository: string, digest: Digest, from?: number): Promise<BlobBody | undefined>;
  /** Lets a repository have a blob that another one of the registry has; `false` when the registry does not do that. */
  mount(repository: string, digest: Digest, from: string): Promise<boolean>;
  /** Closes the connections. */
  close(): Promise<void>;
}

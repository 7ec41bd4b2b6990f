import type { Problem } from '../core/problem.ts';

/** The clients that this tool writes configurations for, as the command line names them. */
export const clientNames = [
  'docker',
  'containerd',
  'podman',
  'cri-o',
  'k3s',
  'rke2',
  'kubernetes',
  'buildkit',
  'kaniko',
  'openshift',
] as const;

export type ClientName = (typeof clientNames)[number];

/** What a client is told of: where the mirror is, and an image that it has. */
export interface Mirror {
  /** The name of the destination. */
  readonly name: string;
  /** `name[:port]`. */
  readonly host: string;
  readonly namespace: string;
  /** Plain HTTP. */
  readonly insecure: boolean;
  /** Such as `debian:12`. */
  readonly example: string;
}

/** A file, by where the client looks for it. */
interface ClientFile {
  readonly path: string;
  readonly text: string;
}

/** What makes one client use one mirror. */
export interface ClientConfig {
  readonly files: readonly ClientFile[];
  /** Flags of the client, where it has no file. */
  readonly flags?: readonly string[];
  /** What to do once the files are there: sentences or commands. */
  readonly steps: readonly string[];
  /** What the client does where the mirror does not answer or lacks an image, and how to forbid it. */
  readonly fallback: string;
  /** What the client cannot do, and what it needs besides. */
  readonly limits: readonly string[];
  /** Commands that show whether it works. */
  readonly tryIt: readonly string[];
  /** Why the client cannot find the mirror by the usual names; absent: it can. */
  readonly problem?: Problem;
}

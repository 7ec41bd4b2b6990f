import type { PlatformText } from '../../core/platform.ts';

export interface PackageChange {
  /** Without a version. */
  readonly purl: string;
  readonly name: string;
  readonly from?: string;
  readonly to?: string;
}

export interface ContentsEvidence {
  readonly platform: PlatformText;
  readonly config: readonly ConfigChange[];
  /** Compressed bytes of the layers. */
  readonly size: { readonly from?: number; readonly to: number };
  /** `fresh`: those that the old one has not. */
  readonly layers: { readonly count: number; readonly fresh: number };
  readonly packages:
    | {
        readonly state: 'read';
        readonly added: readonly PackageChange[];
        readonly removed: readonly PackageChange[];
        readonly upgraded: readonly PackageChange[];
      }
    | { readonly state: 'none' | 'unreadable' | 'no-earlier'; readonly why: string };
  readonly provenance: {
    readonly state: 'agrees' | 'differs' | 'none' | 'unreadable';
    readonly named?: string;
    readonly expected?: string;
  };
}

export interface ConfigChange {
  readonly what:
    | 'environment'
    | 'entrypoint'
    | 'command'
    | 'user'
    | 'ports'
    | 'volumes'
    | 'labels'
    | 'working directory'
    | 'healthcheck'
    | 'stop signal';
  readonly name?: string;
  readonly from?: string;
  readonly to?: string;
}

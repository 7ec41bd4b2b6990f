import type { PlatformText } from '../../core/platform.ts';

/** A package of an image that came, went, or has another version. All of it is upstream's text, and not to be trusted. */
export interface PackageChange {
  /** Without version and qualifiers, such as `pkg:deb/debian/openssl`. */
  readonly purl: string;
  readonly name: string;
  readonly from?: string;
  readonly to?: string;
  /** The whole package URLs, as the SBOMs have them: their qualifiers name the distribution and the source package. */
  readonly fromPurl?: string;
  readonly toPurl?: string;
  /** Whether the new image has another package of the same source in the version `from`. */
  readonly fromRemains?: true;
  /** Whether the old image had another package of the same source in the version `to`. */
  readonly toExisted?: true;
}

/** How the packages of two images differ. `upgraded` is any other version, older ones included. */
export interface PackageChanges {
  readonly added: readonly PackageChange[];
  readonly removed: readonly PackageChange[];
  readonly upgraded: readonly PackageChange[];
}

export interface ContentsEvidence {
  readonly platform: PlatformText;
  /** Empty where there is no earlier image to compare with. */
  readonly config: readonly ConfigChange[];
  /** Compressed bytes of the layers. */
  readonly size: { readonly from?: number; readonly to: number };
  /** `fresh`: those that the old one has not. */
  readonly layers: { readonly count: number; readonly fresh: number };
  readonly packages:
    | ({ readonly state: 'read' } & PackageChanges)
    | { readonly state: 'none' | 'unreadable' | 'no-earlier'; readonly why: string };
  readonly provenance: ProvenanceEvidence;
}

/** Whether the commit that the SLSA provenance names is the entry's. `unknown`: nobody says which one to expect. */
export interface ProvenanceEvidence {
  readonly state: 'agrees' | 'differs' | 'none' | 'unreadable' | 'unknown';
  readonly named?: string;
  readonly expected?: string;
  /** Of `unreadable`. */
  readonly why?: string;
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
    | 'stop signal'
    | 'shell'
    | 'build triggers';
  /** Of an environment variable, a port, a volume or a label. */
  readonly name?: string;
  /** Absent: it was not there. Lists are JSON. */
  readonly from?: string;
  /** Absent: it is not there any more. */
  readonly to?: string;
}

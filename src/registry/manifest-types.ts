import { ExitCode } from '../core/exit-code.ts';
import type { Platform } from '../core/platform.ts';
import { UserError } from '../core/problem.ts';
import { cleanText } from '../core/text.ts';
import {
  BadDescriptor,
  type ContentDescriptor,
  type IndexChild,
  readContentDescriptor,
  readIndexChild,
  readPlatform,
} from './descriptor.ts';
import { isRecord } from './record.ts';

export type { ContentDescriptor, IndexChild } from './descriptor.ts';
export { isIndex, isManifestType } from './media-types.ts';

/** The largest official index has some 30 children, attestations included. */
const mostChildren = 1_000;
/** No storage driver stacks more than some hundred layers. */
const mostLayers = 1_000;

/** What an index holds, in its order; it may hold nothing. */
export interface ParsedIndex {
  readonly children: readonly IndexChild[];
}

/** What a manifest needs, in its order. */
export interface ParsedManifest {
  readonly config: ContentDescriptor;
  readonly layers: readonly ContentDescriptor[];
}

/**
 * Reads an OCI index or Docker manifest list; fields that it does not know are let be.
 *
 * @throws UserError `registry/bad-index`, or `registry/too-many-children` above 1,000 (exit code `failed`)
 */
export function parseIndex(bytes: Uint8Array): ParsedIndex {
  return reading('registry/bad-index', 'The index', () => {
    const { manifests } = readObject(bytes);
    const children = readList(manifests, 'manifests');
    if (children.length > mostChildren) {
      throw unusable('registry/too-many-children', `An index has at most ${mostChildren} children.`, children.length);
    }
    return { children: children.map((child, index) => readIndexChild(child, `manifests[${index}]`)) };
  });
}

/**
 * Reads an OCI or Docker image manifest; fields that it does not know are let be.
 *
 * @throws UserError `registry/bad-manifest` (exit code `failed`)
 */
export function parseManifest(bytes: Uint8Array): ParsedManifest {
  return reading('registry/bad-manifest', 'The manifest', () => {
    const { config, layers } = readObject(bytes);
    const list = readList(layers, 'layers');
    if (list.length > mostLayers) throw new BadDescriptor('layers', `there are at most ${mostLayers}`, list.length);
    return {
      config: readContentDescriptor(config, 'config'),
      layers: list.map((layer, index) => readContentDescriptor(layer, `layers[${index}]`)),
    };
  });
}

/**
 * The platform that an image's config tells (OCI image spec, config.md); `undefined` for the config of something else.
 *
 * @throws UserError `registry/bad-manifest` (exit code `failed`)
 */
export function parseConfigPlatform(bytes: Uint8Array): Platform | undefined {
  return reading('registry/bad-manifest', 'The config', () => {
    const config = readObject(bytes);
    return typeof config['os'] === 'string' ? readPlatform(config, 'it') : undefined;
  });
}

function readObject(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // What JSON.parse says quotes the text; the rule is enough.
    throw new BadDescriptor('it', 'it has to be JSON in UTF-8', undefined);
  }
  if (isRecord(value)) return value;
  throw new BadDescriptor('it', 'it has to be a JSON object', value);
}

function readList(value: unknown, path: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new BadDescriptor(path, 'it has to be a list', value);
}

function reading<T>(code: string, what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof BadDescriptor)) throw error;
    throw unusable(code, `${what} cannot be used: ${cleanText(error.message)}.`, error.value);
  }
}

function unusable(code: string, message: string, value: unknown): UserError {
  const seen = value === undefined ? {} : { value: cleanText(JSON.stringify(value), 100) };
  return new UserError([{ code, severity: 'error', message, ...seen }], { exitCode: ExitCode.failed });
}

import { createHash } from 'node:crypto';
import type { RegistryRequest } from '../registry-request.ts';
import { isTransfer } from '../traffic.ts';

/** What real registries, and what stands before them, refuse a write with; each is met once, by a request that is made anew. */
export const writeStatuses = [400, 401, 403, 404, 405, 411, 412, 413, 416, 429, 507] as const;
export type WriteFault = `write-${(typeof writeStatuses)[number]}`;
const writeFaults = writeStatuses.map((status): WriteFault => `write-${status}`);

/** What may go wrong with a request on its way to a registry or back. */
export const faultKinds = [
  'reset',
  'lost-answer',
  'half-body',
  'wrong-byte',
  'status-500',
  'status-502',
  'status-503',
  'html',
  'hang',
  'slow',
  'token-expired',
  'mount-refused',
  'disk-full',
  'manifest-refused',
  // Said to be kept, and is not.
  'keeps-nothing',
  // The answer begins, and its connection closes.
  'head-only',
  // The connection is reset while the request's body is on its way.
  'reset-in-body',
  ...writeFaults,
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** Those that the side has that is read, and those of the side that is written. */
export const sourceFaults: readonly FaultKind[] = faultKinds.slice(0, 11);
export const destinationFaults: readonly FaultKind[] = faultKinds.filter(
  (kind) => kind !== 'token-expired' && kind !== 'wrong-byte',
);

export interface Fault {
  readonly kind: FaultKind;
  /** From 0 to 1: where in a body, and the like. */
  readonly at: number;
}

export interface ScheduleOptions {
  readonly seed: string;
  /** Which share of the requests fails, from 0 to 1. */
  readonly rate: number;
  readonly kinds: readonly FaultKind[];
}

/** Which fault, if any, a request meets when it is made for the `time`-th time (from 0). */
export type FaultSchedule = (request: RegistryRequest, time: number) => Fault | undefined;

/**
 * A schedule that follows from its seed alone: what a request meets depends on what it asks for and how often that was
 * asked before, and not on what else goes on at the same time. So a seed repeats a run whose requests come in any order.
 */
export function faultSchedule({ seed, rate, kinds }: ScheduleOptions): FaultSchedule {
  return (request, time) => {
    const fitting = kinds.filter((kind) => fits(kind, request));
    const [chance, choice, at] = numbersFrom(JSON.stringify([seed, requestKey(request), time]));
    const kind = fitting[Math.floor(choice * fitting.length)];
    return kind === undefined || chance >= rate ? undefined : { kind, at };
  };
}

/** What a request asks for, the same on every run: without the registry's own names for uploads. */
export function requestKey({ method, url, kind, repository, reference }: RegistryRequest): string {
  const query = new URLSearchParams(url.split('?', 2)[1] ?? '');
  return [method, kind, repository, reference, query.get('digest') ?? query.get('mount') ?? ''].join(' ');
}

function fits(kind: FaultKind, request: RegistryRequest): boolean {
  const { kind: about, method } = request;
  const isWrite = method === 'POST' || method === 'PATCH' || method === 'PUT';
  const isRead = method === 'GET' && about !== 'ping';
  switch (kind) {
    case 'half-body':
    case 'wrong-byte':
    case 'html':
    case 'slow':
      return isRead;
    case 'token-expired':
      return about === 'manifest' || about === 'blob';
    case 'mount-refused':
      return about === 'mount';
    case 'disk-full':
      return about === 'upload' || (about === 'manifest' && method === 'PUT');
    case 'manifest-refused':
      return about === 'manifest' && method === 'PUT';
    case 'keeps-nothing':
    case 'head-only':
      return method === 'PUT';
    case 'reset-in-body':
      return method !== 'GET' && isTransfer(request);
    default:
      return !kind.startsWith('write-') || isWrite;
  }
}

/** Three numbers from 0 to 1 (without 1) that follow from a text. */
function numbersFrom(text: string): [number, number, number] {
  const hash = createHash('sha256').update(text).digest();
  const number = (index: number) => hash.readUInt32BE(4 * index) / 2 ** 32;
  return [number(0), number(1), number(2)];
}

import { setTimeout } from 'node:timers/promises';
import type { AnswerHook, HookAnswer } from '../counting-proxy.ts';
import type { RegistryRequest } from '../registry-request.ts';
import { cutAfter, slowly, wrongByteAt } from './body.ts';
import { type Fault, type FaultKind, type FaultSchedule, requestKey } from './schedule.ts';

export interface InjectorOptions {
  /** How long a hang lasts before the connection breaks (ms); `Infinity`: until the client has enough. */
  readonly hangMs: number;
  /** What ends the tokens of a Hub stand-in. */
  readonly expireTokens?: () => void;
}

export interface FaultInjector {
  readonly hook: AnswerHook;
  /** The faults so far, by kind. */
  counts(): Readonly<Partial<Record<FaultKind, number>>>;
}

/** Lets requests meet the faults of a schedule: a hook for a counting proxy or a Hub stand-in. */
export function faultInjector(schedule: FaultSchedule, options: InjectorOptions): FaultInjector {
  const asked = new Map<string, number>();
  const met: Partial<Record<FaultKind, number>> = {};
  return {
    hook(request) {
      const key = requestKey(request);
      const time = asked.get(key) ?? 0;
      asked.set(key, time + 1);
      const fault = schedule(request, time);
      if (fault === undefined) return undefined;
      met[fault.kind] = (met[fault.kind] ?? 0) + 1;
      return happen(fault, request, options);
    },
    counts: () => ({ ...met }),
  };
}

const page = '<!DOCTYPE html>\n<html><head><title>Service unavailable</title></head><body>Back soon.</body></html>\n';
const html = { 'content-type': 'text/html; charset=utf-8' };

/** A fault, as a registry or what stands before it would show it. */
function happen({ kind, at }: Fault, request: RegistryRequest, options: InjectorOptions): ReturnType<AnswerHook> {
  switch (kind) {
    case 'reset':
      return { status: 0, reset: true };
    case 'lost-answer':
      return { passes: true, losesAnswer: true };
    case 'half-body':
      return { passes: true, through: (length) => cutAfter(length, 0.5) };
    case 'wrong-byte':
      return { passes: true, through: (length) => wrongByteAt(length, at) };
    case 'status-500':
      return error(500, 'UNKNOWN', 'unknown error');
    case 'status-502':
      return { status: 502, headers: html, body: page };
    case 'status-503':
      return { status: 503, headers: { ...html, 'retry-after': '1' }, body: page };
    case 'html':
      return { status: 200, headers: html, body: page };
    case 'hang':
      return hang(options.hangMs);
    case 'slow':
      return { passes: true, through: (length) => slowly(length, 10, 20) };
    case 'token-expired':
      options.expireTokens?.();
      return undefined;
    case 'mount-refused':
      return { passes: true, url: request.url.split('?')[0] ?? request.url };
    case 'disk-full':
      return at < 0.5
        ? { status: 507, headers: html, body: page }
        : error(500, 'UNKNOWN', 'filesystem: write: no space left on device');
    case 'manifest-refused':
      return error(400, 'MANIFEST_INVALID', 'manifest invalid');
    case 'keeps-nothing':
      return { status: 201, headers: keptHeaders(request) };
    case 'head-only':
      return { status: 201, headers: keptHeaders(request), hangUp: true };
    case 'reset-in-body':
      return { passes: true, sendsThrough: (length) => cutAfter(length, at) };
    default:
      return refusal(Number(kind.slice('write-'.length)));
  }
}

/** How a registry says that it has kept what was put. */
function keptHeaders({ url, kind, repository, reference }: RegistryRequest): Record<string, string> {
  const digest = new URLSearchParams(url.split('?', 2)[1] ?? '').get('digest') ?? reference;
  const named = digest.includes(':') ? { 'docker-content-digest': digest } : {};
  return { location: `/v2/${repository}/${kind === 'manifest' ? 'manifests' : 'blobs'}/${digest}`, ...named };
}

/** An error without a word that explains it, as proxies before registries answer; 429 asks for a wait. */
function refusal(status: number): HookAnswer {
  return { status, headers: { ...html, ...(status === 429 ? { 'retry-after': '0' } : {}) }, body: page };
}

async function hang(ms: number): Promise<HookAnswer> {
  if (Number.isFinite(ms)) await setTimeout(ms);
  else await new Promise(() => {});
  return { status: 0, reset: true };
}

/** A registry's error (distribution, docs/spec/api.md, "Errors"). */
function error(status: number, code: string, message: string): HookAnswer {
  const body = JSON.stringify({ errors: [{ code, message, detail: null }] });
  return { status, headers: { 'content-type': 'application/json' }, body };
}

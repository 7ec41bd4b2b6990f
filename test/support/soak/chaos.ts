import { Transform } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import type { RunningCli } from '../cli.ts';
import type { AnswerHook, Caller, CountingProxy, HookAnswer } from '../counting-proxy.ts';
import type { Random } from '../random.ts';
import type { RegistryRequest } from '../registry-request.ts';
import { isTransfer } from '../traffic.ts';
import type { MortalRegistry } from './mortal-registry.ts';

const blows = ['tool-term', 'tool-kill', 'source-kill', 'destination-stop', 'destination-kill'] as const;
export type Blow = (typeof blows)[number];
type Side = 'source' | 'destination';

/** At which requests a blow may come: those of a side that are of a kind. */
const moments = {
  'blob-up': { side: 'destination', fits: ({ kind, method }) => kind === 'upload' && method !== 'POST' },
  'manifest-up': { side: 'destination', fits: ({ kind, method }) => kind === 'manifest' && method === 'PUT' },
  'blob-down': { side: 'source', fits: ({ kind, method }) => kind === 'blob' && method === 'GET' },
  'any-at-source': { side: 'source', fits: () => true },
  'any-at-destination': { side: 'destination', fits: () => true },
} satisfies Record<string, { side: Side; fits: (request: RegistryRequest) => boolean }>;
type Moment = keyof typeof moments;

/** Most blows come in the middle of a transfer. */
const likelyMoments: readonly Moment[] = [
  ...([
    'blob-up',
    'blob-up',
    'blob-up',
    'manifest-up',
    'manifest-up',
    'manifest-up',
    'blob-down',
    'blob-down',
  ] as const),
  ...(['any-at-source', 'any-at-destination'] as const),
];

export interface PlannedBlow {
  readonly blow: Blow;
  readonly moment: Moment;
  /** At which of these requests, from 1. */
  readonly nth: number;
  /** How much of the body has passed, from 0 to 1; with all of it, what receives it may be at work with it. */
  readonly part: number;
  /** How long after all of the body (ms). */
  readonly delayMs: number;
  /** After how many refused requests a registry that is down comes up. */
  readonly refusals: number;
}

export interface DealtBlow {
  readonly blow: Blow;
  readonly moment: Moment;
  /** Transfers that were under way. */
  readonly transfers: number;
}

const mostNth = 40;

/** At most two blows, early requests more often than late ones, which a run may not come to. */
export function planBlows(random: Random): PlannedBlow[] {
  return Array.from({ length: random.whole(0, 2) }, () => ({
    blow: random.one(blows),
    moment: random.one(likelyMoments),
    nth: 1 + Math.floor(mostNth * random.number() ** 2),
    part: random.one([0.5, 0.5, 1, 1, 1]),
    delayMs: random.number() * 3,
    refusals: random.whole(0, 4),
  }));
}

/** What blows are dealt to. */
export interface Victims {
  readonly source: { readonly registry: MortalRegistry; readonly proxy: CountingProxy };
  readonly destination: { readonly registry: MortalRegistry; readonly proxy: CountingProxy };
}

/** Blows that come at requests of a run. */
export interface Chaos {
  /** For the proxy before each side, asked before any other hook. */
  readonly hooks: Readonly<Record<Side, AnswerHook>>;
  /** Resolves with the blows that came, when the tool has ended and all is up again. */
  against(tool: RunningCli): Promise<readonly DealtBlow[]>;
}

/** Deals the planned blows; requests to what is down are refused by its proxy. */
export function chaos(planned: readonly PlannedBlow[], victims: Victims): Chaos {
  const dealt: DealtBlow[] = [];
  const work: Promise<unknown>[] = [];
  const counts = new Map<PlannedBlow, number>();
  let struck: PlannedBlow | undefined;
  let refused = 0;
  let tool: RunningCli | undefined;

  const strike = async (one: PlannedBlow): Promise<void> => {
    const seen = [victims.source, victims.destination].flatMap(({ proxy }) => proxy.seen());
    const transfers = seen.filter((request) => request.isUnderWay && isTransfer(request)).length;
    dealt.push({ blow: one.blow, moment: one.moment, transfers });
    if (one.blow === 'tool-term') tool?.kill('SIGTERM');
    else if (one.blow === 'tool-kill') tool?.kill('SIGKILL');
    else {
      struck = one;
      refused = 0;
      const { registry } = one.blow === 'source-kill' ? victims.source : victims.destination;
      await registry.goDown(one.blow === 'destination-stop' ? 'stop' : 'kill');
    }
  };

  const dueAt = (side: Side, request: RegistryRequest, { headers }: Caller): PlannedBlow | undefined => {
    // The source challenges a request without a token, which then comes again.
    if (side === 'source' && headers.authorization === undefined) return undefined;
    return planned.find((one) => {
      const moment: { side: Side; fits: (request: RegistryRequest) => boolean } = moments[one.moment];
      if (moment.side !== side || !moment.fits(request)) return false;
      counts.set(one, (counts.get(one) ?? 0) + 1);
      return counts.get(one) === one.nth;
    });
  };

  const hook =
    (side: Side): AnswerHook =>
    async (request, caller) => {
      const { registry } = victims[side];
      if (registry.isDown) return refuse(registry);
      const due = dueAt(side, request, caller);
      if (due === undefined) return undefined;
      const gate = (length: number) => strikesAt(length, due, () => strike(due), work);
      if (due.moment === 'blob-down') return { passes: true, through: gate };
      if (due.moment === 'blob-up' || due.moment === 'manifest-up') return { passes: true, sendsThrough: gate };
      await strike(due);
      return registry.isDown ? refuse(registry) : undefined;
    };

  const refuse = (registry: MortalRegistry): HookAnswer => {
    refused += 1;
    if (refused > (struck?.refusals ?? 0)) work.push(registry.comeUp());
    return refused % 2 === 0 ? { status: 0, reset: true } : { status: 502, body: 'The registry is down.' };
  };

  return {
    hooks: { source: hook('source'), destination: hook('destination') },
    async against(running) {
      tool = running;
      await running.result;
      await Promise.all(work);
      await Promise.all([victims.source.registry.comeUp(), victims.destination.registry.comeUp()]);
      return dealt;
    },
  };
}

/** Lets a part of a body through, then strikes, then the rest; a whole body first, where that is the part. */
function strikesAt(
  length: number,
  { part, delayMs }: PlannedBlow,
  strike: () => Promise<void>,
  work: Promise<unknown>[],
): Transform {
  let left = part < 1 ? Math.floor(length * part) : Number.POSITIVE_INFINITY;
  let isStruck = false;
  return new Transform({
    async transform(chunk: Buffer, _, done) {
      const first = chunk.subarray(0, left);
      left -= first.length;
      this.push(first);
      if (left <= 0 && !isStruck) {
        isStruck = true;
        // The part is on its way to whoever reads it before the blow comes.
        await setTimeout(1);
        await strike();
      }
      done(null, chunk.subarray(first.length));
    },
    flush(done) {
      done();
      if (!isStruck) work.push(setTimeout(delayMs).then(strike));
    },
  });
}

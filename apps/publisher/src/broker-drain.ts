// After the last answer of a broker: waits until all that it accepted is stored, so that it can be verified.
import { setTimeout as delay } from 'node:timers/promises';
import { CheckStatus, type GetStatsResponse, type OncelogClient, OncelogClientError } from '@oncelog/client';
import type { EventPlan } from './event-plan.ts';
import { type Baseline, movedBy } from './verification.ts';

const lookEveryMs = 200;

/** As many as one request may ask for. */
const checkedAtOnce = 1000;

export interface DrainOptions {
  readonly signal: AbortSignal;
  /** How long nothing may be stored before it is given up. */
  readonly giveUpMs: number;
  readonly onWaiting: (waitingEvents: number) => void;
}

/** Resolves when nothing waits, or, where others keep it busy, when all events of the plan have been stored. */
export async function drainBroker(
  client: OncelogClient,
  plan: EventPlan,
  accepted: number,
  baseline: Baseline,
  { signal, giveUpMs, onWaiting }: DrainOptions,
): Promise<void> {
  let storedAtMs = performance.now();
  let received = -1n;
  for (;;) {
    const stats = await client.getStats({ signal });
    const { broker, counters } = stats;
    if (!broker || broker.waitingEvents === 0n) return;
    if (isCounted(stats, plan, accepted, baseline) && (await allStored(client, plan, signal))) return;
    if (counters && counters.received !== received) {
      received = counters.received;
      storedAtMs = performance.now();
    }
    if (performance.now() - storedAtMs > giveUpMs) throw nothingStored(stats, giveUpMs);
    onWaiting(Number(broker.waitingEvents));
    await delay(lookEveryMs, undefined, { signal }).catch(() => {});
  }
}

/** With repeats of the broker's own among them the counters may be there too early. */
function isCounted(stats: GetStatsResponse, plan: EventPlan, accepted: number, baseline: Baseline): boolean {
  const { moved, bySource } = movedBy(stats, plan.source, baseline);
  return bySource && moved.received >= accepted;
}

async function allStored(client: OncelogClient, plan: EventPlan, signal: AbortSignal): Promise<boolean> {
  for (let first = 0; first < plan.distinct; first += checkedAtOnce) {
    const count = Math.min(checkedAtOnce, plan.distinct - first);
    const events = Array.from({ length: count }, (_, index) => plan.event(first + index));
    const checked = await client.check(events, { keysOnly: true, signal });
    if (checked.some(({ status }) => status === CheckStatus.NEW)) return false;
  }
  return true;
}

function nothingStored({ broker }: GetStatsResponse, giveUpMs: number): OncelogClientError {
  const waiting = `${broker?.waitingEvents} events wait in the broker, and none was stored for ${giveUpMs / 1000} s`;
  return new OncelogClientError('TIMED_OUT', `${waiting}; is a worker running, and its store there?`, {
    outcome: 'unknown',
  });
}

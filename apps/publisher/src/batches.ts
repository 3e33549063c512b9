// The plan in requests: as many events each as asked for, as fast as the rate allows.
import { setTimeout as delay } from 'node:timers/promises';
import type { Event } from '@oncelog/client';
import type { EventPlan } from './event-plan.ts';

/** A request may hold 4 MiB; half of it leaves room for whatever the estimate below does not see. */
const requestBytesTarget = 2 * 1024 * 1024;
const bytesBesideContent = 512;

/** Under a rate a request goes out at least this often, so that a slow load flows instead of coming in gusts. */
const pacedBatchesPerSecond = 10;

export interface BatchSettings {
  readonly batch: number;
  readonly payloadBytes: number;
  /** Events a second; 0 for no bound. */
  readonly rate: number;
}

export function batchSize({ batch, payloadBytes, rate }: BatchSettings): number {
  const fitting = Math.floor(requestBytesTarget / (payloadBytes + bytesBesideContent));
  const paced = rate === 0 ? batch : Math.ceil(rate / pacedBatchesPerSecond);
  return Math.max(1, Math.min(batch, fitting, paced));
}

export async function* batchesOf(
  plan: EventPlan,
  settings: BatchSettings,
  signal: AbortSignal,
): AsyncGenerator<Event[], void, undefined> {
  const size = batchSize(settings);
  const startMs = performance.now();
  let handedOut = 0;
  let batch: Event[] = [];
  for (const number of plan.numbers()) {
    batch.push(plan.event(number));
    if (batch.length < size && handedOut + batch.length < plan.count) continue;
    if (settings.rate > 0) await pause(startMs + (handedOut / settings.rate) * 1000 - performance.now(), signal);
    if (signal.aborted) return;
    yield batch;
    handedOut += batch.length;
    batch = [];
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await delay(ms, undefined, { signal }).catch(() => {});
}

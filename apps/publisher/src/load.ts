// Sending the load: by sessions or by requests, several at a time.
import {
  addSummary,
  type Event,
  noCounts,
  type OncelogClient,
  type OncelogClientError,
  type PublishCounts,
} from '@oncelog/client';
import type { Mode } from './options.ts';

/** After a stop, what is on its way gets this long; without an answer it counts as unconfirmed. */
const stopGraceMs = 1500;

export interface Progress {
  readonly acknowledged: PublishCounts;
  /** Events sent, again and again included. */
  sent: number;
  resent: number;
  unconfirmed: number;
  brokenSessions: number;
}

export interface LoadSettings {
  readonly mode: Mode;
  readonly concurrency: number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
  readonly onRetry: (error: OncelogClientError) => void;
}

type Batches = AsyncGenerator<Event[], void, undefined>;

/** Resolves when all is confirmed or the signal has stopped it. */
export async function sendLoad(client: OncelogClient, batches: Batches, settings: LoadSettings): Promise<Progress> {
  const { mode, concurrency, signal, onProgress } = settings;
  const parts = Array.from({ length: concurrency }, nothingSent);
  const report = () => onProgress(sum(parts));
  const failing = new AbortController();
  const stop = AbortSignal.any([signal, failing.signal]);
  const work = parts.map(async (part) => {
    const shared = { ...settings, signal: stop, onProgress: report };
    try {
      await (mode === 'stream'
        ? sendSession(client, batches, part, shared)
        : sendRequests(client, batches, part, shared));
    } catch (error) {
      failing.abort();
      throw error;
    }
  });
  const results = await Promise.allSettled(work);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  return sum(parts);
}

async function sendSession(
  client: OncelogClient,
  batches: Batches,
  part: Progress,
  settings: LoadSettings,
): Promise<void> {
  const { signal, onProgress, onRetry } = settings;
  const progress = await client.publishSession(batches, {
    signal,
    confirmMs: stopGraceMs,
    onRetry,
    onProgress: (current) => onProgress(Object.assign(part, current)),
  });
  Object.assign(part, progress);
}

async function sendRequests(
  client: OncelogClient,
  batches: Batches,
  part: Progress,
  settings: LoadSettings,
): Promise<void> {
  const { signal, onProgress, onRetry } = settings;
  const grace = new AbortController();
  const startGrace = () => void setTimeout(() => grace.abort(), stopGraceMs).unref();
  signal.addEventListener('abort', startGrace, { once: true });
  while (!signal.aborted) {
    const next = await batches.next();
    if (next.done) break;
    const events = next.value;
    part.sent += events.length;
    part.unconfirmed += events.length;
    const retried = (error: OncelogClientError) => {
      part.sent += events.length;
      part.resent += events.length;
      onRetry(error);
    };
    try {
      const { summary } = await client.publish(events, { signal: grace.signal, onRetry: retried });
      if (summary) addSummary(part.acknowledged, summary);
      part.unconfirmed -= events.length;
    } catch (error) {
      if (grace.signal.aborted) break;
      throw error;
    }
    onProgress(part);
  }
  signal.removeEventListener('abort', startGrace);
}

export function nothingSent(): Progress {
  return { acknowledged: noCounts(), sent: 0, resent: 0, unconfirmed: 0, brokenSessions: 0 };
}

function sum(parts: readonly Progress[]): Progress {
  const total = nothingSent();
  for (const { acknowledged, sent, resent, unconfirmed, brokenSessions } of parts) {
    total.acknowledged.received += acknowledged.received;
    total.acknowledged.stored += acknowledged.stored;
    total.acknowledged.duplicates += acknowledged.duplicates;
    total.acknowledged.conflicts += acknowledged.conflicts;
    total.acknowledged.accepted += acknowledged.accepted;
    total.sent += sent;
    total.resent += resent;
    total.unconfirmed += unconfirmed;
    total.brokenSessions += brokenSessions;
  }
  return total;
}

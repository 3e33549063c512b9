// The aggregator put together: store, ingest and servers, and the order in which they start and stop.
import { defaultLimits, type EventStore, type Limits } from '@oncelog/core';
import { createConsumerGroups, createSubscriptions } from '@oncelog/delivery';
import { createIngest } from '@oncelog/ingest';
import { createServer, createServiceState } from '@oncelog/rpc';
import { createMemoryEventStore } from '@oncelog/store-memory';
import { createSqliteEventStore } from '@oncelog/store-sqlite';
import type { Logger } from '@oncelog/telemetry';
import type { Settings } from './settings.ts';

/** After the drain timeout, what it takes to cut connections and close the store. */
const cutMs = 5000;
const clockToleranceMs = 60_000;

export interface Aggregator {
  readonly url: string;
  /** Not ready, no new calls, everything in flight committed and answered, store closed. */
  stop(): Promise<void>;
}

export interface AggregatorOptions {
  readonly settings: Settings;
  readonly version: string;
  readonly logger: Logger;
  /** The store can no longer be trusted; the process should end. */
  readonly onFault: (error: Error) => void;
}

export async function startAggregator({ settings, version, logger, onFault }: AggregatorOptions): Promise<Aggregator> {
  const { queueBytesMax, requestBytesMax, contentBytesMax } = settings;
  const limits: Limits = { ...defaultLimits, queueBytesMax, requestBytesMax, contentBytesMax };
  const state = createServiceState({ version });
  const store = await openStore(settings, limits, onFault);
  await warnOfClock(store, logger);
  const ingest = createIngest({ store, limits });
  const subscriptions = createSubscriptions({ store, limits });
  const consumers = createConsumerGroups({ store, limits });
  const server = createServer({
    store,
    ingest,
    subscriptions,
    consumers,
    limits,
    state,
    logger,
    corsOrigins: settings.corsOrigins,
  });

  const address = await server.listen(settings.port, settings.host).catch(async (error: NodeJS.ErrnoException) => {
    await store.close();
    throw new Error(listenFailure(error, settings), { cause: error });
  });
  state.ready = true;
  const url = `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
  logger.info({ url, store: store.kind, durability: store.durability, logId: store.logId }, 'ready');

  return {
    url,
    async stop() {
      state.ready = false;
      // Both at once: calls in flight need their commits before they can be answered.
      const drained = Promise.all([server.close(settings.drainTimeoutMs), ingest.drain(), consumers.close()]);
      await within(
        settings.drainTimeoutMs + cutMs,
        drained.then(() => {
          subscriptions.close();
          return store.close();
        }),
      );
    },
  };
}

/** Nothing that is given up here was acknowledged, so that a store which takes too long loses nothing. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`the store did not finish within ${ms} ms`)), ms);
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** Positions follow a clock that never runs backwards: one that once ran ahead would freeze every stored time. */
async function warnOfClock(store: EventStore, logger: Logger): Promise<void> {
  const newest = { order: 'descending', eventsMax: 1, bytesMax: 1, scanMax: 1 } as const;
  const [event] = (await store.list(newest)).events;
  const aheadMs = (event?.storedTimeMs ?? 0) - Date.now();
  if (aheadMs > clockToleranceMs) logger.warn({ aheadMs }, 'the newest event was stored at a time that is yet to come');
}

function listenFailure({ code, message }: NodeJS.ErrnoException, { port, host }: Settings): string {
  if (code === 'EADDRINUSE') return `port ${port} on ${host} is taken; choose another with --port, or 0 for a free one`;
  if (code === 'EACCES') return `port ${port} may only be opened by root; choose one above 1023 with --port`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return `--host ${host} is no address of this machine`;
  return `cannot listen on ${host}, port ${port}: ${message}`;
}

function openStore(settings: Settings, limits: Limits, onFault: (error: Error) => void): Promise<EventStore> {
  if (settings.store === 'memory') return Promise.resolve(createMemoryEventStore({ limits }));
  const { dataDir: directory, durability } = settings;
  return createSqliteEventStore({ directory, durability, limits, onFault });
}

// The aggregator put together: store, broker, worker and API, and the order in which they start and stop.
import { defaultLimits, type EventStore, type Limits } from '@oncelog/core';
import { createServiceState } from '@oncelog/rpc';
import type { Logger } from '@oncelog/telemetry';
import { createApi, createHealthPort } from './front.ts';
import { openBroker, openWorker } from './open-broker.ts';
import { openStore } from './open-store.ts';
import type { Settings } from './settings.ts';

/** After the drain timeout, what it takes to cut connections, to store what the worker holds and to close the store. */
const cutMs = 5000;
const clockToleranceMs = 60_000;

export interface Aggregator {
  readonly url: string;
  /**
   * Not ready, no new calls, everything in flight committed and answered, what the worker holds stored; then broker and
   * store are closed.
   */
  stop(): Promise<void>;
}

export interface AggregatorOptions {
  readonly settings: Settings;
  readonly version: string;
  readonly logger: Logger;
  /** The store can no longer be trusted; the process should end. */
  readonly onFault: (error: Error) => void;
  /** How long a start waits for a store or a broker that cannot be had yet. */
  readonly waitMs?: number;
}

export async function startAggregator(options: AggregatorOptions): Promise<Aggregator> {
  const opened = new Opened();
  try {
    return await start(options, opened);
  } catch (error) {
    await opened.close();
    throw error;
  }
}

async function start(options: AggregatorOptions, opened: Opened): Promise<Aggregator> {
  const { settings, version, logger, waitMs } = options;
  const { role, queueBytesMax, requestBytesMax, contentBytesMax, drainTimeoutMs, corsOrigins } = settings;
  const limits: Limits = { ...defaultLimits, queueBytesMax, requestBytesMax, contentBytesMax };
  const state = createServiceState({ version });
  const store = await openStore({ ...options, limits });
  opened.add(() => store.close());
  await warnOfClock(store, logger);
  const broker = await openBroker(settings, { logger, waitMs });
  if (broker) opened.add(() => broker.close());
  const worker = broker && role !== 'serve' ? openWorker({ broker, store, limits, logger }) : undefined;
  if (worker) opened.add(() => worker.stop());
  const front =
    role === 'work'
      ? createHealthPort({ state, logger })
      : createApi({ store, broker, limits, state, logger, corsOrigins });
  const address = await front.listen(settings.port, settings.host).catch((error: NodeJS.ErrnoException) => {
    throw new Error(listenFailure(error, settings), { cause: error });
  });
  worker?.start();
  state.ready = true;
  const url = `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
  const { kind, durability, logId } = store;
  logger.info({ url, role, store: kind, durability, broker: broker?.kind, logId }, 'ready');

  return {
    url,
    async stop() {
      state.ready = false;
      await within(
        drainTimeoutMs + cutMs,
        front.drain(drainTimeoutMs).then(() => opened.close()),
      );
    },
  };
}

/** What was opened, to be closed the other way round: each needs those before it until it has ended. */
class Opened {
  readonly #closings: (() => Promise<void>)[] = [];

  add(close: () => Promise<void>): void {
    this.#closings.push(close);
  }

  async close(): Promise<void> {
    for (const close of this.#closings.splice(0).toReversed()) await close();
  }
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

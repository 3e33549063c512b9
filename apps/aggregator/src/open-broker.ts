// The broker that the settings name, and the worker that stores what it holds.
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Broker, EventStore, Limits } from '@oncelog/core';
import { type BrokerWorker, createBrokerWorker } from '@oncelog/ingest';
import type { Logger } from '@oncelog/telemetry';
import { openWhenThere, type OpeningOptions } from './open-when-there.ts';
import type { Settings } from './settings.ts';

export async function openBroker(
  { broker: url, brokerAllow: allow, brokerEventsMax: eventsMax }: Settings,
  opening: Omit<OpeningOptions, 'what'>,
): Promise<Broker | undefined> {
  if (url === undefined) return undefined;
  const { createRedisBroker } = await import('@oncelog/broker-redis');
  return openWhenThere(() => createRedisBroker({ url, allow, eventsMax }), { ...opening, what: 'broker' });
}

export interface WorkerOptions {
  readonly broker: Broker;
  readonly store: EventStore;
  readonly limits: Limits;
  readonly logger: Logger;
}

export function openWorker({ logger, ...options }: WorkerOptions): BrokerWorker {
  // A new one for each process: what an earlier one of the same name held would pass for this one's own otherwise.
  const worker = `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`;
  return createBrokerWorker({
    ...options,
    worker,
    onTrouble: ({ what, error, ...more }) => logger.warn({ what, worker, ...more }, `the worker: ${error.message}`),
  });
}

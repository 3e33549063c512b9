// What an aggregator opens to others: the whole API, or nothing but how it is.
import type { AddressInfo } from 'node:net';
import type { Broker, EventStore, Limits } from '@oncelog/core';
import { createConsumerGroups, createSubscriptions } from '@oncelog/delivery';
import { createIngest } from '@oncelog/ingest';
import { createHealthServer, createServer, type ServiceState } from '@oncelog/rpc';
import type { Logger } from '@oncelog/telemetry';

export interface Front {
  listen(port: number, host: string): Promise<AddressInfo>;
  /** No new calls; everything in flight is committed and answered, and cut when the time is over. */
  drain(timeoutMs: number): Promise<void>;
}

export interface FrontOptions {
  readonly store: EventStore;
  /** Where published events go first, if not straight into the store. */
  readonly broker: Broker | undefined;
  readonly limits: Limits;
  readonly state: ServiceState;
  readonly logger: Logger;
  readonly corsOrigins: readonly string[];
}

export function createApi({ store, broker, limits, ...more }: FrontOptions): Front {
  const ingest = createIngest({ log: broker ?? store, limits });
  const subscriptions = createSubscriptions({ store, limits });
  const consumers = createConsumerGroups({ store, limits });
  const server = createServer({ ...more, store, broker, ingest, subscriptions, consumers, limits });
  return {
    listen: (port, host) => server.listen(port, host),
    async drain(timeoutMs) {
      // Together: calls in flight need their commits before they can be answered.
      await Promise.all([server.close(timeoutMs), ingest.drain(), consumers.close()]);
      subscriptions.close();
    },
  };
}

export function createHealthPort({ state, logger }: Pick<FrontOptions, 'state' | 'logger'>): Front {
  const server = createHealthServer({ state, logger });
  return { listen: (port, host) => server.listen(port, host), drain: (timeoutMs) => server.close(timeoutMs) };
}

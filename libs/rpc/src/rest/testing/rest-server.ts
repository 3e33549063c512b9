// The server over the memory store, and what a test looks at behind it.
import { defaultLimits, everyEvent, type Limits, type LogEntry } from '@oncelog/core';
import { createConsumerGroups, createSubscriptions } from '@oncelog/delivery';
import { createIngest, type Ingest } from '@oncelog/ingest';
import { createMemoryEventStore } from '@oncelog/store-memory';
import { createLogger } from '@oncelog/telemetry';
import { createServiceState } from '../../handlers/service-state.ts';
import { createServer, type ServerOptions } from '../../server.ts';
import type { HoldingBroker } from '../../testing/holding-broker.ts';

export interface RestServerOptions extends Pick<ServerOptions, 'bodyIdleMs' | 'corsOrigins'> {
  readonly limits?: Partial<Limits>;
  /** Takes what is published, instead of the store. */
  readonly broker?: HoldingBroker;
  /** Puts itself before the ingest. */
  readonly ingest?: (ingest: Ingest) => Ingest;
}

export type RestServer = Awaited<ReturnType<typeof openRestServer>>;

export async function openRestServer({ limits: changed, ingest: wrap, broker, ...more }: RestServerOptions = {}) {
  const limits = { ...defaultLimits, ...changed };
  const store = createMemoryEventStore({ limits });
  const plain = createIngest({ log: broker ?? store, limits });
  const ingest = wrap?.(plain) ?? plain;
  const subscriptions = createSubscriptions({ store, limits });
  const consumers = createConsumerGroups({ store, limits });
  const state = createServiceState({ version: 'spec' });
  const logger = createLogger({ level: 'silent', name: 'spec' });
  const server = createServer({ store, broker, ingest, subscriptions, consumers, limits, state, logger, ...more });
  const { port } = await server.listen(0, '127.0.0.1');

  const all = { filter: everyEvent, after: 0, eventsMax: 1_000_000, bytesMax: 1e9, scanMax: 1_000_000 };
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    store,
    ingest: plain,
    subscriptions,
    state,
    close: (graceMs = 0) => server.close(graceMs),
    async entries(): Promise<readonly LogEntry[]> {
      return (await store.tail(all)).entries;
    },
  };
}

/** Turns of the event loop until it holds: nothing else tells of the inside of a server. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await turn();
}

export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

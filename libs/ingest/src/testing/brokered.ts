// A real Redis and a store in memory, with a stream of its own, for tests of what moves events between them.
import { type Broker, type EventStore, type NewEvent } from '@oncelog/core';
import { append, sampleEvent } from '@oncelog/core/testing';
import { createRedisBroker } from '@oncelog/broker-redis';
import { createMemoryEventStore } from '@oncelog/store-memory';
import { type BrokerWorker, type BrokerWorkerOptions, createBrokerWorker } from '../broker-worker.ts';
import type { WorkerTrouble } from '../until-it-works.ts';

let streams = 0;

export interface Brokered {
  readonly url: string;
  readonly stream: string;
  readonly broker: Broker;
  readonly store: EventStore;
  readonly troubles: WorkerTrouble[];
  /** One entry of each batch. */
  publish(...batches: readonly (readonly NewEvent[])[]): Promise<void>;
  /** Started. */
  worker(options?: Partial<BrokerWorkerOptions>): BrokerWorker;
  /** Resolves when nothing waits in the broker any more. */
  emptied(): Promise<void>;
  close(): Promise<void>;
}

export async function createBrokered(redisUrl: string, claimAfterMs = 60_000): Promise<Brokered> {
  streams += 1;
  const stream = `ingest-${process.pid}-${streams}`;
  const url = `${redisUrl}?stream=${stream}`;
  const broker = await createRedisBroker({ url, claimAfterMs });
  const store = createMemoryEventStore();
  const troubles: WorkerTrouble[] = [];
  const workers: BrokerWorker[] = [];
  return {
    url,
    stream,
    broker,
    store,
    troubles,
    async publish(...batches) {
      for (const batch of batches) await append(broker, [batch]);
    },
    worker(options = {}) {
      const name = `worker${workers.length}`;
      const onTrouble = (trouble: WorkerTrouble) => void troubles.push(trouble);
      const worker = createBrokerWorker({ broker, store, worker: name, onTrouble, ...options });
      workers.push(worker);
      worker.start();
      return worker;
    },
    emptied: () => until(async () => (await broker.stats()).waitingEvents === 0),
    async close() {
      for (const worker of workers) await worker.stop();
      await broker.close();
      await store.close();
    },
  };
}

/** Asks again and again until it is so; the test's own time ends what never will be. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  // clock: nothing tells when a broker and its workers have got there.
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

export function eventsOf(name: string, size: number): NewEvent[] {
  return Array.from({ length: size }, (_, index) => sampleEvent('t', `${name}${index}`));
}

export async function storedIds(store: EventStore): Promise<string[]> {
  const query = {
    order: 'ascending',
    eventsMax: 100_000,
    bytesMax: Number.MAX_SAFE_INTEGER,
    scanMax: 100_000,
  } as const;
  return (await store.list(query)).events.map(({ eventId }) => eventId);
}

/** The store, which does something else first when it is to commit these events. */
export function withCommits(store: EventStore, before: (ids: readonly string[]) => Promise<void>): EventStore {
  const startGroup: EventStore['startGroup'] = () => {
    const group = store.startGroup();
    const ids: string[] = [];
    return {
      add(events) {
        ids.push(...events.map(({ eventId }) => eventId));
        group.add(events);
      },
      async commit() {
        await before(ids);
        return group.commit();
      },
    };
  };
  return Object.assign(Object.create(store) as EventStore, { startGroup });
}

// Moves what a broker holds into the store: many entries in one commit, acknowledged after it.
import type { Broker, BrokerConsumer, BrokerEntry, EventStore, Limits } from '@oncelog/core';
import { defaultLimits, soundAttemptsMax } from '@oncelog/core';
import { createEntrySettler } from './entry-settler.ts';
import { type OnTrouble, untilItWorks } from './until-it-works.ts';

/** As many as a group of the ingest queue, for the same reason. */
const receiveEventsMax = 5000;
/** A fifth of the time after which others take over what a silent worker holds. */
const keepEveryMs = 1000;

export interface BrokerWorkerOptions {
  readonly broker: Broker;
  readonly store: EventStore;
  /** Two that run at the same time have different names. */
  readonly worker: string;
  /** Those of the aggregators that publish to the broker: an entry that breaks them is set aside. */
  readonly limits?: Limits;
  /** Told when something does not work: of an outage once, when it begins. */
  readonly onTrouble?: OnTrouble;
}

export interface BrokerWorker {
  start(): void;
  /** Stores and acknowledges what it holds, gives back what it cannot store now, and takes nothing more. */
  stop(): Promise<void>;
}

export function createBrokerWorker(options: BrokerWorkerOptions): BrokerWorker {
  const { broker, store, worker, limits = defaultLimits, onTrouble = () => {} } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let running: Promise<void> | undefined;

  const brokerCall = <T>(call: () => Promise<T>) => untilItWorks({ what: 'broker', call, signal, onTrouble });

  async function run(): Promise<void> {
    const opened = await brokerCall(() => broker.openConsumer(worker));
    if (opened === undefined) return;
    const consumer = opened.result;
    /** Received and not settled. */
    const held = new Set<BrokerEntry>();
    // An entry that could not be kept may go to another worker: the store then drops what comes twice.
    const keeping = setInterval(() => void consumer.keep([...held]).catch(() => {}), keepEveryMs);
    try {
      await moveAll(consumer, held);
    } finally {
      clearInterval(keeping);
      await consumer.close();
    }
  }

  /** While one lot is committed, the next one is on its way. */
  async function moveAll(consumer: BrokerConsumer, held: Set<BrokerEntry>): Promise<void> {
    const settle = createEntrySettler({ consumer, store, limits, signal, onTrouble });
    let settling = Promise.resolve();
    while (!signal.aborted) {
      const received = await brokerCall(() => consumer.receive(receiveEventsMax, signal));
      const entries = received?.result ?? [];
      for (const entry of entries) held.add(entry);
      await settling;
      settling = settle(entries).finally(() => {
        for (const entry of entries) held.delete(entry);
      });
      // Should it be the end of this worker, then of nothing else that was delivered to it.
      if (entries.some(({ attempts }) => attempts > soundAttemptsMax)) await settling;
    }
    await settling;
  }

  return {
    start() {
      running ??= run();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

// A broker for each test of the contract, and what such tests say of entries.
import { afterEach, beforeEach } from 'vitest';
import type { Broker, BrokerConsumer, BrokerEntry } from '../../broker.ts';
import type { NewEvent } from '../../event.ts';
import type { BrokerOptions, BrokerPlace, CreateBrokerPlace } from '../broker-place.ts';
import { sampleEvent } from '../sample-events.ts';

/** More than any of these tests publishes. */
export const eventsMax = 5000;
/** Far longer than a slow machine takes between two keeps. */
export const claimAfterMs = 500;
/** Far longer than what is there takes to come. */
const patienceMs = 10_000;

export interface TestedBroker {
  /** Of the running test. */
  place(): BrokerPlace;
  /** Closed after the test, as consumers are. */
  open(options?: BrokerOptions): Promise<Broker>;
  consumerOf(broker: Broker, worker?: string): Promise<BrokerConsumer>;
}

/** An empty place for each test of the describe block that asks. */
export function brokerOfEachTest(createPlace: CreateBrokerPlace): TestedBroker {
  let place: BrokerPlace | undefined;
  const opened: { close(): Promise<void> }[] = [];

  beforeEach(async () => {
    place = await createPlace();
  });
  afterEach(async () => {
    for (const each of opened.splice(0).reverse()) await each.close();
    await place?.remove();
  });

  return {
    place: () => place!,
    async open(options = {}) {
      const broker = await place!.open(options);
      opened.push(broker);
      return broker;
    },
    async consumerOf(broker, worker = 'worker') {
      const consumer = await broker.openConsumer(worker);
      opened.push(consumer);
      return consumer;
    },
  };
}

export function eventsOf(name: string, size: number): NewEvent[] {
  return Array.from({ length: size }, (_, index) => sampleEvent('t', `${name}${index}`));
}

/** One lot; nothing after so long. */
export function receive(
  consumer: BrokerConsumer,
  max = eventsMax,
  waitMs = patienceMs,
): Promise<readonly BrokerEntry[]> {
  return consumer.receive(max, AbortSignal.timeout(waitMs));
}

/** Until so many events have come; what comes again because it was held for long counts once. */
export async function receiveAll(consumer: BrokerConsumer, events: number): Promise<BrokerEntry[]> {
  const received = new Map<string, BrokerEntry>();
  while (eventsIn([...received.values()]).length < events) {
    const lot = await receive(consumer);
    if (lot.length === 0) throw new Error(`only ${received.size} entries came`);
    for (const entry of lot) received.set(entry.id, entry);
  }
  return [...received.values()];
}

export function eventsIn(entries: readonly BrokerEntry[]) {
  return entries.flatMap(({ events }) => events ?? []).map(comparableNew);
}

/** Bytes as text, so that two kinds of byte array with the same bytes are equal. */
export function comparableNew(event: NewEvent) {
  return { ...event, content: { ...event.content, bytes: Buffer.from(event.content.bytes).toString('latin1') } };
}

// Groups of events become entries as they are filled, and go to Redis in one atomic step.
import { type AppendGroup, type NewEvent, OncelogError, type Outcome } from '@oncelog/core';
import type { BrokerKeys } from './broker-address.ts';
import { encodedBytesMax, EntryWriter } from './entry-codec.ts';
import type { RedisConnection } from './redis-connection.ts';
import { enqueue } from './scripts.ts';

/** What goes wrong with an entry goes wrong for all of its events: large enough that a group is ten of them. */
const entryEventsMax = 500;
/** Redis does nothing else while it copies an entry: 3 ms for so much on a busy machine. */
const entryBytesMax = 1024 * 1024;
/** A usual entry's first buffer, which grows if it must. */
const entryBytesHint = 16 * 1024;

/** Workers store tens of thousands of events a second: after this, there is room again. */
const retryAfterFullMs = 1000;

export interface QueueBounds {
  /** Over all entries that wait, of all who publish to the broker. */
  readonly eventsMax: number;
  readonly bytesMax: number;
}

export interface GroupOptions extends QueueBounds {
  readonly connection: RedisConnection;
  readonly keys: BrokerKeys;
  readonly clock: () => number;
}

export function createEntryGroup({ connection, keys, clock, eventsMax, bytesMax }: GroupOptions): AppendGroup {
  const batchSizes: number[] = [];
  const entries: { readonly events: number; readonly data: Buffer }[] = [];
  let writer: EntryWriter | undefined;

  function seal(): void {
    if (writer !== undefined) entries.push({ events: writer.events, data: writer.finish() });
    writer = undefined;
  }

  return {
    add(events) {
      batchSizes.push(events.length);
      for (const event of events) {
        if (writer && isFull(writer, event)) seal();
        writer ??= new EntryWriter(entryBytesHint);
        writer.add(event);
      }
    },
    async commit() {
      seal();
      if (entries.length > 0) {
        const events = entries.reduce((sum, entry) => sum + entry.events, 0);
        const bytes = entries.reduce((sum, { data }) => sum + data.length, 0);
        const bounds = [eventsMax, bytesMax, events, bytes].map(String);
        const args = entries.flatMap((entry) => [String(entry.events), entry.data]);
        assertTaken(await connection.run(enqueue, [keys.queue, keys.counters], [...bounds, ...args]), {
          eventsMax,
          bytesMax,
        });
      }
      const outcome: Outcome = { status: 'accepted', position: 0, storedTimeMs: clock() };
      return batchSizes.map((size) => Array.from({ length: size }, () => outcome));
    },
  };
}

function isFull(writer: EntryWriter, next: NewEvent): boolean {
  return writer.events >= entryEventsMax || writer.bytes + encodedBytesMax(next) > entryBytesMax;
}

/** Scripts answer with what waits already when there is no room. */
export function assertTaken(reply: unknown, { eventsMax, bytesMax }: QueueBounds): void {
  if (!Array.isArray(reply) || reply.length === 0) return;
  const [events, bytes] = reply as [number, number];
  const description =
    `holds ${events} of at most ${eventsMax} events and ${bytes} of at most ${bytesMax} bytes that wait; ` +
    'send the same ids again when workers have stored some';
  const [limit, actual] = events / eventsMax >= bytes / bytesMax ? [eventsMax, events] : [bytesMax, bytes];
  throw new OncelogError('QUEUE_FULL', `the broker ${description}`, {
    violations: [{ field: 'broker', description, limit, actual }],
    retryAfterMs: retryAfterFullMs,
  });
}

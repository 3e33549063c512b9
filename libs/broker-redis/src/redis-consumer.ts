// What a worker takes from the broker: entries that are its own until it has stored them, or has died.
import { type BrokerConsumer, type BrokerEntry, OncelogError, soundAttemptsMax } from '@oncelog/core';
import type { BrokerKeys } from './broker-address.ts';
import { decodeEntry } from './entry-codec.ts';
import type { RedisConnection } from './redis-connection.ts';
import { acknowledge, bury, forgetConsumers, keep, receive, release } from './scripts.ts';
import { ensureWorkerGroup, isCausedBy } from './worker-group.ts';

/** An empty queue is asked again after this, for what a dead worker has left; so long does a signal wait at most. */
const waitMs = 250;
/** Beside the bound on events. Redis does nothing else while it copies: 3 ms a MiB on a busy machine. */
const receiveBytesMax = 4 * 1024 * 1024;
/** Entries of one event each, as publishers that wait for each answer make: 10 ms for so many on the same machine. */
const receiveEntriesMax = 500;
/**
 * A worker has a name of its own at each start. One that has nothing and was silent for this many times what makes its
 * entries another's is forgotten: a minute, unless a test is in a hurry. It is known again as soon as it asks.
 */
const silencesKept = 12;

/** Nothing was left alone for so long. */
const neverMs = Number.MAX_SAFE_INTEGER;

/** Dead entries are somebody's to look at: far more than anybody does, and little of what a Redis holds. */
const deadEntriesMax = 10_000;
const deadBytesMax = 64 * 1024 * 1024;
const reasonCharactersMax = 1000;

export interface ConsumerOptions {
  /** Of this consumer alone, which waits there. */
  readonly waiting: RedisConnection;
  /** For what must not wait behind that. */
  readonly connection: RedisConnection;
  readonly keys: BrokerKeys;
  readonly worker: string;
  readonly claimAfterMs: number;
  readonly clock: () => number;
}

/** What the counters hold for an entry. */
interface Weight {
  readonly events: number;
  readonly bytes: number;
}

type ReceivedRow = [id: Buffer, deliveries: number, events: number, bytes: number, data: Buffer];

export async function openRedisConsumer(options: ConsumerOptions): Promise<BrokerConsumer> {
  const { waiting, connection, keys, worker, claimAfterMs, clock } = options;
  const { queue, counters, dead, group } = keys;
  const weights = new WeakMap<BrokerEntry, Weight>();
  /** Entries that come alone are handed out in turn with all else, or enough of them would hold everything up. */
  let cameAlone = false;

  async function take(eventsMax: number): Promise<{ entries: BrokerEntry[]; lastId: Buffer }> {
    const bounds = [eventsMax, receiveBytesMax, receiveEntriesMax, soundAttemptsMax];
    const args = [group, worker, cameAlone ? neverMs : claimAfterMs, ...bounds].map(String);
    const run = () => waiting.run(receive, [queue, counters], args);
    const [lastId, rows] = (await run().catch(async (error: OncelogError) => {
      // The Redis that has it was replaced by another, or somebody emptied it.
      if (!isCausedBy(error, 'NOGROUP')) throw error;
      await ensureWorkerGroup(waiting, keys);
      return run();
    })) as [Buffer, ReceivedRow[]];
    cameAlone = rows.length === 1 && rows[0]![1] > soundAttemptsMax;
    return { entries: rows.map(entryOf), lastId };
  }

  function entryOf([id, attempts, events, bytes, data]: ReceivedRow): BrokerEntry {
    const entry = { id: id.toString(), attempts, events: decodeEntry(data) };
    weights.set(entry, { events, bytes });
    return entry;
  }

  /** Of workers that died: a name of theirs goes when others have taken over what it had. */
  const forget = (...also: string[]) =>
    connection.run(forgetConsumers, [queue], [group, String(silencesKept * claimAfterMs), ...also]).catch(() => {
      // The next one that opens or closes does it.
    });

  await forget();
  return {
    async receive(eventsMax, signal) {
      while (!signal.aborted) {
        const { entries, lastId } = await take(eventsMax);
        if (entries.length > 0) return entries;
        // Only to be woken: what it answers is delivered by nobody yet.
        await waiting.send(['XREAD', 'COUNT', '1', 'BLOCK', String(waitMs), 'STREAMS', queue, lastId], waitMs);
      }
      return [];
    },
    async acknowledge(entries) {
      const args = entries.flatMap((entry) => {
        const { events, bytes } = weights.get(entry) ?? { events: 0, bytes: 0 };
        return [entry.id, String(events), String(bytes)];
      });
      if (args.length > 0) await connection.run(acknowledge, [queue, counters], [group, ...args]);
    },
    async keep(entries) {
      if (entries.length > 0) await connection.run(keep, [queue], [group, worker, ...entries.map(({ id }) => id)]);
    },
    async release(entries) {
      const args = entries.flatMap(({ id, attempts }) => [id, String(attempts - 1)]);
      if (args.length > 0) await connection.run(release, [queue], [group, worker, ...args]);
    },
    async bury({ id, attempts }, reason) {
      const told = reason.slice(0, reasonCharactersMax);
      const bounds = [deadEntriesMax, deadBytesMax].map(String);
      const args = [group, id, told, String(attempts), String(clock()), ...bounds];
      if ((await connection.run(bury, [queue, counters, dead], args)) === -1) throw tooManyDead();
    },
    async close() {
      await forget(worker);
      waiting.close();
    },
  };
}

function tooManyDead(): OncelogError {
  const description =
    `has set aside as much as it may, ${deadEntriesMax} entries or ${deadBytesMax} bytes: this one stays in the ` +
    'queue until some of them are replayed';
  return new OncelogError('QUEUE_FULL', `the broker ${description}`, {
    violations: [{ field: 'broker.dead', description, limit: deadEntriesMax }],
  });
}

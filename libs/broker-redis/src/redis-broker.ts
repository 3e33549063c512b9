// Redis Streams as the broker in front of a store.
import { type Broker, type OncelogError, violated } from '@oncelog/core';
import { brokerAddressOf } from './broker-address.ts';
import { listDeadEntries, replayDeadEntries } from './dead-entries.ts';
import { createEntryGroup } from './entry-group.ts';
import { openConnection } from './redis-connection.ts';
import { openRedisConsumer } from './redis-consumer.ts';
import { unavailable } from './redis-failures.ts';
import { stats } from './scripts.ts';
import { allowedRisks } from './server-settings.ts';
import { ensureWorkerGroup } from './worker-group.ts';

/** A minute of what one store takes, and little of a server's memory. */
const eventsMaxDefault = 1_000_000;
const bytesMaxDefault = 512 * 1024 * 1024;

/** Workers say every second that they are alive: one that was silent for five has died, or hangs. */
const claimAfterMsDefault = 5000;

export interface RedisBrokerOptions {
  /** redis://user:password@host:6379/0?stream=oncelog; the stream tells brokers on one Redis apart. */
  readonly url: string;
  /** Settings of a Redis that would lose events, by the names under which they are refused. */
  readonly allow?: readonly string[];
  /** What may wait at most, over all who publish; one group larger than that is never taken. */
  readonly eventsMax?: number;
  readonly bytesMax?: number;
  /** A worker's entries go to another one when it was silent for so long. */
  readonly claimAfterMs?: number;
  readonly clock?: () => number;
}

/** Throws STORE_UNAVAILABLE when the server cannot be had now, and RULE_BROKEN when it must not be had at all. */
export async function createRedisBroker(options: RedisBrokerOptions): Promise<Broker> {
  const { url, allow = [], eventsMax = eventsMaxDefault, bytesMax = bytesMaxDefault } = options;
  const { claimAfterMs = claimAfterMsDefault, clock = Date.now } = options;
  assertKnownRisks(allow);
  const address = brokerAddressOf(url);
  const { keys } = address;
  const open = () => openConnection({ address, allow: new Set(allow) });
  const connection = await open();
  await ensureWorkerGroup(connection, keys).catch((error: unknown) => {
    connection.close();
    throw error;
  });

  return {
    kind: 'redis',
    startGroup: () => createEntryGroup({ connection, keys, clock, eventsMax, bytesMax }),
    async openConsumer(worker) {
      // A server that has become worse meanwhile may become better again.
      const waiting = await open().catch((error: OncelogError) => {
        throw unavailable(`cannot be used: ${error.message}`, 'none', error);
      });
      return openRedisConsumer({ waiting, connection, keys, worker, claimAfterMs, clock });
    },
    async stats() {
      const reply = await connection.run(stats, [keys.queue, keys.counters, keys.dead], []);
      const [waitingEvents, deliveredEvents, deadEntries] = reply as [number, number, number];
      return { waitingEvents, deliveredEvents, deadEntries };
    },
    deadEntries: (query) => listDeadEntries(connection, keys, query),
    replay: (ids) => replayDeadEntries(connection, keys, ids, { eventsMax, bytesMax }),
    async close() {
      connection.close();
    },
  };
}

function assertKnownRisks(allow: readonly string[]): void {
  const unknown = allow.find((name) => !allowedRisks.includes(name));
  if (unknown === undefined) return;
  const description = `knows no risk named ${unknown}; the names are ${allowedRisks.join(', ')}`;
  throw violated('RULE_BROKEN', [{ field: 'broker_allow', description, actual: unknown }]);
}

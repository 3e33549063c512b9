// The store on PostgreSQL by itself: groups as the aggregator's queue makes them, in the process of the load.
import { missingPostgres } from '@oncelog/testing';
import { createPostgresEventStore } from '@oncelog/store-postgres';
import { callInFlight, inBatches } from './calls-in-flight.ts';
import { jsonType } from './event-encoding.ts';
import { postgresVersion, sizesOf, startFavouredPostgres } from './favoured-servers.ts';
import type { Peer } from './peer.ts';

/** As the aggregator's queue: while one commits, the next is handed over when it is half full. */
const eventsPerGroup = 2500;
const groupsInFlight = 2;

export const postgresStore: Peer = {
  name: 'postgres-store',
  survives: 'power loss',
  durability: 'the store of oncelog-postgres without a wire in front: all of the contract but the protocols',
  knowsRepeats: true,
  find() {
    const absent = missingPostgres();
    return absent === undefined ? { version: postgresVersion() } : { absent };
  },
  async start({ lifetime }) {
    const server = await startFavouredPostgres(lifetime);
    return { address: server.url, pids: [server.pid], sizes: () => sizesOf(server), stop: () => server.stop() };
  },
  async connect(url) {
    const store = await createPostgresEventStore({ url, durability: 'disk' });
    return {
      async prepare({ events }) {
        const groups = inBatches(
          events.map(({ content: bytes, ...event }) => ({ ...event, content: { bytes, contentType: jsonType } })),
          eventsPerGroup,
        );
        return {
          async send(latencies) {
            const tally = { stored: 0, duplicates: 0 };
            await callInFlight(groups, groupsInFlight, latencies, async (each) => {
              const group = store.startGroup();
              group.add(each);
              for (const { status } of (await group.commit()).flat()) {
                tally[status === 'stored' ? 'stored' : 'duplicates'] += 1;
              }
            });
            return tally;
          },
        };
      },
      close: () => store.close(),
    };
  },
};

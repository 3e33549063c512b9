// PostgreSQL as an idempotent log: one statement a batch, sorted by key so that batches never deadlock.
import { missingPostgres } from '@oncelog/testing';
import { Client } from 'pg';
import type { LoadEvent } from '../load/load.ts';
import { callInFlight, inBatches } from './calls-in-flight.ts';
import { postgresVersion, sizesOf, startFavouredPostgres } from './favoured-servers.ts';
import type { Connection, Peer } from './peer.ts';

/** Found best of 500 to 5,000 events a statement: 133,000 events a second on two connections, others 69,000 up. */
const eventsPerStatement = 500;

const createTable = `
create table event (
  position bigint generated always as identity primary key,
  topic text collate "C" not null,
  event_id text collate "C" not null,
  source text not null,
  stored_time timestamptz not null default now(),
  content text not null,
  unique (topic, event_id))`;

const insertEvents = `
insert into event (topic, event_id, source, content)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as given (topic, event_id, source, content)
order by topic collate "C", event_id collate "C"
on conflict (topic, event_id) do nothing
returning position, topic, event_id`;

export interface PostgresVariant {
  readonly name: Peer['name'];
  readonly connections: number;
  readonly durability: string;
}

export function createPostgresPeer({ name, connections, durability }: PostgresVariant): Peer {
  return {
    name,
    survives: 'power loss',
    durability,
    knowsRepeats: true,
    find() {
      const absent = missingPostgres();
      return absent === undefined ? { version: postgresVersion() } : { absent };
    },
    async start({ lifetime }) {
      const server = await startFavouredPostgres(lifetime);
      const client = new Client(server.url);
      await client.connect();
      await client.query(createTable);
      await client.end();
      const sizes = () => sizesOf(server);
      return { address: server.url, pids: [server.pid], sizes, stop: () => server.stop() };
    },
    connect: (address) => connect(address, connections),
  };
}

async function connect(address: string, connections: number): Promise<Connection> {
  const clients = Array.from({ length: connections }, () => new Client(address));
  for (const client of clients) await client.connect();
  return {
    async prepare({ events }) {
      const calls = inBatches(events, eventsPerStatement).map((batch) => ({
        values: columnsOf(batch),
        ids: batch.map(({ topic, eventId }) => `${topic}/${eventId}`),
      }));
      return {
        async send(latencies) {
          const tally = { stored: 0, duplicates: 0 };
          await callInFlight(calls, connections, latencies, async ({ values, ids }, lane) => {
            const query = { name: 'insert', text: insertEvents, values, rowMode: 'array' };
            const { rows } = await clients[lane]!.query<[position: string, topic: string, eventId: string]>(query);
            const positions = outcomesOf(rows, ids);
            tally.stored += rows.length;
            tally.duplicates += positions.filter((position) => position === undefined).length;
          });
          return tally;
        },
      };
    },
    close: async () => void (await Promise.all(clients.map((client) => client.end()))),
  };
}

/** One outcome an event, in the order they were sent: the position, once, or undefined for a repeat. */
function outcomesOf(
  rows: readonly (readonly [string, string, string])[],
  ids: readonly string[],
): (string | undefined)[] {
  const taken = new Map(rows.map(([position, topic, eventId]) => [`${topic}/${eventId}`, position]));
  return ids.map((id) => {
    const position = taken.get(id);
    taken.delete(id);
    return position;
  });
}

/** As PostgreSQL writes arrays: made beforehand, for the driver would do it on the clock. */
function columnsOf(events: readonly LoadEvent[]): string[] {
  const column = (textOf: (event: LoadEvent) => string) =>
    `{${events.map((event) => quoted(textOf(event))).join(',')}}`;
  return [
    column(({ topic }) => topic),
    column(({ eventId }) => eventId),
    column(({ source }) => source),
    column(({ content }) => content.toString('latin1')),
  ];
}

function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}

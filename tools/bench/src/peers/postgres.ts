// PostgreSQL as an idempotent log: one statement a batch, sorted by key so that batches never deadlock.
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import type { LoadEvent } from '../load/load.ts';
import { callInFlight, inBatches } from './calls-in-flight.ts';
import type { Connection, Peer } from './peer.ts';
import { findProgram, freePort, giveTo, listening, runOnce, unprivileged, versionOf } from './program.ts';

/** Found best of 500 to 5,000 events a statement and 1 to 3 connections: 133,000 events a second, others 69,000 up. */
const eventsPerStatement = 500;
const connections = 2;

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

export const postgres: Peer = {
  name: 'postgres',
  survives: 'power loss',
  durability: 'insert from unnest, on conflict do nothing; fsync=on, synchronous_commit=on; positions have gaps',
  knowsRepeats: true,
  find() {
    const program = findProgram('postgres');
    if (program === undefined || findProgram('initdb') === undefined) {
      return { absent: 'no postgres and initdb on this machine' };
    }
    return { version: `PostgreSQL ${/\) (\S+)/.exec(versionOf(program))?.[1]}` };
  },
  async start({ lifetime, directory }) {
    const user = unprivileged('postgres');
    giveTo(user, directory);
    const data = join(directory, 'data');
    const cluster = ['-D', data, '-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--locale=C', '--no-sync'];
    runOnce(findProgram('initdb')!, cluster, user);
    const port = await freePort();
    const settings = {
      listen_addresses: '127.0.0.1',
      fsync: 'on',
      synchronous_commit: 'on',
      full_page_writes: 'on',
      // In its favour: room for the indexes, and no checkpoint in the middle of a round.
      shared_buffers: '512MB',
      max_wal_size: '8GB',
      checkpoint_timeout: '1h',
    };
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const program = findProgram('postgres')!;
    const child = lifetime.spawn(program, ['-D', data, '-p', String(port), '-k', '', ...flags], { ...user, cwd: '/' });
    await listening(child, port);
    const address = `postgresql://postgres@127.0.0.1:${port}/postgres`;
    await prepareTable(address);
    // SIGINT: connections are cut off; SIGTERM would wait for them.
    return { address, pid: child.pid!, stop: () => lifetime.endChild(child, 'SIGINT') };
  },
  connect: (address) => connect(address),
};

/** The port takes connections a moment before the server does. */
async function prepareTable(address: string): Promise<void> {
  const attemptsMax = 500;
  const pauseMs = 20;
  for (let attempt = 1; ; attempt += 1) {
    const client = new Client(address);
    try {
      await client.connect();
      await client.query(createTable);
      return await client.end();
    } catch (error) {
      const starting = (error as { code?: string }).code === '57P03';
      if (!starting || attempt === attemptsMax) throw error;
      await delay(pauseMs);
    }
  }
}

async function connect(address: string): Promise<Connection> {
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

// Redis as an idempotent log: a set of ids and a stream, moved together by a script.
import { missingRedis } from '@oncelog/testing';
import { createClient, type RedisArgument } from '@redis/client';
import type { LoadEvent } from '../load/load.ts';
import { callInFlight, inBatches } from './calls-in-flight.ts';
import { redisVersion, startFavouredRedis } from './favoured-servers.ts';
import type { Connection, Peer } from './peer.ts';

/** Found best of 200 to 2,500 events a call and 2 to 16 calls in flight: 232,000 events a second, others 156,000 up. */
const eventsPerCall = 500;
const callsInFlight = 2;

const fieldsPerEvent = 3;
const script = `
local outcomes = {}
for at = 1, #ARGV, ${fieldsPerEvent} do
  if redis.call('SADD', KEYS[1], ARGV[at]) == 1 then
    outcomes[#outcomes + 1] = redis.call(
      'XADD', KEYS[2], '*', 'id', ARGV[at], 'source', ARGV[at + 1], 'content', ARGV[at + 2])
  else
    outcomes[#outcomes + 1] = false
  end
end
return outcomes`;

export const redis: Peer = {
  name: 'redis',
  survives: 'power loss',
  durability: 'SADD and XADD in a script, AOF, appendfsync always; all in memory, no position for a repeat',
  knowsRepeats: true,
  find() {
    const absent = missingRedis();
    return absent === undefined ? { version: redisVersion() } : { absent };
  },
  async start({ lifetime }) {
    const server = await startFavouredRedis(lifetime);
    return { address: server.url, pids: [server.pid], stop: () => server.stop() };
  },
  connect: (address) => connect(address),
};

async function connect(url: string): Promise<Connection> {
  const client = createClient({ url });
  await client.connect();
  const digest = await client.scriptLoad(script);
  return {
    async prepare({ events }) {
      const calls = inBatches(events, eventsPerCall).map((batch) => argumentsOf(digest, batch));
      return {
        async send(latencies) {
          const tally = { stored: 0, duplicates: 0 };
          await callInFlight(calls, callsInFlight, latencies, async (call) => {
            for (const outcome of await client.sendCommand<(string | null)[]>(call)) {
              if (outcome === null) tally.duplicates += 1;
              else tally.stored += 1;
            }
          });
          return tally;
        },
      };
    },
    close: () => client.close(),
  };
}

function argumentsOf(digest: string, events: readonly LoadEvent[]): RedisArgument[] {
  const fields = events.flatMap(({ topic, eventId, source, content }) => [`${topic}/${eventId}`, source, content]);
  return ['EVALSHA', digest, '2', 'ids', 'events', ...fields];
}

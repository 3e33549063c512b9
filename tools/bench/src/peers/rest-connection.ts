// POST /publish on kept-alive connections, with bodies that were written beforehand.
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { callInFlight, inBatches } from './calls-in-flight.ts';
import { encodeBody, jsonType } from './event-encoding.ts';
import type { Connection, Sending } from './peer.ts';

interface Answer {
  readonly processed_count: number;
  readonly duplicate_dropped: number;
  readonly conflicts: number;
  /** Held by a broker; absent where events are stored at once. */
  readonly pending_count?: number;
}

/** Calls go to one address after the other. */
export function connectRest(
  addresses: readonly string[],
  { eventsPerCall, callsInFlight }: Sending & { by: 'rest' },
): Connection {
  const agent = new Agent({ keepAlive: true, maxSockets: callsInFlight });
  return {
    async prepare({ events }) {
      const bodies = inBatches(events, eventsPerCall).map(encodeBody);
      return {
        async send(latencies) {
          const tally = { stored: 0, duplicates: 0, accepted: 0 };
          await callInFlight(bodies, callsInFlight, latencies, async (body, lane) => {
            const answer = await publish(agent, `http://${addresses[lane % addresses.length]}`, body);
            tally.stored += answer.processed_count;
            tally.duplicates += answer.duplicate_dropped - answer.conflicts;
            tally.accepted += answer.pending_count ?? 0;
          });
          return tally;
        },
      };
    },
    close: async () => agent.destroy(),
  };
}

async function publish(agent: Agent, url: string, body: Buffer): Promise<Answer> {
  const { status, answer } = await post(agent, `${url}/publish`, body);
  if (status !== 200 && status !== 202) throw new Error(`POST /publish answered ${status}: ${answer}`);
  return JSON.parse(answer) as Answer;
}

function post(agent: Agent, url: string, body: Buffer) {
  return new Promise<{ status: number | undefined; answer: string }>((resolve, reject) => {
    const headers = { 'content-type': jsonType, 'content-length': body.length };
    request(url, { method: 'POST', agent, headers }, (response) => {
      text(response).then((answer) => resolve({ status: response.statusCode, answer }), reject);
    })
      .on('error', reject)
      .end(body);
  });
}

// Publishing as a user of the project's own client does: it encodes, rotates streams and awaits their summaries.
import { createOncelogClient } from '@oncelog/client';
import { inBatches } from './calls-in-flight.ts';
import { toProto } from './event-encoding.ts';
import type { Connection, Sending } from './peer.ts';

export async function connectOwnClient(
  target: string,
  { eventsPerMessage }: Sending & { by: 'own-client' },
): Promise<Connection> {
  const client = await createOncelogClient({ target });
  return {
    async prepare({ events, content }) {
      const batches = inBatches(
        events.map((event) => toProto(event, content)),
        eventsPerMessage,
      );
      return {
        async send() {
          const { acknowledged, brokenStreams } = await client.publishStream(batches);
          if (brokenStreams > 0) throw new Error(`${brokenStreams} streams broke`);
          const { stored, duplicates, accepted } = acknowledged;
          return { stored, duplicates, accepted };
        },
      };
    },
    close: async () => client.close(),
  };
}

// A publisher that writes down what it is about to send and what it was answered, and tries nothing twice by itself.
import {
  createOncelogClient,
  type Event,
  OncelogClientError,
  OutcomeStatus,
  type PublishCounts,
  type TransportName,
} from '@oncelog/client';
import type { HistoryEntry, SeenOutcome, Status } from './history.ts';
import { sentEventOf } from './workload.ts';

const callTimeoutMs = 5000;
/** A stream in these tests ends long before; the client then opens another one behind the same call. */
const streamAgeMaxMs = 5000;

const statuses = new Map<OutcomeStatus, Status>([
  [OutcomeStatus.STORED, 'stored'],
  [OutcomeStatus.DUPLICATE, 'duplicate'],
  [OutcomeStatus.CONFLICT, 'conflict'],
  [OutcomeStatus.ACCEPTED, 'accepted'],
]);

export type Ending = 'acknowledged' | OncelogClientError;

export interface RecordingClient {
  readonly name: string;
  publish(call: string, events: readonly Event[]): Promise<Ending>;
  /** One client stream, with one message for each batch. */
  publishStream(call: string, batches: Iterable<readonly Event[]>): Promise<Ending>;
  close(): void;
}

export interface RecordingOptions {
  readonly name: string;
  readonly target: string;
  readonly transport: TransportName;
  readonly write: (entry: HistoryEntry) => void;
}

export async function createRecordingClient(options: RecordingOptions): Promise<RecordingClient> {
  const { name, target, transport, write } = options;
  const client = await createOncelogClient({
    target,
    transport,
    callTimeoutMs,
    retry: { attemptsMax: 1 },
    rotation: { eventsMax: Number.POSITIVE_INFINITY, ageMaxMs: streamAgeMaxMs },
  });

  const invoke = (call: string, events: readonly Event[], deadlineMs: number) =>
    write({ kind: 'inv', call, atMs: performance.now(), deadlineMs, events: events.map(sentEventOf) });

  /** Of a stream something may be stored whatever its last message was answered. */
  const fail = (call: string, error: unknown, wasStream: boolean): OncelogClientError => {
    if (!(error instanceof OncelogClientError)) throw error;
    write({ kind: 'fail', call, atMs: performance.now(), outcome: wasStream ? 'unknown' : error.outcome });
    return error;
  };

  return {
    name,
    async publish(call, events) {
      invoke(call, events, callTimeoutMs);
      try {
        const { outcomes } = await client.publish(events);
        write({ kind: 'ack', call, atMs: performance.now(), outcomes: outcomes.map(seenOutcome) });
        return 'acknowledged';
      } catch (error) {
        return fail(call, error, false);
      }
    },
    async publishStream(call, batches) {
      const recorded = function* () {
        for (const batch of batches) {
          invoke(call, batch, callTimeoutMs + streamAgeMaxMs);
          yield batch;
        }
      };
      try {
        const { acknowledged } = await client.publishStream(recorded());
        write({ kind: 'ack', call, atMs: performance.now(), summary: countersOf(acknowledged) });
        return 'acknowledged';
      } catch (error) {
        return fail(call, error, true);
      }
    },
    close: () => client.close(),
  };
}

function seenOutcome({ status, position }: { readonly status: OutcomeStatus; readonly position: bigint }): SeenOutcome {
  const seen = statuses.get(status);
  if (!seen) throw new Error(`outcome ${status} is none that a log answers`);
  return { status: seen, position: Number(position) };
}

function countersOf({ received, stored, duplicates, conflicts, accepted }: PublishCounts) {
  return { received, stored, duplicates, conflicts, accepted };
}

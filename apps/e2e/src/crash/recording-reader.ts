// A reader that writes down all it sees: events and counters, over gRPC and over REST.
import { ContentView, createOncelogClient } from '@oncelog/client';
import { contentHash, type HistoryEntry, type ReadEvent } from './history.ts';

const grpcPageSize = 1000;
const restPageSize = 10_000;

export interface RecordingReader {
  /** What was stored since the last call; everything at the first. */
  readNewest(): Promise<void>;
  /** Everything, over gRPC and over REST. */
  readAll(): Promise<void>;
  readStats(): Promise<void>;
  close(): void;
}

/** An event as GET /events shows it, as far as it matters here. */
interface RestEvent {
  readonly topic: string;
  readonly event_id: string;
  readonly position: number;
  readonly payload: unknown;
}

export interface RecordingReaderOptions {
  readonly target: string;
  /** The same log: another replica, where there are several. */
  readonly restTarget: string;
  readonly write: (entry: HistoryEntry) => void;
}

export async function createRecordingReader(options: RecordingReaderOptions): Promise<RecordingReader> {
  const { target, restTarget, write } = options;
  const client = await createOncelogClient({ target });
  let newest = { position: 0, cursor: '' };

  async function readGrpc(from: { readonly position: number; readonly cursor: string }): Promise<void> {
    const startedMs = performance.now();
    const events: ReadEvent[] = [];
    const query = { pageSize: grpcPageSize, contentView: ContentView.DATA, after: from.cursor };
    for await (const { event, position, cursor } of client.listEvents(query)) {
      const { topic, eventId, content } = event!;
      const bytes = content.case === 'data' ? content.value : '';
      events.push({ topic, eventId, position: Number(position), hash: contentHash(bytes) });
      newest = { position: Number(position), cursor };
    }
    write({ kind: 'read', through: 'grpc', startedMs, atMs: performance.now(), after: from.position, events });
  }

  async function readRest(): Promise<void> {
    const startedMs = performance.now();
    const events: ReadEvent[] = [];
    for (let path: string | undefined = `/events?limit=${restPageSize}`; path !== undefined;) {
      const response = await fetch(`http://${restTarget}${path}`);
      for (const { topic, event_id: eventId, position, payload } of (await response.json()) as RestEvent[]) {
        events.push({ topic, eventId, position, hash: contentHash(JSON.stringify(payload)) });
      }
      path = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
    }
    write({ kind: 'read', through: 'rest', startedMs, atMs: performance.now(), after: 0, events });
  }

  return {
    readNewest: () => readGrpc(newest),
    async readAll() {
      await readGrpc({ position: 0, cursor: '' });
      await readRest();
    },
    async readStats() {
      const startedMs = performance.now();
      const { counters } = await client.getStats();
      const { received, stored, duplicates, conflicts } = counters!;
      const seen = {
        received: Number(received),
        stored: Number(stored),
        duplicates: Number(duplicates),
        conflicts: Number(conflicts),
      };
      write({ kind: 'stats', startedMs, atMs: performance.now(), counters: seen });
    },
    close: () => client.close(),
  };
}

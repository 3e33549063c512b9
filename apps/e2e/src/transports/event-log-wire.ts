// What every transport can do, in the contract's words, so that one suite of promises runs over all of them.
import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  ContentView,
  EventSchema,
  GetStatsResponse,
  Outcome,
  PublishSummary,
  StoredEvent,
} from '@oncelog/protocol';

export type EventInit = MessageInitShape<typeof EventSchema>;

export interface ListQuery {
  readonly topic?: string;
  readonly source?: string;
  readonly sinceMs?: number;
  readonly untilMs?: number;
  readonly descending?: boolean;
  readonly pageSize?: number;
  readonly pageToken?: string;
  readonly after?: string;
  readonly contentView?: ContentView;
}

export interface Page {
  readonly events: readonly StoredEvent[];
  /** The query for the next page; absent at the end. */
  readonly next?: ListQuery | undefined;
  /** Absent where the transport has none. */
  readonly resumeCursor?: string | undefined;
  readonly topicSize?: number | undefined;
}

export interface Published {
  readonly outcomes: readonly Outcome[];
  readonly summary: Pick<PublishSummary, 'received' | 'stored' | 'duplicates' | 'conflicts'>;
}

/** Rejections are WireFailures. */
export interface EventLogWire {
  publish(events: readonly EventInit[]): Promise<Published>;
  /** Absent where the transport has no streams. */
  publishStream?(batches: AsyncIterable<readonly EventInit[]>): Promise<PublishSummary>;
  getEvent(topic: string, eventId: string, contentView?: ContentView): Promise<StoredEvent>;
  list(query: ListQuery): Promise<Page>;
  stats(): Promise<Pick<GetStatsResponse, 'counters' | 'lastPosition' | 'refusedRequests' | 'topicCount'>>;
  close(): void;
}

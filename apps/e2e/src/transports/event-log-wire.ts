// What every transport can do, in the contract's words, so that one suite of promises runs over all of them.
import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  CheckedEvent,
  ContentView,
  EventSchema,
  GetStatsResponse,
  Outcome,
  PublishSummary,
  StoredEvent,
} from '@oncelog/protocol';
import type { FailureFacts } from './wire-failure.ts';

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

/** What a session says about one message; its first answer is about none, and tells the window. */
export interface SessionAnswer {
  readonly outcomes: readonly Outcome[];
  readonly summary?: PublishSummary | undefined;
  /** Why the message was refused. */
  readonly failure?: FailureFacts | undefined;
  /** 0 when as it was told last. */
  readonly windowEvents: number;
}

export interface SubscribeQuery {
  readonly topics?: string[];
  readonly topicPrefixes?: string[];
  readonly sources?: string[];
  readonly attributes?: Record<string, string>;
  readonly after?: string;
  readonly fromNow?: boolean;
  readonly endWhenCaughtUp?: boolean;
  readonly heartbeatSeconds?: number;
}

/** Something that a subscriber hears, with the place to go on from behind it. */
export interface Heard {
  readonly kind: 'batch' | 'caughtUp' | 'progress';
  /** Of a batch, else none; REST has no batches, and tells of one at a time. */
  readonly entries: readonly HeardEntry[];
  readonly cursor: string;
}

export interface HeardEntry {
  readonly topic: string;
  readonly eventId: string;
  readonly position: number;
  /** Absent when the event was erased. */
  readonly event?: StoredEvent | undefined;
}

/** Rejections are WireFailures. */
export interface EventLogWire {
  publish(events: readonly EventInit[]): Promise<Published>;
  /** Absent where the transport has no streams. */
  publishStream?(batches: AsyncIterable<readonly EventInit[]>): Promise<PublishSummary>;
  /** Absent where the transport cannot answer a stream while it is sent. Leaving the loop leaves the session. */
  publishSession?(messages: AsyncIterable<readonly EventInit[]>): AsyncGenerator<SessionAnswer, void, undefined>;
  check(events: readonly EventInit[], options?: { keysOnly?: boolean }): Promise<readonly CheckedEvent[]>;
  getEvent(topic: string, eventId: string, contentView?: ContentView): Promise<StoredEvent>;
  list(query: ListQuery): Promise<Page>;
  /** Leaving the loop leaves the subscription. */
  subscribe(query: SubscribeQuery, signal?: AbortSignal): AsyncGenerator<Heard, void, undefined>;
  stats(): Promise<
    Pick<GetStatsResponse, 'counters' | 'lastPosition' | 'refusedRequests' | 'subscribers' | 'topicCount'>
  >;
  close(): void;
}

// Listing: filters, cursors and page tokens on one side, a store's slices on the other.
import {
  decodeCursor,
  decodePageToken,
  encodeCursor,
  encodePageToken,
  type EventStore,
  type Limits,
  type Order,
  type StoredEvent,
} from '@oncelog/core';

export interface ListFilter {
  readonly topic: string;
  readonly source: string;
  readonly sinceMs?: number | undefined;
  readonly untilMs?: number | undefined;
  readonly order: Order;
  /** A cursor, or empty. */
  readonly after: string;
}

export interface EventPage {
  readonly events: readonly StoredEvent[];
  /** Empty at the end. */
  readonly nextPageToken: string;
  readonly resumeCursor: string;
  readonly topicSize: number | undefined;
  /** Where the next page begins; for a REST link, which continues by cursor. */
  readonly scannedTo: number;
}

export interface ListContext {
  readonly store: EventStore;
  readonly limits: Limits;
}

export async function listEvents(
  { store, limits }: ListContext,
  filter: ListFilter,
  {
    pageToken = '',
    eventsMax,
    bytesMax = limits.pageBytesMax,
  }: { pageToken?: string; eventsMax: number; bytesMax?: number },
): Promise<EventPage> {
  const { topic, source, sinceMs, untilMs, order } = filter;
  const fingerprint = JSON.stringify([topic, source, sinceMs, untilMs, order, filter.after]);
  const place = pageToken === '' ? undefined : decodePageToken(store.logId, fingerprint, pageToken, 'page_token');
  const after = place?.position ?? (filter.after === '' ? undefined : decodeCursor(store.logId, filter.after, 'after'));
  const slice = await store.list({
    topic: topic || undefined,
    source: source || undefined,
    sinceMs,
    untilMs,
    order,
    after,
    eventsMax,
    bytesMax,
    scanMax: limits.pageScanMax,
  });
  // A descending listing has seen everything up to the head it began at; an ascending one up to where it is now.
  const top = place?.top ?? slice.head;
  const seen = order === 'descending' ? top : Math.max(after ?? 0, slice.scannedTo);
  return {
    events: slice.events,
    nextPageToken: slice.end ? '' : encodePageToken(store.logId, fingerprint, { position: slice.scannedTo, top }),
    resumeCursor: seen === 0 ? '' : encodeCursor(store.logId, seen),
    topicSize: slice.topicSize,
    scannedTo: slice.scannedTo,
  };
}

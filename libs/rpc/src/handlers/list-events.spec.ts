import {
  defaultLimits,
  emptyContent,
  type EventStore,
  type ListQuery,
  type ListSlice,
  OncelogError,
  type StoredEvent,
} from '@oncelog/core';
import { describe, expect, it } from 'vitest';
import { type EventPage, type ListFilter, listEvents } from './list-events.ts';

const everything: ListFilter = { topic: '', source: '', order: 'ascending', after: '' };

/** Positions 1 to `size`, sliced as the port promises; a topic every other position. */
function logOf(size: number, logId = 'log') {
  const events = Array.from({ length: size }, (_, index): StoredEvent => {
    const position = index + 1;
    const timestamp = { seconds: position, nanos: 0 };
    return {
      topic: position % 2 === 0 ? 'even' : 'odd',
      eventId: `e${position}`,
      source: '',
      timestamp,
      position,
      storedTimeMs: position,
      content: emptyContent,
    };
  });
  const queries: ListQuery[] = [];
  const list = async (query: ListQuery): Promise<ListSlice> => {
    queries.push(query);
    const descending = query.order === 'descending';
    const after = query.after ?? (descending ? Infinity : 0);
    const inOrder = descending ? events.toReversed() : events;
    const rest = inOrder.filter(
      ({ position, topic }) => (descending ? position < after : position > after) && topic === (query.topic ?? topic),
    );
    const slice = rest.slice(0, query.eventsMax);
    const end = slice.length === rest.length;
    const scannedTo = end ? (descending ? 0 : events.length) : slice.at(-1)!.position;
    return { events: slice, scannedTo, end, head: events.length, ...(query.topic && { topicSize: rest.length }) };
  };
  return { context: { store: { logId, list } as unknown as EventStore, limits: defaultLimits }, events, queries };
}

const ids = ({ events }: EventPage) => events.map(({ position }) => position);

async function refusalOf(promise: Promise<unknown>): Promise<OncelogError> {
  const error = await promise.then(
    () => expect.fail('it was expected to be refused'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(OncelogError);
  return error as OncelogError;
}

describe('pages', () => {
  it.each(['ascending', 'descending'] as const)('meet every event once, %s', async (order) => {
    const { context, events } = logOf(25);
    const filter = { ...everything, order };
    const seen: number[] = [];
    let pageToken = '';
    do {
      const page = await listEvents(context, filter, { pageToken, eventsMax: 4 });
      seen.push(...ids(page));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    const positions = events.map(({ position }) => position);
    expect(seen).toEqual(order === 'ascending' ? positions : positions.toReversed());
  });

  it('end with an empty token, also when the last one is full', async () => {
    const page = await listEvents(logOf(4).context, everything, { eventsMax: 4 });
    expect(page).toMatchObject({ nextPageToken: '' });
  });

  it('ask the store within the bounds', async () => {
    const { context, queries } = logOf(1);
    await listEvents(context, everything, { eventsMax: 7 });
    expect(queries).toEqual([
      expect.objectContaining({
        eventsMax: 7,
        bytesMax: defaultLimits.pageBytesMax,
        scanMax: defaultLimits.pageScanMax,
      }),
    ]);
  });
});

describe('a page token', () => {
  const filters: Partial<ListFilter>[] = [
    { topic: 'odd' },
    { source: 's' },
    { sinceMs: 1 },
    { untilMs: 1 },
    { order: 'descending' },
    { topic: 'even' },
  ];

  it.each(filters)('is refused with the other filter %j', async (other) => {
    const { context } = logOf(10);
    const { nextPageToken } = await listEvents(context, everything, { eventsMax: 2 });
    const error = await refusalOf(
      listEvents(context, { ...everything, ...other }, { pageToken: nextPageToken, eventsMax: 2 }),
    );
    expect(error).toMatchObject({ code: 'RULE_BROKEN', violations: [{ field: 'page_token' }] });
    expect(error.message).toContain('another filter');
  });

  it('does not mind another page size', async () => {
    const { context } = logOf(10);
    const { nextPageToken } = await listEvents(context, everything, { eventsMax: 2 });
    expect(ids(await listEvents(context, everything, { pageToken: nextPageToken, eventsMax: 5 }))).toEqual([
      3, 4, 5, 6, 7,
    ]);
  });

  it('is refused by another log, in pieces, and when it is a cursor', async () => {
    const { context } = logOf(10);
    const { nextPageToken, resumeCursor } = await listEvents(context, everything, { eventsMax: 2 });
    const again = (pageToken: string, log = context) =>
      refusalOf(listEvents(log, everything, { pageToken, eventsMax: 2 }));
    for (const token of [
      resumeCursor,
      nextPageToken.slice(0, -1),
      `${nextPageToken}A`,
      ` ${nextPageToken}`,
      '🚀',
      "' OR 1=1",
    ]) {
      expect(await again(token)).toMatchObject({ code: 'RULE_BROKEN', violations: [{ field: 'page_token' }] });
    }
    expect(await again(nextPageToken, logOf(10, 'other').context)).toMatchObject({ code: 'RULE_BROKEN' });
  });
});

describe('a cursor', () => {
  it('continues after what was seen, in either order', async () => {
    const { context, events } = logOf(10);
    const { resumeCursor } = await listEvents(context, everything, { eventsMax: 3 });
    expect(ids(await listEvents(context, { ...everything, after: resumeCursor }, { eventsMax: 2 }))).toEqual([4, 5]);
    const down = await listEvents(
      context,
      { ...everything, after: resumeCursor, order: 'descending' },
      { eventsMax: 5 },
    );
    expect(ids(down)).toEqual([2, 1]);
    expect(events).toHaveLength(10);
  });

  it('past the end is an empty page that keeps its place', async () => {
    const longer = await listEvents(logOf(9).context, everything, { eventsMax: 100 });
    const page = await listEvents(logOf(3).context, { ...everything, after: longer.resumeCursor }, { eventsMax: 5 });
    expect(page).toMatchObject({ events: [], nextPageToken: '', resumeCursor: longer.resumeCursor });
  });

  it('of another log or of nothing is refused by the name of its field', async () => {
    const { resumeCursor } = await listEvents(logOf(3, 'other').context, everything, { eventsMax: 5 });
    for (const after of [resumeCursor, 'x', '0', '%ff']) {
      const error = await refusalOf(listEvents(logOf(3).context, { ...everything, after }, { eventsMax: 5 }));
      expect(error).toMatchObject({ code: 'RULE_BROKEN', violations: [{ field: 'after' }] });
    }
  });

  it('to resume a descending listing is the head where it began, whatever came meanwhile', async () => {
    const filter: ListFilter = { ...everything, order: 'descending' };
    const first = await listEvents(logOf(10).context, filter, { eventsMax: 4 });
    const grown = logOf(20).context;
    const second = await listEvents(grown, filter, { pageToken: first.nextPageToken, eventsMax: 4 });
    expect(ids(second)).toEqual([6, 5, 4, 3]);
    expect(second.resumeCursor).toBe(first.resumeCursor);
    expect(ids(await listEvents(grown, { ...everything, after: second.resumeCursor }, { eventsMax: 2 }))).toEqual([
      11, 12,
    ]);
  });

  it('is empty only when nothing is stored', async () => {
    expect(await listEvents(logOf(0).context, everything, { eventsMax: 5 })).toMatchObject({
      resumeCursor: '',
      nextPageToken: '',
    });
  });

  it('of a topic without events has looked at all that is stored', async () => {
    const { context } = logOf(10);
    const page = await listEvents(context, { ...everything, topic: 'none' }, { eventsMax: 5 });
    expect(page).toMatchObject({ events: [], topicSize: 0 });
    expect(
      ids(await listEvents(logOf(12).context, { ...everything, after: page.resumeCursor }, { eventsMax: 5 })),
    ).toEqual([11, 12]);
  });
});

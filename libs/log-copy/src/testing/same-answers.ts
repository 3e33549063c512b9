// Two stores of one log: whatever is asked, both answer alike.
import { everyEvent, type EventStore, type ListQuery, type NewEvent } from '@oncelog/core';
import { comparable, comparableEntry, jsonContent } from '@oncelog/core/testing';
import { expect } from 'vitest';

/** Small enough that every answer has many parts. */
const page = { eventsMax: 70, bytesMax: 60_000, scanMax: 90 };
const everything = { topicsMax: 1000, sourcesMax: 1000 };

export async function expectSameAnswers(
  source: EventStore,
  copy: EventStore,
  events: readonly NewEvent[],
): Promise<void> {
  expect(copy.logId).toBe(source.logId);
  const same = async <Answer>(ask: (store: EventStore) => Promise<Answer>) => {
    const expected = await ask(source);
    expect(await ask(copy)).toEqual(expected);
    return expected;
  };
  await same((store) => store.stats(everything));
  await same((store) => pagesOf(store, { order: 'ascending' }));
  await same((store) => pagesOf(store, { order: 'descending' }));
  await same((store) => pagesOf(store, { order: 'ascending', topic: 'topic-7' }));
  await same((store) => pagesOf(store, { order: 'ascending', source: 'source-9' }));
  await same((store) =>
    pagesOf(store, { order: 'descending', sinceMs: 1_790_000_005_000, untilMs: 1_790_000_009_000 }),
  );
  await same(entriesOf);
  for (const { topic, eventId } of events) {
    await same(async (store) => {
      const event = await store.get(topic, eventId);
      return event && comparable(event);
    });
  }
  await same((store) => store.check(events));
  await same((store) => store.check(events.map((event) => ({ ...event, content: jsonContent('{"never":1}') }))));
  await same((store) => store.check(events.map((event) => ({ ...event, topic: `${event.topic}?` }))));
  for (const { name } of await same(({ consumers }) => consumers.groups())) {
    await same(({ consumers }) => consumers.group(name));
    await same(({ consumers }) => consumers.deadLetters(name, { after: 0, max: 1000 }));
  }
}

async function pagesOf(
  store: EventStore,
  query: Pick<ListQuery, 'order' | 'topic' | 'source' | 'sinceMs' | 'untilMs'>,
) {
  const slices = [];
  for (let after: number | undefined, end = false; !end;) {
    const slice = await store.list({ ...query, ...page, after });
    slices.push({ ...slice, events: slice.events.map(comparable) });
    ({ scannedTo: after, end } = slice);
  }
  return slices;
}

async function entriesOf(store: EventStore) {
  const slices = [];
  for (let [after, head] = [0, 1]; after < head;) {
    const slice = await store.tail({ filter: everyEvent, after, ...page });
    slices.push({ ...slice, entries: slice.entries.map(comparableEntry) });
    ({ scannedTo: after, head } = slice);
  }
  return slices;
}

import { timestampMs } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AggregatorProcess, launchAggregator } from '../launch/aggregator-process.ts';
import type { EventInit, EventLogWire, ListQuery, Page } from './event-log-wire.ts';
import { everyWire, restName, rpcWires } from './every-wire.ts';

const eventCount = 30;
const topic = 'reading';

let aggregator: AggregatorProcess;

function event(index: number): EventInit {
  return {
    topic: index % 3 === 0 ? 'other' : topic,
    eventId: `e${index}`,
    source: index % 2 === 0 ? 'even' : 'odd',
    content: { case: 'payload', value: { index } },
  };
}

// The whole log: e1 to e30 at the positions 1 to 30.
beforeAll(async () => {
  aggregator = await launchAggregator();
  const wire = everyWire[0]![1](aggregator);
  for (let index = 1; index <= eventCount; index += 1) await wire.publish([event(index)]);
  wire.close();
});

afterAll(() => aggregator.end('SIGTERM'));

const positions = ({ events }: Page) => events.map(({ position }) => Number(position));
const all = (keep: (position: number) => boolean) =>
  Array.from({ length: eventCount }, (_, index) => index + 1).filter(keep);
const ofTopic = (position: number) => position % 3 !== 0;

describe.each(everyWire)('over %s', (name, open) => {
  const rest = name === restName;
  let wire: EventLogWire;

  beforeAll(() => {
    wire = open(aggregator);
  });

  afterAll(() => wire.close());

  async function pages(query: ListQuery): Promise<Page[]> {
    const seen: Page[] = [];
    for (let next: ListQuery | undefined = query; next; next = seen.at(-1)!.next) seen.push(await wire.list(next));
    return seen;
  }

  it('lists everything in position order', async () => {
    const page = await wire.list({});
    expect(positions(page)).toEqual(all(() => true));
    expect(page.next).toBeUndefined();
    expect(page.events[4]!.event).toMatchObject({ topic, eventId: 'e5', source: 'odd' });
  });

  it.each([[1], [7], [30], [31]])('meets every event once in pages of %i', async (pageSize) => {
    const seen = await pages({ pageSize });
    expect(seen.flatMap(positions)).toEqual(all(() => true));
    expect(seen.every(({ events }) => events.length <= pageSize)).toBe(true);
  });

  it('lists from the newest on, in pages', async () => {
    const seen = await pages({ descending: true, pageSize: 8 });
    expect(seen.flatMap(positions)).toEqual(all(() => true).toReversed());
  });

  it('filters by topic, and tells how many it holds', async () => {
    const seen = await pages({ topic, pageSize: 6 });
    expect(seen.flatMap(positions)).toEqual(all(ofTopic));
    expect(seen.map(({ topicSize }) => topicSize)).toEqual(seen.map(() => 20));
  });

  it('filters by source, alone and with a topic', async () => {
    expect((await pages({ source: 'even', pageSize: 4 })).flatMap(positions)).toEqual(
      all((position) => position % 2 === 0),
    );
    expect(positions(await wire.list({ source: 'odd', topic: 'other' }))).toEqual([3, 9, 15, 21, 27]);
    expect(positions(await wire.list({ source: 'none' }))).toEqual([]);
  });

  it('filters by the time of storing, from (included) until (excluded)', async () => {
    const { events } = await wire.list({});
    const timeOf = (position: number) => timestampMs(events[position - 1]!.storedTime!);
    const [since, until] = [timeOf(10), timeOf(20)];
    const expected = all((position) => timeOf(position) >= since && timeOf(position) < until);
    expect(positions(await wire.list({ sinceMs: since, untilMs: until }))).toEqual(expected);
    expect(positions(await wire.list({ sinceMs: timeOf(eventCount) + 1 }))).toEqual([]);
    expect(positions(await wire.list({ untilMs: timeOf(1) }))).toEqual([]);
  });

  it('knows nothing of a topic that is not there', async () => {
    const page = await wire.list({ topic: 'never' });
    expect([positions(page), page.next, page.topicSize]).toEqual([[], undefined, 0]);
  });

  it('compares topics byte for byte', async () => {
    for (const other of ['Reading', 'reading ', 'readin', 'reading%'])
      expect(positions(await wire.list({ topic: other }))).toEqual([]);
  });

  it('refuses pages out of range, with the range', async () => {
    const max = rest ? 10_000 : 1000;
    for (const pageSize of [-1, max + 1, 1_000_000_000]) {
      await expect(wire.list({ pageSize })).rejects.toMatchObject({
        facts: {
          code: 'RULE_BROKEN',
          field: rest ? 'limit' : 'page_size',
          limit: String(max),
          actual: String(pageSize),
          outcome: 'none',
        },
      });
    }
  });

  it.each(['x', 'AQAAAAAAAAAAAAAAAA', "'; --", '🚀'])('refuses %j as a cursor', async (after) => {
    await expect(wire.list({ after })).rejects.toMatchObject({ facts: { code: 'RULE_BROKEN', field: 'after' } });
  });
});

describe.each(rpcWires)('over %s, by cursor and token', (_name, open) => {
  let wire: EventLogWire;

  beforeAll(() => {
    wire = open(aggregator);
  });

  afterAll(() => wire.close());

  it('continues from the cursor of an event, in either order', async () => {
    const { events } = await wire.list({});
    const { cursor } = events[9]!;
    expect(positions(await wire.list({ after: cursor, pageSize: 3 }))).toEqual([11, 12, 13]);
    expect(positions(await wire.list({ after: cursor, pageSize: 3, descending: true }))).toEqual([9, 8, 7]);
    expect(positions(await wire.list({ after: cursor, topic, pageSize: 2 }))).toEqual([11, 13]);
  });

  it('hands out a resume cursor after which there is nothing yet', async () => {
    for (const query of [{}, { topic }, { topic: 'never' }, { descending: true, pageSize: 1 }]) {
      const { resumeCursor } = await wire.list(query);
      const after = await wire.list({ after: resumeCursor! });
      expect([positions(after), after.next, after.resumeCursor]).toEqual([[], undefined, resumeCursor]);
    }
  });

  it('refuses a page token with another filter, and a cursor as one', async () => {
    const { next, resumeCursor } = await wire.list({ topic, pageSize: 2 });
    const { pageToken } = next!;
    for (const query of [
      { pageToken },
      { topic: 'other', pageToken },
      { ...next, source: 'odd' },
      { ...next, descending: true },
    ]) {
      await expect(wire.list(query as ListQuery)).rejects.toMatchObject({
        facts: { code: 'RULE_BROKEN', field: 'page_token' },
      });
    }
    await expect(wire.list({ pageToken: resumeCursor! })).rejects.toMatchObject({ facts: { field: 'page_token' } });
  });
});

// A log in a directory that holds one of everything: what a copy might lose.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { everyEvent, type EventStore, type NewEvent } from '@oncelog/core';
import { append, createSeededRandom, jsonContent } from '@oncelog/core/testing';
import { createSqliteEventStore } from '@oncelog/store-sqlite';
import { onTestFinished } from 'vitest';

const topicCount = 120;
const eventsAtOnce = 50;

/** Bytes that text might change on its way, and the largest an id may have. */
const oddIds = [
  'caf\u00e9',
  'cafe\u0301',
  '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}',
  ' leading and trailing ',
  '\\x00\\n\t'.trim(),
  `'; drop table event; --`,
  'x'.repeat(512),
  '\u{10ffff}'.repeat(128),
  'A',
  'a',
  '0190b3c4-7d6e-7f80-8123-456789abcdef',
  '0190B3C4-7D6E-7F80-8123-456789ABCDEF',
];

/** What to do when nobody needs it any more. */
type AtEnd = (work: () => Promise<void>) => void;

export async function createTemporaryDirectory(atEnd: AtEnd = onTestFinished): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'oncelog-copy-'));
  atEnd(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

export interface SampleLog {
  readonly directory: string;
  /** Everything that was published, each once, in the order of its positions. */
  readonly events: readonly NewEvent[];
  readonly erased: readonly NewEvent[];
  /** Opens the log as its aggregator would. */
  open(): Promise<EventStore>;
}

/** Repeats, conflicts, erased events, groups, odd keys and every kind of content; closed again. */
export async function createSampleLog({
  seed = 1,
  count = 1000,
  odd = true,
  atEnd = onTestFinished as AtEnd,
} = {}): Promise<SampleLog> {
  const directory = await createTemporaryDirectory(atEnd);
  let nowMs = 1_790_000_000_000;
  const open = async () => {
    const store = await createSqliteEventStore({
      directory,
      durability: 'os',
      clock: () => nowMs,
      limits: { sourcesCountedMax: 40 },
      keysUnindexedMax: 300,
    });
    atEnd(() => store.close());
    return store;
  };
  const random = createSeededRandom(seed);
  const events = [...(odd ? oddEvents() : []), ...Array.from({ length: count }, (_, index) => plainEvent(index))];
  const erased = events.filter((_, index) => index % 37 === 5);

  const store = await open();
  for (let start = 0; start < events.length; start += eventsAtOnce) {
    const fresh = events.slice(start, start + eventsAtOnce);
    const before = events.slice(0, start + fresh.length);
    const again = Array.from({ length: 10 }, () => random.pick(before));
    const conflicting = { ...random.pick(before), content: jsonContent(`{"other":${start}}`), source: 'late' };
    await append(store, [fresh, again, [conflicting]]);
    nowMs += 1 + random.below(1000);
  }
  for (const { topic, eventId } of erased) await store.erase(topic, eventId);
  await append(store, [erased]);
  await fillGroups(store);
  await store.close();
  return { directory, events, erased, open };
}

function oddEvents(): NewEvent[] {
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  return [
    ...oddIds.map((eventId) => ({
      topic: `odd ${eventId}`.slice(0, 60),
      eventId,
      source: '',
      content: jsonContent('{}'),
    })),
    ...oddIds.map((eventId) => ({
      topic: 'odd',
      eventId,
      source: eventId.slice(0, 60),
      content: jsonContent('{"a":1}'),
    })),
    { topic: 'kinds', eventId: 'bytes', source: 's', content: { bytes, contentType: 'application/octet-stream' } },
    { topic: 'kinds', eventId: 'empty', source: 's', content: { bytes: new Uint8Array(), contentType: 'text/plain' } },
    {
      topic: 'kinds',
      eventId: 'spelled',
      source: 's',
      content: jsonContent('{ "b" : 1.0e0,\n "a": 9007199254740993 }'),
    },
    { topic: 'kinds', eventId: 'type', source: 's', content: jsonContent('[1]', 'Application/JSON; charset="\u00fc"') },
    {
      topic: 'kinds',
      eventId: 'large',
      source: 's',
      content: jsonContent(JSON.stringify({ text: 'x'.repeat(250_000) })),
    },
  ];
}

function plainEvent(index: number): NewEvent {
  return {
    topic: `topic-${index % topicCount}`,
    eventId: `event-${index}`,
    source: `source-${index % 50}`,
    timestamp: index % 3 === 0 ? undefined : { seconds: (index - 500) * 1e8, nanos: index * 999 },
    attributes: index % 4 === 0 ? { 'x"\u0000': `\\${index}`, '': '%\u{1f600}' } : undefined,
    content: jsonContent(JSON.stringify({ index, text: `\u{1f600}\u0000${'y'.repeat(index % 300)}` })),
  };
}

async function fillGroups({ consumers }: EventStore): Promise<void> {
  const settings = { filter: everyEvent, leaseMs: 30_000, attemptsMax: 5 };
  const narrow = { filter: { ...everyEvent, topics: ['topic-1'], attributes: { a: '"' } }, leaseMs: 1, attemptsMax: 3 };
  for (const name of ['billing', 'gone', 'caf\u00e9']) {
    await consumers.createGroup({ name, settings, cursor: 0, createdTimeMs: 1_790_000_000_000 });
  }
  await consumers.deleteGroup('gone');
  await consumers.createGroup({ name: 'narrow', settings: narrow, cursor: 7, createdTimeMs: 8 });
  const waiting = { attempts: 2, dueTimeMs: 1_790_000_030_000, member: '\u{1f600}', reason: 'line\nline' };
  const letter = { attempts: 5, reason: 'no \t use', deadTimeMs: 1_790_000_060_000 };
  const outstanding = [3, 4, 9].map((position) => ({ position, ...waiting }));
  const dead = [1, 2].map((position) => ({ position, ...letter }));
  await consumers.change([
    { name: 'billing', expectedVersion: 1, cursor: 20, epoch: 3, outstanding, dead },
    { name: 'caf\u00e9', expectedVersion: 1, cursor: 500, dead: [{ position: 11, ...letter }] },
  ]);
}

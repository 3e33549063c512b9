import { rm } from 'node:fs/promises';
import { defaultLimits, type NewEvent } from '@oncelog/core';
import { sampleEvent } from '@oncelog/core/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { emptyColumns, listEvents, PackedAppendGroup, readStats } from '@oncelog/store-sql';
import { checkpointPages, Checkpoints } from './checkpoints.ts';
import { type OpenLog, openLog } from './open-log.ts';
import { type NativeDatabase, openDatabase, pageBytes } from './open-database.ts';
import { LogWriter, type LogWriterLimits } from './log-writer.ts';
import { createTemporaryDirectory } from './testing/temporary-store.ts';
import { Transactions } from './transactions.ts';

const nowMs = 1_790_000_000_000;
const wholeLog = { order: 'ascending', eventsMax: 10_000, bytesMax: 10_000_000, scanMax: 10_000 } as const;
const all = { topicsMax: 100, sourcesMax: 100 };

function createWriter(native: NativeDatabase, limits: LogWriterLimits) {
  const transactions = new Transactions(native);
  return { transactions, writer: new LogWriter(native, limits, transactions, new Checkpoints(native)) };
}

async function openWriter(limits: Partial<LogWriterLimits> = {}) {
  const directory = await createTemporaryDirectory();
  onTestFinished(() => rm(directory, { recursive: true }));
  const options = { ...defaultLimits, keysUnindexedMax: 1000, ...limits, directory, durability: 'os' } as const;
  const created: OpenLog = await openLog(options, nowMs);
  await created.close();
  const { orm, native, kysely } = await openDatabase(directory, 'os');
  onTestFinished(() => orm.close(true));
  const { writer, transactions } = createWriter(native, options);
  const append = async (events: readonly NewEvent[]) => {
    const group = new PackedAppendGroup(emptyColumns(), async (packed) => writer.append(packed, nowMs));
    group.add(events);
    return (await group.commit())[0]!;
  };
  return { append, writer, transactions, native, kysely };
}

describe('a full disk', () => {
  it('refuses whole calls, leaves reads alone, and takes events again as soon as there is room', async () => {
    const { append, native, kysely } = await openWriter();
    const content = { bytes: new Uint8Array(3000).fill(1), contentType: 'image/png' };
    const call = (topic: string) =>
      Array.from({ length: 20 }, (_, index) => sampleEvent(topic, `${index}`, { source: topic, content }));
    await append(call('before'));
    const pages = Number(native.pragma('page_count', { simple: true }));
    native.pragma(`max_page_count = ${pages + 5}`);
    const before = await readStats(kysely, all);

    for (let attempt = 0; attempt < 3; attempt += 1) {
      await expect(append([...call('before').slice(0, 3), ...call('during')])).rejects.toThrow(
        expect.objectContaining({ code: 'DISK_FULL', outcome: 'none', retryAfterMs: expect.any(Number) }),
      );
      expect(await readStats(kysely, all)).toEqual(before);
      expect((await listEvents(kysely, wholeLog)).events).toHaveLength(20);
    }
    expect(await append(call('before').slice(0, 1))).toMatchObject([{ status: 'duplicate', position: 1 }]);

    native.pragma(`max_page_count = ${pages + 500}`);
    const outcomes = await append(call('during'));
    expect(outcomes.map(({ status, position }) => [status, position])).toEqual(
      call('during').map((_, index) => ['stored', 21 + index]),
    );
    const { stored, topicCount, sourceCount, topics } = await readStats(kysely, all);
    expect({ stored, topicCount, sourceCount }).toEqual({ stored: 40, topicCount: 2, sourceCount: 2 });
    expect(topics.map(({ name, stored: each }) => [name, each])).toEqual([
      ['before', 20],
      ['during', 20],
    ]);
  });
});

describe('a writer that cannot go back to what is committed', () => {
  it('answers unknown, and none ever after', async () => {
    const { append, transactions, native } = await openWriter();
    await append([sampleEvent('t', 'a')]);
    native.close();
    await expect(append([sampleEvent('t', 'b')])).rejects.toThrow(
      expect.objectContaining({ code: 'STORE_UNAVAILABLE', outcome: 'unknown' }),
    );
    expect(transactions.failed).toBe(true);
    await expect(append([sampleEvent('t', 'c')])).rejects.toThrow(
      expect.objectContaining({ code: 'STORE_UNAVAILABLE', outcome: 'none' }),
    );
  });
});

describe('the record of drops', () => {
  it('keeps the latest repeats and conflicts, with the original they repeat', async () => {
    const { append, kysely } = await openWriter({ dropsKeptMax: 5 });
    await append([sampleEvent('t', 'a'), sampleEvent('t', 'b')]);
    const timestamp = { seconds: 12, nanos: 34 };
    for (let round = 0; round < 4; round += 1) {
      await append([
        sampleEvent('t', 'b', { source: `repeat ${round}`, timestamp }),
        sampleEvent('t', 'a', { source: `conflict ${round}`, content: { bytes: new Uint8Array([round]) } }),
      ]);
    }
    const drops = await kysely.selectFrom('event_drop').selectAll().orderBy('id').execute();
    expect(drops.map(({ id, position, source, conflict }) => [id, position, source, conflict])).toEqual([
      [4, 1, 'conflict 1', 1],
      [5, 2, 'repeat 2', 0],
      [6, 1, 'conflict 2', 1],
      [7, 2, 'repeat 3', 0],
      [8, 1, 'conflict 3', 1],
    ]);
    expect(drops[1]).toMatchObject({ timestamp_seconds: 12, timestamp_nanos: 34, dropped_time_ms: nowMs });
  });
});

describe('the index of keys', () => {
  it('takes more keys at once the larger the log is, four times as many at most', async () => {
    const { append, writer, native } = await openWriter({ keysUnindexedMax: 10 });
    const select = native.prepare<[], number>('select keys_indexed_to from log').pluck();
    const indexedTo = [0];
    for (let call = 0; call < 300; call += 1) {
      await append(Array.from({ length: 5 }, (_, index) => sampleEvent('t', `${call} ${index}`)));
      writer.afterCommit();
      if (select.get() !== indexedTo.at(-1)) indexedTo.push(select.get()!);
    }
    const bulks = indexedTo.slice(1).map((to, index) => to - indexedTo[index]!);
    expect([bulks[0], Math.max(...bulks), bulks.at(-1)]).toEqual([10, 40, 40]);
    expect(bulks).toEqual(bulks.toSorted((a, b) => a - b));
  });
});

describe('keys that wait for their index', () => {
  it('come back from the rows of their events after a crash', async () => {
    const { append, native } = await openWriter();
    const events = Array.from({ length: 50 }, (_, index) => sampleEvent('t', `${index}`));
    const first = await append(events);
    const { writer } = createWriter(native, { ...defaultLimits, keysUnindexedMax: 1000 });
    const group = new PackedAppendGroup(emptyColumns(), async (packed) => writer.append(packed, nowMs + 1));
    group.add([...events, sampleEvent('t', 'new')]);
    const [again = []] = await group.commit();
    expect(again.slice(0, 50)).toEqual(first.map((outcome) => ({ ...outcome, status: 'duplicate' })));
    expect(again[50]).toMatchObject({ status: 'stored', position: 51 });
  });

  it('go there early when they are long, so that they never fill the memory', async () => {
    const { append, writer, native } = await openWriter({ keysUnindexedMax: 1_000_000 });
    const select = native.prepare<[], number>('select keys_indexed_to from log').pluck();
    for (let call = 0; call < 34; call += 1) {
      expect(select.get()).toBe(0);
      await append(Array.from({ length: 1000 }, (_, index) => sampleEvent('t', `${call} ${index} `.padEnd(500, 'x'))));
      writer.afterCommit();
    }
    expect(select.get()).toBe(34_000);
  });
});

describe('the write-ahead log', () => {
  it('is moved into the database when it has grown, and starts again from its beginning', async () => {
    const { append, writer, native } = await openWriter();
    const measure = native.prepare<[], { log: number; checkpointed: number }>('pragma wal_checkpoint(noop)');
    const content = { bytes: new Uint8Array(256 * 1024).fill(1), contentType: 'image/png' };
    const pagesPerCall = 8 * (content.bytes.length / pageBytes + 1);
    const sizes: number[] = [];
    for (let call = 0; call * pagesPerCall < 1.2 * checkpointPages; call += 1) {
      await append(Array.from({ length: 8 }, (_, index) => sampleEvent('t', `${call} ${index}`, { content })));
      writer.afterCommit();
      sizes.push(measure.get()!.log);
    }
    expect(Math.max(...sizes)).toBeLessThan(checkpointPages + 2 * pagesPerCall);
    expect(sizes.at(-1)).toBeLessThan(checkpointPages / 2);
  });
});

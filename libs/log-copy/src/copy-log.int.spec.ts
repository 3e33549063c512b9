import { copyFile, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { everyEvent } from '@oncelog/core';
import { append, createSeededRandom, sampleEvent } from '@oncelog/core/testing';
import { createPostgresEventStore } from '@oncelog/store-postgres';
import { describe, expect, it, onTestFinished } from 'vitest';
import { copyLog } from './copy-log.ts';
import type { CopyProgress } from './copy-report.ts';
import { expectSameAnswers } from './testing/same-answers.ts';
import { createSampleLog, createTemporaryDirectory } from './testing/sample-log.ts';
import { createTarget, runSql, withoutPostgres } from './testing/target-schema.ts';

/** Some twenty pages, one of them a single large event. */
const limits = { eventsMax: 50, bytesMax: 100_000 };

async function openCopy(url: string) {
  const store = await createPostgresEventStore({ url, durability: 'os' });
  onTestFinished(() => store.close());
  return store;
}

async function contentsOf(directory: string) {
  const names = (await readdir(directory)).filter((name) => /^oncelog\.db(-wal)?$/.test(name));
  return Promise.all(names.map(async (name) => [name, (await readFile(join(directory, name))).toString('base64')]));
}

describe.skipIf(withoutPostgres)('a copy', () => {
  it('answers whatever is asked as its source does', async () => {
    const { directory, events, erased, open } = await createSampleLog();
    const to = createTarget();
    const report = await copyLog({ from: `sqlite:${directory}`, to, limits });
    expect(report).toMatchObject({ status: 'complete', events: events.length, copied: events.length });
    expect(report.rows).toMatchObject({
      sources: 41,
      erased: erased.length,
      groups: 3,
      outstanding: 3,
      deadLetters: 3,
    });
    await expectSameAnswers(await open(), await openCopy(to), events);
  });

  it('knows every event of its source, and goes on behind the last', async () => {
    const { directory, events } = await createSampleLog({ count: 200 });
    const to = createTarget();
    await copyLog({ from: `sqlite:${directory}`, to });
    const copy = await openCopy(to);
    const again = await append(copy, [events]);
    expect(again[0]!.map(({ status, position }) => [status, position])).toEqual(
      events.map((_, index) => ['duplicate', index + 1]),
    );
    const [outcomes] = await append(copy, [[sampleEvent('new topic', 'next')]]);
    expect(outcomes).toMatchObject([{ status: 'stored', position: events.length + 1 }]);
    const settings = { filter: everyEvent, leaseMs: 1, attemptsMax: 1 };
    expect(await copy.consumers.createGroup({ name: 'new', settings, cursor: 0, createdTimeMs: 0 })).toBe(true);
  });

  it('of a log without events is one', async () => {
    const { directory, open } = await createSampleLog({ count: 0, odd: false });
    const to = createTarget();
    expect(await copyLog({ from: `sqlite:${directory}`, to })).toMatchObject({ status: 'complete', events: 0 });
    await expectSameAnswers(await open(), await openCopy(to), []);
  });

  it('leaves its source as it was, byte for byte', async () => {
    const { directory } = await createSampleLog({ count: 100 });
    const before = await contentsOf(directory);
    await copyLog({ from: `sqlite:${directory}`, to: createTarget() });
    const after = await contentsOf(directory);
    expect(after.filter(([, bytes]) => bytes !== '')).toEqual(before.filter(([, bytes]) => bytes !== ''));
  });

  it('takes over what a killed aggregator has left in its write-ahead log, which stays there', async () => {
    const { directory, events, open } = await createSampleLog({ count: 100 });
    const source = await open();
    const more = Array.from({ length: 90 }, (_, index) => sampleEvent('late', `${index}`));
    await append(source, [more, events.slice(0, 5)]);
    const crashed = await createTemporaryDirectory();
    for (const name of ['oncelog.db', 'oncelog.db-wal']) await copyFile(join(directory, name), join(crashed, name));
    const before = await contentsOf(crashed);
    expect(before.every(([, bytes]) => bytes !== '')).toBe(true);
    const to = createTarget();
    expect(await copyLog({ from: `sqlite:${crashed}`, to })).toMatchObject({ events: events.length + 90 });
    expect(await contentsOf(crashed)).toEqual(before);
    await expectSameAnswers(source, await openCopy(to), [...events, ...more]);
  });

  it('tells how far it has come, never backwards', async () => {
    const { directory, events } = await createSampleLog({ count: 200 });
    const told: CopyProgress[] = [];
    const onProgress = (progress: CopyProgress) => told.push(progress);
    await copyLog({ from: `sqlite:${directory}`, to: createTarget(), limits, onProgress });
    for (const step of ['copying', 'verifying'] as const) {
      const done = told.filter((each) => each.step === step).map((each) => each.done);
      expect(done.length).toBeGreaterThan(4);
      expect(done).toEqual(done.toSorted((a, b) => a - b));
      expect(done.at(-1)).toBe(events.length);
    }
  });

  it('that is complete is compared when it is made again', async () => {
    const { directory, events } = await createSampleLog({ count: 100 });
    const copy = { from: `sqlite:${directory}`, to: createTarget(), limits };
    await copyLog(copy);
    expect(await copyLog(copy)).toMatchObject({ status: 'complete', events: events.length, copied: 0 });
  });
});

describe.skipIf(withoutPostgres)('a copy that was interrupted', () => {
  it('goes on where it was, each time, until it is complete', async () => {
    const { directory, events, open } = await createSampleLog();
    const to = createTarget();
    const random = createSeededRandom(7);
    let copied = 0;
    let interruptions = 0;
    for (let status = 'interrupted'; status === 'interrupted';) {
      const interrupting = new AbortController();
      let pages = 1 + random.below(5);
      const onProgress = () => {
        if ((pages -= 1) < 0 && interruptions < 10) interrupting.abort();
      };
      const report = await copyLog({
        from: `sqlite:${directory}`,
        to,
        limits,
        signal: interrupting.signal,
        onProgress,
      });
      ({ status } = report);
      copied += report.copied;
      if (status === 'interrupted') interruptions += 1;
    }
    expect(interruptions).toBe(10);
    expect(copied).toBe(events.length);
    await expectSameAnswers(await open(), await openCopy(to), events);
  });

  it('takes over what its source was used for in between', async () => {
    const { directory, events, open } = await createSampleLog({ count: 300 });
    const to = createTarget();
    const interrupting = new AbortController();
    const onProgress = ({ done }: CopyProgress) => void (done > 200 && interrupting.abort());
    const copy = { from: `sqlite:${directory}`, to, limits };
    expect(await copyLog({ ...copy, onProgress, signal: interrupting.signal })).toMatchObject({
      status: 'interrupted',
    });

    const source = await open();
    const more = [sampleEvent('later', 'one'), sampleEvent('later', 'two')];
    await append(source, [more, events.slice(0, 60)]);
    for (const { topic, eventId } of events.slice(30, 40)) await source.erase(topic, eventId);
    await source.consumers.deleteGroup('narrow');
    await source.consumers.change([{ name: 'billing', expectedVersion: 2, cursor: 77, settled: [3] }]);
    await source.close();
    expect(await copyLog(copy)).toMatchObject({ status: 'complete', events: events.length + 2 });
    await expectSameAnswers(await open(), await openCopy(to), [...events, ...more]);
  });
});

it.skipIf(withoutPostgres)('the tables of a copy are all that a log has', async () => {
  const { directory } = await createSampleLog({ count: 10 });
  const to = createTarget();
  await copyLog({ from: `sqlite:${directory}`, to });
  const rows = await runSql(
    to,
    `select relname from pg_class where relnamespace = current_schema::regnamespace and relkind in ('r', 'p')
     and not relispartition order by 1`,
  );
  expect(rows.map(({ relname }) => relname)).toEqual([
    'consumer_group',
    'dead_letter',
    'erased_event',
    'event',
    'event_drop',
    'event_key',
    'log',
    'mikro_orm_migrations',
    'outstanding_event',
    'source',
    'topic',
  ]);
});

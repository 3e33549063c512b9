import { randomUUID } from 'node:crypto';
import { type EventStore, everyEvent, type NewEvent, type Outcome } from '@oncelog/core';
import { append, createSeededRandom, jsonContent, sampleEvent } from '@oncelog/core/testing';
import { describe, expect, it } from 'vitest';
import { freshLog, serverUrl } from './testing/temporary-schema.ts';

const all = { topicsMax: 100, sourcesMax: 100 };
const wholeTail = { filter: everyEvent, eventsMax: 1000, bytesMax: 10_000_000, scanMax: 10_000 };

async function tailAll(store: EventStore, after = 0): Promise<readonly string[]> {
  const seen: string[] = [];
  for (let head = after + 1; after < head;) {
    const slice = await store.tail({ ...wholeTail, after });
    seen.push(...slice.entries.map(({ position, topic, eventId }) => `${position} ${topic} ${eventId}`));
    ({ scannedTo: after, head } = slice);
  }
  return seen;
}

function headOf(store: EventStore, wanted: number): Promise<number> {
  return new Promise((resolve) => {
    const end = store.watchHead((head) => {
      if (head < wanted) return;
      end();
      resolve(head);
    });
  });
}

/** Also those that are tried again, of which nobody learns. A session tells what it has counted when it ends. */
function deadlocksOf({ query }: Pick<ReturnType<typeof freshLog>, 'query'>) {
  return query('select deadlocks from pg_stat_database where datname = current_database()');
}

describe.runIf(serverUrl !== undefined)('replicas of one log', () => {
  it('may all start at once where there is nothing yet, and find the same log', async () => {
    const log = freshLog(serverUrl!);
    const stores = await Promise.all(Array.from({ length: 8 }, () => log.open()));
    expect(new Set(stores.map(({ logId }) => logId)).size).toBe(1);
    expect(await log.query('select name from mikro_orm_migrations')).toHaveLength(1);
    const outcomes = await Promise.all(stores.map((store) => append(store, [[sampleEvent('t', 'a')]])));
    expect(
      outcomes
        .flat(2)
        .map(({ status }) => status)
        .toSorted(),
    ).toEqual([...Array(7).fill('duplicate'), 'stored']);
  });

  it(
    'store each of the keys that they publish at once exactly once, and count exactly',
    { timeout: 60_000 },
    async () => {
      const log = freshLog(serverUrl!, { partitionPositions: 1000 });
      const stores = await Promise.all(Array.from({ length: 4 }, () => log.open()));
      const random = createSeededRandom(7);
      const topics = ['a', 'b', 'c'];
      const keys = Array.from(
        { length: 3000 },
        (_, index) => [random.pick(topics), `${index} ${randomUUID()}`] as const,
      );
      const deadlocks = await deadlocksOf(log);

      /** Of 100 events, in an order of its own, of which some say something else. */
      const batchOf = (writer: number): NewEvent[] =>
        Array.from({ length: 100 }, () => {
          const [topic, eventId] = random.pick(keys);
          const content = jsonContent(random.chance(0.1) ? `{"writer":${writer}}` : '{"same":true}');
          return sampleEvent(topic, eventId, { source: `writer ${writer}`, content });
        });
      const writers = Array.from({ length: 16 }, (_, writer) => ({
        store: stores[writer % stores.length]!,
        batches: Array.from({ length: 5 }, () => batchOf(writer)),
      }));
      const answered: { readonly event: NewEvent; readonly outcome: Outcome }[] = [];
      await Promise.all(
        writers.map(async ({ store, batches }) => {
          for (const batch of batches) {
            const [outcomes = []] = await append(store, [batch]);
            answered.push(...batch.map((event, index) => ({ event, outcome: outcomes[index]! })));
          }
        }),
      );

      const sent = new Set(answered.map(({ event }) => `${event.topic} ${event.eventId}`));
      const stored = answered.filter(({ outcome }) => outcome.status === 'stored');
      expect(stored.map(({ event }) => `${event.topic} ${event.eventId}`).toSorted()).toEqual([...sent].toSorted());
      expect(stored.map(({ outcome }) => outcome.position).toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: sent.size }, (_, index) => index + 1),
      );
      const first = new Map(stored.map(({ event, outcome }) => [`${event.topic} ${event.eventId}`, outcome]));
      for (const { event, outcome } of answered) {
        const { position, storedTimeMs } = first.get(`${event.topic} ${event.eventId}`)!;
        expect(outcome).toMatchObject({ position, storedTimeMs });
      }

      const conflicts = answered.filter(({ outcome }) => outcome.status === 'conflict').length;
      expect(conflicts).toBeGreaterThan(0);
      const counters = { received: 8000, stored: sent.size, conflicts, duplicates: 8000 - sent.size - conflicts };
      const tails = await Promise.all(stores.map((store) => tailAll(store)));
      for (const [index, store] of stores.entries()) {
        const stats = await store.stats(all);
        expect(stats).toMatchObject(counters);
        for (const names of [stats.topics, stats.sources]) {
          const sum = (counter: keyof typeof counters) => names.reduce((total, each) => total + each[counter], 0);
          expect({ ...counters, received: sum('received'), stored: sum('stored') }).toEqual(counters);
          expect([sum('duplicates'), sum('conflicts')]).toEqual([counters.duplicates, conflicts]);
        }
        expect(tails[index]).toEqual(tails[0]);
      }
      expect(tails[0]).toHaveLength(sent.size);
      await Promise.all(stores.map((store) => store.close()));
      expect(await deadlocksOf(log)).toEqual(deadlocks);
    },
  );

  it('never let a reader pass a position that it has not seen, with eight writers', { timeout: 60_000 }, async () => {
    const log = freshLog(serverUrl!);
    const stores = await Promise.all(Array.from({ length: 8 }, () => log.open()));
    const reader = await log.open();
    const seen: number[] = [];
    let writing = true;
    const reading = (async () => {
      for (let after = 0; writing || after < 4000;) {
        const { entries, scannedTo } = await reader.tail({ ...wholeTail, after });
        seen.push(...entries.map(({ position }) => position));
        after = scannedTo;
      }
    })();
    await Promise.all(
      stores.map(async (store, writer) => {
        for (let batch = 0; batch < 100; batch += 1) {
          await append(store, [Array.from({ length: 5 }, (_, n) => sampleEvent('t', `${writer} ${batch} ${n}`))]);
        }
      }),
    );
    writing = false;
    await reading;
    expect(seen).toEqual(Array.from({ length: 4000 }, (_, index) => index + 1));
  });

  it('tell each other what they have stored, and it can be read by then', async () => {
    const log = freshLog(serverUrl!);
    const [a, b] = [await log.open(), await log.open()];
    for (const [index, [from, to]] of [
      [a, b],
      [b, a],
      [a, b],
    ].entries()) {
      const told = headOf(to!, index + 1);
      await append(from!, [[sampleEvent('t', `${index}`)]]);
      expect(await told).toBe(index + 1);
      expect(await tailAll(to!, index)).toEqual([`${index + 1} t ${index}`]);
    }
  });

  it('tell it within 100 ms, as a rule', async () => {
    const log = freshLog(serverUrl!);
    const [a, b] = [await log.open(), await log.open()];
    const latencies: number[] = [];
    for (let index = 1; index <= 50; index += 1) {
      const told = headOf(b, index).then(() => performance.now());
      await append(a, [[sampleEvent('t', `${index}`)]]);
      const answeredMs = performance.now();
      latencies.push((await told) - answeredMs);
    }
    // The median: a test machine may be busy with something else now and then.
    expect(latencies.toSorted((x, y) => x - y)[25]).toBeLessThan(100);
  });

  it('find out by themselves what they were not told', async () => {
    const log = freshLog(serverUrl!);
    const [a, b] = [await log.open(), await log.open()];
    const told = headOf(b, 1);
    await a.close();
    // As if the hint had been lost: stored by a hand that tells nobody.
    await log.query(`insert into topic values (1, 't', 1, 0, 0)`);
    await log.query(`insert into event_key values (1, 1, 'a', '\\x00', 5)`);
    await log.query(`update log set stored = 1`);
    expect(await told).toBe(1);
  });

  it('decide the same between contents of one key that reach them at once', async () => {
    const log = freshLog(serverUrl!);
    const [a, b] = [await log.open(), await log.open()];
    for (let round = 0; round < 20; round += 1) {
      const eventOf = (text: string) => [sampleEvent('t', `${round}`, { content: jsonContent(text) })];
      const texts = round % 2 === 0 ? ['{"n":1}', '{"n":2}'] : ['{"n":1, "m":2}', '{"m":2.0,"n":1}'];
      const outcomes = await Promise.all([append(a, [eventOf(texts[0]!)]), append(b, [eventOf(texts[1]!)])]);
      const statuses = outcomes.flat(2).map(({ status }) => status);
      expect(statuses.toSorted()).toEqual([round % 2 === 0 ? 'conflict' : 'duplicate', 'stored']);
      expect(new Set(outcomes.flat(2).map(({ position }) => position))).toEqual(new Set([round + 1]));
    }
  });

  it('never wait for each other in a circle when they change several groups', { timeout: 30_000 }, async () => {
    const log = freshLog(serverUrl!);
    const stores = [await log.open(), await log.open()];
    const names = Array.from({ length: 20 }, (_, index) => `group ${index}`);
    const settings = { filter: everyEvent, leaseMs: 1000, attemptsMax: 1 };
    for (const name of names) await stores[0]!.consumers.createGroup({ name, settings, cursor: 0, createdTimeMs: 0 });
    const before = await deadlocksOf(log);
    for (let round = 1; round <= 40; round += 1) {
      const changes = names.map((name) => ({ name, expectedVersion: round, cursor: round }));
      const answers = await Promise.all([
        stores[0]!.consumers.change(changes),
        stores[1]!.consumers.change(changes.toReversed()),
      ]);
      // Of two that expect the same version one makes the change, for all groups: it has them all or none.
      expect(answers.map((each) => new Set(each))).toContainEqual(new Set([true]));
      expect(answers.map((each) => new Set(each))).toContainEqual(new Set([false]));
    }
    await Promise.all(stores.map((store) => store.close()));
    expect(await deadlocksOf(log)).toEqual(before);
  });
});

import { type Broker, OncelogError, soundAttemptsMax } from '@oncelog/core';
import { append } from '@oncelog/core/testing';
import type { RedisUrl } from '@oncelog/testing/redis-setup';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { type Brokered, createBrokered, eventsOf, storedIds, until, withCommits } from './testing/brokered.ts';

const redisUrl: RedisUrl = inject('redisUrl');
const outage = () => new OncelogError('STORE_UNAVAILABLE', 'the database is away', { outcome: 'unknown' });

describe.runIf(redisUrl !== undefined)('a worker of the broker', () => {
  const made: Brokered[] = [];

  afterEach(async () => {
    for (const each of made.splice(0)) await each.close();
  });

  async function brokered(claimAfterMs?: number): Promise<Brokered> {
    const all = await createBrokered(redisUrl!, claimAfterMs);
    made.push(all);
    return all;
  }

  it('stores what was accepted, in its order, and forgets it in the broker', async () => {
    const { broker, store, publish, worker, emptied } = await brokered();
    await publish(eventsOf('a', 1200), eventsOf('b', 3), eventsOf('c', 40));
    worker();
    await publish(eventsOf('d', 7));
    await emptied();
    const sent = [...eventsOf('a', 1200), ...eventsOf('b', 3), ...eventsOf('c', 40), ...eventsOf('d', 7)];
    expect(await storedIds(store)).toEqual(sent.map(({ eventId }) => eventId));
    expect(await broker.stats()).toEqual({ waitingEvents: 0, deliveredEvents: 0, deadEntries: 0 });
  });

  it('puts many entries into one commit', async () => {
    const { store, publish, worker, emptied } = await brokered();
    await publish(...Array.from({ length: 100 }, (_, index) => eventsOf(`e${index}-`, 2)));
    const commits: number[] = [];
    worker({ store: withCommits(store, async (ids) => void commits.push(ids.length)) });
    await emptied();
    expect(commits).toEqual([200]);
  });

  it('acknowledges nothing before the commit, and has the next lot ready by then', async () => {
    const { broker, store, publish, worker, emptied } = await brokered();
    const gate = Promise.withResolvers<void>();
    await publish(eventsOf('a', 10));
    worker({ store: withCommits(store, () => gate.promise) });
    await until(async () => (await broker.stats()).deliveredEvents === 10);
    await publish(eventsOf('b', 5));
    await until(async () => (await broker.stats()).deliveredEvents === 15);
    expect(await broker.stats()).toMatchObject({ waitingEvents: 15 });
    gate.resolve();
    await emptied();
    expect(await storedIds(store)).toHaveLength(15);
  });

  it('stores each event once when several workers share the queue', async () => {
    const { store, publish, worker, emptied } = await brokered();
    for (let each = 0; each < 3; each += 1) worker();
    await publish(...Array.from({ length: 60 }, (_, index) => eventsOf(`e${index}-`, 100)));
    await emptied();
    const stats = await store.stats({ topicsMax: 0, sourcesMax: 0 });
    expect(stats).toMatchObject({ received: 6000, stored: 6000, duplicates: 0, conflicts: 0 });
  });

  it('that dies between commit and acknowledgement leaves repeats for the next one, never second events', async () => {
    const { broker, store, publish, worker, emptied } = await brokered(300);
    await publish(eventsOf('a', 20));
    const dead = Promise.withResolvers<void>();
    const acknowledging = Promise.withResolvers<void>();
    const dying = worker({
      broker: withConsumer(
        broker,
        () => ({
          acknowledge: () => (acknowledging.resolve(), dead.promise),
          keep: () => Promise.resolve(),
          receive: (_events, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve([]))),
        }),
        1,
      ),
    });
    await acknowledging.promise;
    worker();
    await emptied();
    const stats = await store.stats({ topicsMax: 0, sourcesMax: 0 });
    expect(stats).toMatchObject({ received: 40, stored: 20, duplicates: 20, conflicts: 0 });
    dead.resolve();
    await dying.stop();
  });

  describe('when the store cannot be had', () => {
    it('waits for it, tells it once, and sets nothing aside', async () => {
      const { broker, store, publish, worker, emptied, troubles } = await brokered();
      let away = true;
      let tries = 0;
      await publish(eventsOf('a', 10));
      worker({
        store: withCommits(store, async () => {
          tries += 1;
          if (away) throw outage();
        }),
      });
      await until(() => tries > soundAttemptsMax);
      expect(await broker.stats()).toEqual({ waitingEvents: 10, deliveredEvents: 10, deadEntries: 0 });
      away = false;
      await emptied();
      expect(await storedIds(store)).toHaveLength(10);
      expect(troubles.map(({ what }) => what)).toEqual(['store']);
      expect((await broker.stats()).deadEntries).toBe(0);
    });

    it('keeps what it holds, however long it takes', async () => {
      const { store, publish, worker, emptied } = await brokered(2500);
      const beganMs = performance.now();
      await publish(eventsOf('a', 10));
      const slow = async () => {
        if (performance.now() - beganMs < 4000) throw outage();
      };
      worker({ store: withCommits(store, slow) });
      worker({ store: withCommits(store, slow) });
      await emptied();
      expect(await store.stats({ topicsMax: 0, sourcesMax: 0 })).toMatchObject({ received: 10, stored: 10 });
    });

    it('gives back what it holds when it is stopped, untried', async () => {
      const { broker, store, publish, worker, troubles } = await brokered();
      await publish(eventsOf('a', 10));
      const stuck = worker({
        store: withCommits(store, async () => {
          throw outage();
        }),
      });
      await until(() => troubles.length > 0);
      await stuck.stop();
      const consumer = await broker.openConsumer('next');
      const [entry] = await consumer.receive(100, AbortSignal.timeout(10_000));
      await consumer.close();
      expect(entry).toMatchObject({ attempts: 1 });
    });
  });

  it('finishes what it holds when it is stopped', async () => {
    const { broker, store, publish, worker } = await brokered();
    const gate = Promise.withResolvers<void>();
    await publish(eventsOf('a', 10));
    const leaving = worker({ store: withCommits(store, () => gate.promise) });
    await until(async () => (await broker.stats()).deliveredEvents === 10);
    const stopped = leaving.stop();
    gate.resolve();
    await stopped;
    expect(await broker.stats()).toEqual({ waitingEvents: 0, deliveredEvents: 0, deadEntries: 0 });
    expect(await storedIds(store)).toHaveLength(10);
  });

  describe('sets aside', () => {
    it('an entry that breaks a rule, at once, with the rule as reason', async () => {
      const { broker, store, publish, worker, emptied } = await brokered();
      await publish(eventsOf('a', 1), [{ ...eventsOf('b', 1)[0]!, eventId: 'line\nbreak' }], eventsOf('c', 1));
      worker();
      await emptied();
      expect(await storedIds(store)).toEqual(['a0', 'c0']);
      const [dead] = await broker.deadEntries({ after: '', max: 10 });
      expect(dead).toMatchObject({ attempts: 1, reason: expect.stringContaining('events[0].event_id') as string });
    });

    it('an entry that the store refuses by itself, after its deliveries, and stores all others at once', async () => {
      const { broker, store, publish, worker, emptied, troubles } = await brokered(100);
      await publish(eventsOf('a', 2), eventsOf('poison', 2), eventsOf('b', 2));
      const refusing = async (ids: readonly string[]) => {
        if (ids.includes('poison0')) throw new OncelogError('RULE_BROKEN', 'the store wants no poison');
      };
      worker({ store: withCommits(store, refusing) });
      await until(() => troubles.length > 0);
      await until(async () => (await storedIds(store)).length === 4);
      await emptied();
      const [dead] = await broker.deadEntries({ after: '', max: 10 });
      expect(dead).toMatchObject({ attempts: soundAttemptsMax, reason: 'the store wants no poison' });
    });

    it('an entry that the store cannot take for no reason it tells, once others show that it works', async () => {
      const { broker, store, publish, worker, emptied, troubles } = await brokered(100);
      await publish(eventsOf('poison', 2));
      const failing = async (ids: readonly string[]) => {
        if (ids.includes('poison0')) throw new OncelogError('INTERNAL', 'the server refused it');
      };
      worker({ store: withCommits(store, failing) });
      await until(() => troubles.length >= 2);
      expect(await broker.stats()).toMatchObject({ waitingEvents: 2, deadEntries: 0 });
      for (let others = 0; (await broker.stats()).deadEntries === 0; others += 1) {
        const deliveries = troubles.length;
        await publish(eventsOf(`other${others}-`, 1));
        await until(() => troubles.length > deliveries);
      }
      await emptied();
      const [dead] = await broker.deadEntries({ after: '', max: 10 });
      expect(dead).toMatchObject({ attempts: soundAttemptsMax, reason: 'the server refused it' });
    });

    it('nothing while the store refuses everything for no reason it tells', async () => {
      const { broker, store, publish, worker, emptied } = await brokered(50);
      await publish(eventsOf('a', 1), eventsOf('b', 1));
      let broken = true;
      let tries = 0;
      const breaking = async () => {
        tries += 1;
        if (broken) throw new OncelogError('INTERNAL', 'no such table');
      };
      worker({ store: withCommits(store, breaking) });
      // Together and each by itself, at each delivery.
      await until(async () => tries > 3 * soundAttemptsMax || (await broker.stats()).deadEntries > 0);
      broken = false;
      await emptied();
      expect(await storedIds(store)).toEqual(['a0', 'b0']);
      expect((await broker.stats()).deadEntries).toBe(0);
    });

    it('an entry that its workers die of, and nothing that was delivered beside it', async () => {
      const { broker, store, publish, worker, emptied } = await brokered(50);
      await publish(eventsOf('a', 1), eventsOf('deadly', 1), eventsOf('b', 1));
      // Who takes the deadly one is heard of no more; all else is stored.
      for (let deliveries = 0; deliveries < 2 * soundAttemptsMax;) {
        const consumer = await broker.openConsumer(`victim${deliveries}`);
        const entries = await consumer.receive(100, AbortSignal.timeout(10_000));
        const deadly = entries.find(({ events }) => events?.[0]?.eventId === 'deadly0');
        if (deadly === undefined) {
          await append(
            store,
            entries.map(({ events }) => events!),
          );
          await consumer.acknowledge(entries);
        }
        await consumer.close();
        deliveries = deadly?.attempts ?? deliveries;
      }
      worker();
      await emptied();
      const [dead] = await broker.deadEntries({ after: '', max: 10 });
      expect(dead).toMatchObject({ events: [{ eventId: 'deadly0' }], attempts: 2 * soundAttemptsMax + 1 });
      expect((await broker.stats()).deadEntries).toBe(1);
      expect((await storedIds(store)).sort()).toEqual(['a0', 'b0']);
    });
  });
});

type ConsumerChanges = Partial<Awaited<ReturnType<Broker['openConsumer']>>>;

/** A broker whose consumers do some things differently, after so many lots. */
function withConsumer(broker: Broker, changes: () => ConsumerChanges, lots: number): Broker {
  return {
    ...broker,
    async openConsumer(worker) {
      const consumer = await broker.openConsumer(worker);
      const { receive, ...others } = changes();
      let received = 0;
      return {
        ...consumer,
        ...others,
        receive(eventsMax, signal) {
          received += 1;
          return received > lots && receive ? receive(eventsMax, signal) : consumer.receive(eventsMax, signal);
        },
      };
    },
  };
}

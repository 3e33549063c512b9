// What was set aside is shown, and goes back to the queue.
import { describe, expect, it } from 'vitest';
import { append } from '../append.ts';
import {
  claimAfterMs,
  comparableNew,
  eventsIn,
  eventsOf,
  receive,
  receiveAll,
  type TestedBroker,
} from './tested-broker.ts';

export function describeDeadEntries({ place, open, consumerOf }: TestedBroker): void {
  describe('dead entries', () => {
    it('are listed with reason, time and attempts, and are not handed out any more', async () => {
      const broker = await open({ claimAfterMs, clock: () => 9_000 });
      await append(broker, [eventsOf('bad', 2)]);
      await append(broker, [eventsOf('good', 1)]);
      const consumer = await consumerOf(broker);
      const [bad] = await receiveAll(consumer, 3);
      await consumer.bury(bad!, 'nobody wants it');
      expect(await broker.stats()).toEqual({ waitingEvents: 1, deliveredEvents: 1, deadEntries: 1 });
      const [dead, ...others] = await broker.deadEntries({ after: '', max: 10 });
      expect(others).toEqual([]);
      expect(dead).toMatchObject({ reason: 'nobody wants it', deadTimeMs: 9_000, attempts: 1 });
      expect(dead!.events?.map(comparableNew)).toEqual(eventsOf('bad', 2).map(comparableNew));
      const again = await receive(await consumerOf(broker, 'other'));
      expect(eventsIn(again)).toEqual(eventsOf('good', 1).map(comparableNew));
    });

    it('are buried once', async () => {
      const broker = await open();
      await append(broker, [eventsOf('bad', 2)]);
      const consumer = await consumerOf(broker);
      const [bad] = await receiveAll(consumer, 2);
      await consumer.bury(bad!, 'first');
      await consumer.bury(bad!, 'second');
      const dead = await broker.deadEntries({ after: '', max: 10 });
      expect(dead.map(({ reason }) => reason)).toEqual(['first']);
    });

    it('show what cannot be read as it is', async () => {
      const broker = await open();
      const garbage = Buffer.from('what is this?');
      await place().addGarbage(garbage);
      await append(broker, [eventsOf('good', 1)]);
      const consumer = await consumerOf(broker);
      const entries = await receiveAll(consumer, 1);
      expect(entries.map(({ events }) => events?.length)).toEqual([undefined, 1]);
      await consumer.bury(entries[0]!, 'unreadable');
      const [dead] = await broker.deadEntries({ after: '', max: 10 });
      expect(dead!.events).toBeUndefined();
      expect(Buffer.from(dead!.raw!)).toEqual(garbage);
      expect(await broker.stats()).toEqual({ waitingEvents: 1, deliveredEvents: 1, deadEntries: 1 });
    });

    it('are listed page by page', async () => {
      const broker = await open();
      const consumer = await consumerOf(broker);
      for (let index = 0; index < 5; index += 1) {
        await append(broker, [eventsOf(`bad${index}-`, 1)]);
        for (const entry of await receive(consumer)) await consumer.bury(entry, `reason ${index}`);
      }
      const reasons: string[] = [];
      let after = '';
      for (;;) {
        const page = await broker.deadEntries({ after, max: 2 });
        if (page.length === 0) break;
        expect(page.length).toBeLessThanOrEqual(2);
        reasons.push(...page.map(({ reason }) => reason));
        after = page.at(-1)!.id;
      }
      expect(reasons).toEqual([0, 1, 2, 3, 4].map((index) => `reason ${index}`));
    });

    it('go back to the end of the queue, each once, as if they had just been accepted', async () => {
      const broker = await open();
      await append(broker, [eventsOf('bad', 2)]);
      const consumer = await consumerOf(broker);
      for (const entry of await receiveAll(consumer, 2)) await consumer.bury(entry, 'too early');
      await append(broker, [eventsOf('next', 1)]);
      const [dead] = await broker.deadEntries({ after: '', max: 10 });
      expect(await broker.replay([dead!.id, 'no-such-id', dead!.id])).toBe(1);
      expect(await broker.stats()).toEqual({ waitingEvents: 3, deliveredEvents: 0, deadEntries: 0 });
      const entries = await receiveAll(consumer, 3);
      expect(entries.map(({ attempts }) => attempts)).toEqual([1, 1]);
      expect(eventsIn(entries)).toEqual([...eventsOf('next', 1), ...eventsOf('bad', 2)].map(comparableNew));
      await consumer.acknowledge(entries);
      expect(await broker.stats()).toEqual({ waitingEvents: 0, deliveredEvents: 0, deadEntries: 0 });
    });

    it('stay dead when the queue has no room for them', async () => {
      const broker = await open({ eventsMax: 3 });
      await append(broker, [eventsOf('bad', 2)]);
      const consumer = await consumerOf(broker);
      for (const entry of await receiveAll(consumer, 2)) await consumer.bury(entry, 'too early');
      await append(broker, [eventsOf('next', 2)]);
      const [dead] = await broker.deadEntries({ after: '', max: 10 });
      await expect(broker.replay([dead!.id])).rejects.toMatchObject({ code: 'QUEUE_FULL' });
      expect(await broker.stats()).toEqual({ waitingEvents: 2, deliveredEvents: 0, deadEntries: 1 });
    });
  });
}

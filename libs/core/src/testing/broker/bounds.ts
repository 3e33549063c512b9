// What waits in a broker is bounded, over all who publish to it.
import { describe, expect, it } from 'vitest';
import { append } from '../append.ts';
import { jsonContent, sampleEvent } from '../sample-events.ts';
import { eventsOf, receiveAll, type TestedBroker } from './tested-broker.ts';

export function describeBounds({ open, consumerOf }: TestedBroker): void {
  describe('bounds', () => {
    it('refuses a group that leaves no room, whole, with limit and actual', async () => {
      const broker = await open({ eventsMax: 10 });
      await append(broker, [eventsOf('a', 8)]);
      await expect(append(broker, [eventsOf('b', 3)])).rejects.toMatchObject({
        code: 'QUEUE_FULL',
        outcome: 'none',
        retryAfterMs: 1000,
        violations: [{ limit: 10, actual: 8 }],
      });
      await append(broker, [eventsOf('c', 2)]);
      expect(await broker.stats()).toMatchObject({ waitingEvents: 10 });
    });

    it('counts bytes too', async () => {
      const broker = await open({ bytesMax: 10_000 });
      const large = sampleEvent('t', 'a', { content: jsonContent(JSON.stringify('x'.repeat(6000))) });
      await append(broker, [[large]]);
      await expect(append(broker, [[large]])).rejects.toMatchObject({ code: 'QUEUE_FULL', outcome: 'none' });
      expect(await broker.stats()).toMatchObject({ waitingEvents: 1 });
    });

    it('holds over all who publish at once', async () => {
      const brokers = await Promise.all([1, 2, 3, 4].map(() => open({ eventsMax: 50 })));
      const calls = brokers.flatMap((broker, at) =>
        Array.from({ length: 10 }, (_, index) => append(broker, [eventsOf(`${at}.${index}-`, 3)])),
      );
      const results = await Promise.allSettled(calls);
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(16);
      expect(await brokers[0]!.stats()).toMatchObject({ waitingEvents: 48 });
    });

    it('has room again for what was acknowledged', async () => {
      const broker = await open({ eventsMax: 5 });
      await append(broker, [eventsOf('a', 5)]);
      await expect(append(broker, [eventsOf('b', 1)])).rejects.toMatchObject({ code: 'QUEUE_FULL' });
      const consumer = await consumerOf(broker);
      await consumer.acknowledge(await receiveAll(consumer, 5));
      await append(broker, [eventsOf('b', 5)]);
      expect(await broker.stats()).toMatchObject({ waitingEvents: 5, deliveredEvents: 0 });
    });
  });
}

import { createOncelogClient, newEvent, OutcomeStatus, type TransportName } from '@oncelog/client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { launchAggregator } from '../launch/aggregator-process.ts';

/** More than the 256 streams that the aggregator takes on one connection. */
const subscriptions = 300;

/** Far above the milliseconds that a call takes, far below the minutes for which a full connection would hold it up. */
const callTimeoutMs = 5000;

describe('a client of many subscriptions', () => {
  it.each(['grpc-js', 'connect', 'connect-grpc', 'rest'] satisfies TransportName[])(
    'still publishes and asks over %s, and all of them are told',
    async (transport) => {
      const aggregator = await launchAggregator();
      onTestFinished(async () => void (await aggregator.end('SIGKILL')));
      const client = await createOncelogClient({ target: aggregator.target, transport, callTimeoutMs });
      onTestFinished(() => client.close());

      const open = Array.from({ length: subscriptions }, () => client.subscribe({ start: 'now' }));
      await Promise.all(open.map(({ ready }) => ready));
      expect(Number((await client.getStats()).subscribers)).toBe(subscriptions);
      const { outcomes } = await client.publish([newEvent({ topic: 'orders', eventId: 'a' })]);
      expect(outcomes.map(({ status }) => status)).toEqual([OutcomeStatus.STORED]);
      const told = await Promise.all(open.map((subscription) => subscription.next()));
      expect(told.filter(({ value }) => value?.eventId === 'a')).toHaveLength(subscriptions);

      for (const subscription of open) subscription.close();
      await expect.poll(async () => Number((await client.getStats()).subscribers)).toBe(0);
    },
  );
});

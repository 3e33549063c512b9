import { everyEvent, OncelogError } from '@oncelog/core';
import { append, jsonContent, sampleEvent } from '@oncelog/core/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { events, positions, settled, setUp } from './testing/stored-log.ts';
import { Subscriber } from './testing/subscriber.ts';

afterEach(() => {
  vi.useRealTimers();
});

describe('a subscription', () => {
  it('hands out what is stored, says when it has caught up, and goes on with what comes', async () => {
    const { store, subscriptions } = setUp();
    await append(store, [events(1, 600)]);
    const subscriber = new Subscriber(subscriptions);
    await subscriber.untilCaughtUp();
    expect(subscriber.positions).toEqual(positions(1, 600));
    await append(store, [events(601, 603)]);
    await subscriber.until(() => subscriber.position === 603);
    expect(subscriber.positions).toEqual(positions(1, 603));
    expect(subscriber.kinds.filter((kind) => kind === 'caughtUp')).toHaveLength(1);
    await subscriber.close();
  });

  it('goes on after a position', async () => {
    const { store, subscriptions } = setUp();
    await append(store, [events(1, 10)]);
    const subscriber = new Subscriber(subscriptions, { after: 7 });
    await subscriber.untilCaughtUp();
    expect(subscriber.positions).toEqual([8, 9, 10]);
    await subscriber.close();
  });

  it('begins behind the newest event when told to begin now', async () => {
    const { store, subscriptions } = setUp();
    await append(store, [events(1, 10)]);
    const subscriber = new Subscriber(subscriptions, { start: 'now' });
    expect(await subscriber.next()).toEqual({ kind: 'caughtUp', position: 10 });
    await append(store, [events(11, 12)]);
    await subscriber.until(() => subscriber.position === 12);
    expect(subscriber.positions).toEqual([11, 12]);
    await subscriber.close();
  });

  it('is caught up at once where nothing is stored', async () => {
    const { subscriptions } = setUp();
    const subscriber = new Subscriber(subscriptions);
    expect(await subscriber.next()).toEqual({ kind: 'caughtUp', position: 0 });
    await subscriber.close();
  });

  it('ends behind the last event when it is not to wait for more', async () => {
    const { store, subscriptions } = setUp();
    await append(store, [events(1, 3)]);
    const subscriber = new Subscriber(subscriptions, { endWhenCaughtUp: true });
    await subscriber.untilCaughtUp();
    expect(await subscriber.next()).toBeUndefined();
    expect(subscriptions.count).toBe(0);
  });

  it('refuses a place that this log has not reached, whose events would be skipped in silence', async () => {
    const { store, subscriptions } = setUp();
    await append(store, [events(1, 3)]);
    await expect(new Subscriber(subscriptions, { after: 4 }).next()).rejects.toMatchObject({
      code: 'RULE_BROKEN',
      violations: [{ field: 'after', limit: 3, actual: 4 }],
    });
    expect(subscriptions.count).toBe(0);
  });

  it('shows what an erased event was', async () => {
    const { store, subscriptions } = setUp();
    await append(store, [events(1, 2)]);
    await store.erase('t', 'e1');
    const subscriber = new Subscriber(subscriptions);
    await subscriber.untilCaughtUp();
    expect(subscriber.entries[0]).toEqual({
      erased: true,
      topic: 't',
      eventId: 'e1',
      position: 1,
      storedTimeMs: expect.any(Number),
    });
    expect(subscriber.entries[1]).toMatchObject({ eventId: 'e2', source: 'tests' });
    await subscriber.close();
  });

  it('passes over what its filter does not want, in the backlog and live alike, and moves its place on', async () => {
    const { store, subscriptions } = setUp();
    const mixed = (from: number) => [
      sampleEvent('orders.eu', `a${from}`, { attributes: { kind: 'x' } }),
      sampleEvent('orders.us', `b${from}`, { attributes: { kind: 'y' } }),
      sampleEvent('users', `c${from}`, { attributes: { kind: 'x' } }),
      sampleEvent('orders.eu', `d${from}`, { source: 'other', attributes: { kind: 'x' } }),
    ];
    await append(store, [mixed(1)]);
    const filter = { topics: ['users'], topicPrefixes: ['orders.'], sources: ['tests'], attributes: { kind: 'x' } };
    const subscriber = new Subscriber(subscriptions, { filter });
    await subscriber.untilCaughtUp();
    await append(store, [mixed(2)]);
    await subscriber.until(() => subscriber.position === 8);
    expect(subscriber.ids).toEqual(['a1', 'c1', 'a2', 'c2']);
    await subscriber.close();
  });

  it('gives no more at a time than its bounds allow, yet always one event', async () => {
    const { store, subscriptions } = setUp({ batchEventsMax: 3, batchBytesMax: 100 });
    const large = { content: jsonContent(JSON.stringify({ text: 'x'.repeat(200) })) };
    await append(store, [[...events(1, 4), ...events(5, 6, large)]]);
    const subscriber = new Subscriber(subscriptions);
    const sizes: number[] = [];
    while (subscriber.position < 6) {
      const delivered = await subscriber.next();
      if (delivered?.kind === 'batch') sizes.push(delivered.entries.length);
    }
    expect(sizes).toEqual([3, 1, 1, 1]);
    await subscriber.close();
  });

  it('says where it stands when nothing has come for a while, also to one that wants none of what comes', async () => {
    vi.useFakeTimers();
    const { store, subscriptions } = setUp();
    const nothing = { ...everyEvent, topics: ['none'] };
    const subscriber = new Subscriber(subscriptions, { start: 'now', filter: nothing, heartbeatMs: 5000 });
    await subscriber.untilCaughtUp();
    const first = subscriber.next();
    await append(store, [events(1, 10)]);
    await vi.advanceTimersByTimeAsync(4999);
    expect(subscriber.kinds).toEqual(['caughtUp']);
    await vi.advanceTimersByTimeAsync(1);
    expect(await first).toEqual({ kind: 'progress', position: 10 });
    const second = subscriber.next();
    await vi.advanceTimersByTimeAsync(5000);
    expect(await second).toEqual({ kind: 'progress', position: 10 });
    subscriber.leave();
  });

  it('ends as soon as its client leaves, wherever it stands', async () => {
    const { store, subscriptions } = setUp();
    await append(store, [events(1, 10)]);
    const waiting = new Subscriber(subscriptions, { start: 'now' });
    await waiting.untilCaughtUp();
    const next = waiting.next();
    const reading = new Subscriber(subscriptions);
    await reading.next();
    expect(subscriptions.count).toBe(2);
    waiting.leave(new Error('the client left'));
    await expect(next).rejects.toThrow('the client left');
    await reading.close();
    expect(subscriptions.count).toBe(0);
  });

  it('refuses one more than may be open, with the time to come back after', async () => {
    const { subscriptions } = setUp({ subscribersMax: 1 });
    const first = new Subscriber(subscriptions);
    await first.untilCaughtUp();
    await expect(new Subscriber(subscriptions).next()).rejects.toMatchObject({
      code: 'QUEUE_FULL',
      retryAfterMs: 5000,
      violations: [{ field: 'subscribers', limit: 1 }],
    });
    await first.close();
    const second = new Subscriber(subscriptions);
    await second.untilCaughtUp();
    await second.close();
  });

  it('fails with what the store fails with, and its successor goes on from the same place', async () => {
    const { store, tail, subscriptions } = setUp();
    await append(store, [events(1, 3)]);
    const subscriber = new Subscriber(subscriptions);
    await subscriber.untilCaughtUp();
    const fault = new OncelogError('STORE_UNAVAILABLE', 'gone');
    const next = subscriber.next();
    await settled();
    tail.mockRejectedValueOnce(fault).mockRejectedValueOnce(fault);
    await append(store, [events(4, 5)]);
    await expect(next).rejects.toThrow(fault);
    const successor = new Subscriber(subscriptions, { after: subscriber.position });
    await successor.untilCaughtUp();
    expect(successor.positions).toEqual([4, 5]);
    await successor.close();
  });
});

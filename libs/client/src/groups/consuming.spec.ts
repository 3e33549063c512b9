import { OutcomeStatus } from '@oncelog/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newEvent } from '../events/event-draft.ts';
import { createMemoryClient, type MemoryClient } from '../testing/memory-client.ts';

let client: MemoryClient;

beforeEach(() => {
  client = createMemoryClient();
});

afterEach(() => client.close());

async function publish(...ids: readonly string[]): Promise<void> {
  const { outcomes } = await client.publish(ids.map((eventId) => newEvent({ topic: 'orders', eventId })));
  expect(outcomes.every(({ status }) => status === OutcomeStatus.STORED)).toBe(true);
}

describe('a group', () => {
  it('is made once, found by its name, and forgotten', async () => {
    const settings = { topics: ['orders'], leaseMs: 5000, attemptsMax: 3 };
    expect(await client.groups.create('workers', settings)).toMatchObject({
      created: true,
      group: { name: 'workers', filter: { topics: ['orders'], sources: [] }, leaseMs: 5000, attemptsMax: 3 },
    });
    expect(await client.groups.create('workers', settings)).toMatchObject({ created: false });
    await expect(client.groups.create('workers', { leaseMs: 6000 })).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    expect((await client.groups.list()).map(({ name }) => name)).toEqual(['workers']);
    expect(await client.groups.get('workers')).toMatchObject({ outstanding: 0, deadLetters: 0 });
    expect(await client.groups.delete('workers')).toBe(true);
    expect(await client.groups.delete('workers')).toBe(false);
    expect(await client.groups.get('workers')).toBeUndefined();
  });

  it('goes where it is sought', async () => {
    await publish('a', 'b');
    await client.groups.create('workers', { start: 'now' });
    expect(await client.pull('workers')).toEqual([]);
    await client.groups.seek('workers', { start: 'beginning' });
    expect((await client.pull('workers')).map(({ entry }) => entry.eventId)).toEqual(['a', 'b']);
  });
});

describe('pulling', () => {
  it('hands out each event to one member until it is acknowledged', async () => {
    await client.groups.create('workers');
    await publish('a', 'b', 'c');
    const first = await client.pull('workers', { member: 'm1', eventsMax: 2 });
    const second = await client.pull('workers', { member: 'm2' });
    expect([first, second].map((pulled) => pulled.map(({ entry }) => entry.eventId))).toEqual([['a', 'b'], ['c']]);
    expect(await Promise.all([...first, ...second].map((delivery) => delivery.ack()))).toEqual(Array(3).fill('done'));
    expect(await first[0]!.ack()).toBe('already-settled');
    expect(await client.groups.get('workers')).toMatchObject({ outstanding: 0, backlog: 0 });
  });

  it('gives back what is rejected, until it is a dead letter that can be replayed', async () => {
    await client.groups.create('workers', { attemptsMax: 2 });
    await publish('a');
    for (const attempt of [1, 2]) {
      const [delivery] = await client.pull('workers');
      expect(delivery).toMatchObject({ attempt });
      expect(await delivery!.reject({ reason: `no ${attempt}` })).toBe('done');
    }
    expect(await client.pull('workers')).toEqual([]);
    const dead = [];
    for await (const letter of client.groups.deadLetters('workers')) dead.push(letter);
    expect(dead).toMatchObject([{ entry: { eventId: 'a' }, attempts: 2, reason: 'no 2' }]);
    expect(await client.groups.replay('workers', [dead[0]!.entry.position])).toBe(1);
    expect(await client.pull('workers')).toMatchObject([{ entry: { eventId: 'a' }, attempt: 1 }]);
  });

  it('tries again with what may succeed later', async () => {
    await client.groups.create('workers');
    await publish('a');
    const [delivery] = await client.pull('workers');
    client.failNext('acknowledge', { code: 'STORE_UNAVAILABLE' }, 'lost');
    expect(await delivery!.ack()).toBe('already-settled');
  });
});

describe('a loop of deliveries', () => {
  it('hands out what is there and what comes, however often it has to be opened', async () => {
    await client.groups.create('workers');
    await publish('a', 'b');
    client.failNext('streamingPull', { code: 'STORE_UNAVAILABLE' }, { code: 'SHUTTING_DOWN' });
    const [seen, reasons] = [[] as string[], [] as string[]];
    for await (const delivery of client.deliveries('workers', { onReconnect: ({ code }) => reasons.push(code) })) {
      seen.push(delivery.entry.eventId);
      await delivery.ack();
      if (seen.length === 2) await publish('c');
      if (seen.length === 3) break;
    }
    expect(seen).toEqual(['a', 'b', 'c']);
    expect(reasons).toEqual(['STORE_UNAVAILABLE', 'SHUTTING_DOWN']);
  });

  it('ends quietly when it is closed', async () => {
    await client.groups.create('workers');
    const deliveries = client.deliveries('workers');
    const next = deliveries.next();
    deliveries.close();
    expect(await next).toEqual({ done: true, value: undefined });
  });
});

describe('handlers', () => {
  it('are called for each event, again after they threw, until they are stopped', async () => {
    await client.groups.create('workers');
    await publish('a', 'b', 'c');
    const [seen, stopping] = [[] as string[], new AbortController()];
    await client.consume(
      'workers',
      ({ eventId }, { attempt }) => {
        seen.push(`${eventId}${attempt}`);
        if (eventId === 'b' && attempt < 3) throw new Error('not yet');
        if (seen.length === 5) stopping.abort();
      },
      { signal: stopping.signal, rejectDelayMs: () => 0 },
    );
    expect(seen.toSorted()).toEqual(['a1', 'b1', 'b2', 'b3', 'c1']);
    expect(await client.groups.get('workers')).toMatchObject({ outstanding: 0, backlog: 0, deadLetters: 0 });
  });
});

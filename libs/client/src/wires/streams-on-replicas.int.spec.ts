import type { Outcome } from '@oncelog/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ClientSettings, createOncelogClient, type TransportName } from '../create-client.ts';
import { newEvent } from '../events/event-draft.ts';
import type { LogEntry } from '../events/log-entry.ts';
import type { OncelogClient } from '../oncelog-client.ts';
import { StandInReplicas } from '../testing/stand-in-replicas.ts';

const transports = ['grpc-js', 'connect-grpc', 'connect', 'rest', 'connect-web', 'grpc-web'] as const;
const bidirectional = ['grpc-js', 'connect-grpc', 'connect'] as const;

let replicas: StandInReplicas;
let client: OncelogClient;

beforeEach(async () => {
  replicas = await new StandInReplicas().start(2);
});

afterEach(async () => {
  client.close();
  await replicas.close();
});

async function connect(transport: TransportName, settings: Partial<ClientSettings> = {}): Promise<void> {
  const retry = { delayBaseMs: 1, delayMaxMs: 20 };
  client = await createOncelogClient({ target: replicas.targets(transport), transport, retry, ...settings });
}

function events(from: number, to: number) {
  return Array.from({ length: to - from }, (_, n) => newEvent({ topic: 'orders', eventId: `e${from + n}` }));
}

const ids = (count: number) => events(0, count).map(({ eventId }) => eventId);

function stored(): string[] {
  return replicas.log.events.map(({ event }) => event!.eventId);
}

/** The place of the replica that has the streams of a method, when one has. */
function placeOf(open: (place: number) => number): number {
  return open(0) > 0 ? 0 : 1;
}

describe.each(bidirectional)('sessions over %s', (transport) => {
  it('are spread over the replicas', async () => {
    await connect(transport);
    const publishers = Array.from({ length: 6 }, () => client.openPublisher());
    await Promise.all(publishers.map((publisher) => publisher.publish({ topic: 'orders' })));
    expect(replicas.calls('publishSession')).toEqual([3, 3]);
    await Promise.all(publishers.map((publisher) => publisher.close()));
  });

  it('send to another, in order, only what is unanswered when theirs is killed', async () => {
    await connect(transport);
    const told: string[] = [];
    const progress = await client.publishSession(
      Array.from({ length: 100 }, (_, n) => events(10 * n, 10 * n + 10)),
      {
        async onOutcomes(batch) {
          told.push(...batch.map(({ eventId }) => eventId));
          if (told.length === 300) await replicas.stop(placeOf((place) => replicas.calls('publishSession')[place]!));
        },
      },
    );
    expect(told).toEqual(ids(1000));
    expect(stored()).toEqual(ids(1000));
    expect(progress).toMatchObject({ brokenSessions: 1, unconfirmed: 0, acknowledged: { received: 1000 } });
    expect(replicas.calls('publishSession')).toEqual([1, 1]);
    expect(replicas.log.counts.received - 1000).toBeLessThanOrEqual(progress.resent);
  });

  it('go on elsewhere at once when theirs drains', async () => {
    await connect(transport);
    const waits: number[] = [];
    const batches = Array.from({ length: 100 }, (_, n) => events(n, n + 1));
    const progress = await client.publishSession(batches, {
      onRetry: (_, waitMs) => waits.push(waitMs),
      onOutcomes([event]) {
        if (event?.eventId !== 'e0') return;
        const { faults } = replicas.servers[placeOf((place) => replicas.calls('publishSession')[place]!)]!;
        faults.push({ code: 'SHUTTING_DOWN', retryAfterMs: 5000 });
      },
    });
    expect(waits).toEqual([0]);
    expect(progress.brokenSessions).toBe(1);
    expect(stored()).toEqual(ids(100));
  });

  it('leave a replica that answers nothing any more', async () => {
    await connect(transport, { callTimeoutMs: 300 });
    const publisher = client.openPublisher();
    await publisher.publish({ topic: 'orders', eventId: 'e0' });
    const silent = placeOf((place) => replicas.calls('publishSession')[place]!);
    replicas.servers[silent]!.silent = true;
    const outcomes: Outcome[] = [];
    for (let n = 1; n < 5; n += 1) outcomes.push(await publisher.publish({ topic: 'orders', eventId: `e${n}` }));
    await publisher.close();
    expect(stored()).toEqual(ids(5));
    expect(replicas.calls('publishSession')).toEqual([1, 1]);
    // Asked at the beginning, and because of the session: no call has to find out again.
    await expect.poll(() => replicas.calls('check')[silent]).toBe(2);
  });

  it('confirm a stream that was cut off, on the other', async () => {
    await connect(transport);
    async function* batches() {
      for (let n = 0; n < 50; n += 1) {
        if (n === 25) {
          await expect.poll(() => Math.max(...replicas.calls('publishStream'))).toBe(1);
          await replicas.stop(placeOf((place) => replicas.calls('publishStream')[place]!));
        }
        yield events(10 * n, 10 * n + 10);
      }
    }
    const progress = await client.publishStream(batches());
    expect(stored()).toEqual(ids(500));
    expect(progress).toMatchObject({ brokenStreams: 1, unconfirmed: 0, acknowledged: { received: 500 } });
  });
});

describe.each(transports)('readers of two replicas over %s', (transport) => {
  it('are spread, and those of one that is killed go on with the other', async () => {
    await connect(transport);
    const seen: string[][] = [];
    const readers = Array.from({ length: 4 }, async (_, reader) => {
      const own: string[] = (seen[reader] = []);
      for await (const { eventId } of client.subscribe()) {
        own.push(eventId);
        if (own.length === 60) return;
      }
    });
    replicas.log.publish(events(0, 30));
    await expect.poll(() => seen.map(({ length }) => length)).toEqual([30, 30, 30, 30]);
    expect(replicas.servers.map(({ subscriptions }) => subscriptions.open)).toEqual([2, 2]);
    await replicas.stop(1);
    replicas.log.publish(events(30, 60));
    await Promise.all(readers);
    expect(seen).toEqual(Array.from({ length: 4 }, () => ids(60)));
    expect(replicas.calls('subscribe')[0]).toBe(4);
  });

  it('go on behind their cursor when theirs drains', async () => {
    await connect(transport);
    replicas.log.publish(events(0, 3));
    const seen: string[] = [];
    const waits: number[] = [];
    for await (const { eventId } of client.subscribe({ onReconnect: (_, waitMs) => waits.push(waitMs) })) {
      seen.push(eventId);
      if (seen.length === 3) {
        const place = placeOf((each) => replicas.servers[each]!.subscriptions.open);
        replicas.servers[place]!.ready = false;
        replicas.servers[place]!.subscriptions.endAll({ code: 'SHUTTING_DOWN', cursor: '3', retryAfterMs: 5000 });
        replicas.log.publish(events(3, 6));
      }
      if (seen.length === 6) break;
    }
    expect(seen).toEqual(ids(6));
    expect(waits).toEqual([0]);
    expect(replicas.calls('subscribe')).toEqual([1, 1]);
  });

  it('leave a replica from which nothing is heard any more', async () => {
    await connect(transport);
    const subscription = client.subscribe({ heartbeatMs: 200 });
    replicas.log.publish(events(0, 1));
    expect(await subscription.next()).toMatchObject({ value: { eventId: 'e0' } });
    const place = placeOf((each) => replicas.servers[each]!.subscriptions.open);
    const { subscriptions } = replicas.servers[place]!;
    subscriptions.silent = true;
    replicas.log.publish(events(1, 2));
    expect(await subscription.next()).toMatchObject({ value: { eventId: 'e1' } });
    expect(replicas.calls('subscribe')).toEqual([1, 1]);
    subscription.close();
  });

  it('share a group that loses nothing when one replica is killed', async () => {
    await connect(transport);
    await client.groups.create('workers', { topics: ['orders'], leaseMs: 1000, attemptsMax: 1000 });
    replicas.log.publish(events(0, 200));
    const [handled, stopping] = [new Set<string>(), new AbortController()];
    let killed: Promise<void> | undefined;
    const handle = async ({ eventId }: LogEntry) => {
      handled.add(eventId);
      if (handled.size === 80) killed = replicas.stop(0);
      await killed;
      if (handled.size === 200) stopping.abort();
    };
    const member = () => client.consume('workers', handle, { signal: stopping.signal });
    await Promise.all([member(), member()]);
    expect(handled.size).toBe(200);
    expect(await client.groups.get('workers')).toMatchObject({ backlog: 0, outstanding: 0, deadLetters: 0 });
    expect(Math.min(...replicas.calls('streamingPull'))).toBeGreaterThan(0);
  });
});

import { OutcomeStatus } from '@oncelog/protocol';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type ClientSettings, createOncelogClient, type TransportName } from '../create-client.ts';
import { newEvent } from '../events/event-draft.ts';
import type { OncelogClient } from '../oncelog-client.ts';
import { waitUntilReady } from '../calls/readiness.ts';
import { startBlackHole } from '../testing/black-hole.ts';
import { StandInReplicas } from '../testing/stand-in-replicas.ts';

const transports = ['grpc-js', 'connect-grpc', 'connect', 'rest', 'connect-web', 'grpc-web'] as const;

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
  client = await createOncelogClient({ target: replicas.targets(transport), transport, ...settings });
}

function events(from: number, to: number) {
  return Array.from({ length: to - from }, (_, n) => newEvent({ topic: 'orders', eventId: `e${from + n}` }));
}

function stored(): string[] {
  return replicas.log.events.map(({ event }) => event!.eventId);
}

const ids = (count: number) => events(0, count).map(({ eventId }) => eventId);

/** An address that takes connections and says nothing, and one that takes none. */
async function deadEnds(transport: TransportName): Promise<string[]> {
  const [silent, hole] = await Promise.all([new StandInReplicas().start(1), startBlackHole()]);
  silent.servers[0]!.silent = true;
  onTestFinished(async () => {
    hole.close();
    await silent.close();
  });
  return [hole.target, ...silent.targets(transport)];
}

describe.each(transports)('calls to two replicas over %s', (transport) => {
  it('are spread evenly', async () => {
    await connect(transport);
    for (let n = 0; n < 20; n += 1) await client.publish(events(n, n + 1));
    expect(replicas.calls('publish')).toEqual([10, 10]);
    expect(stored()).toEqual(ids(20));
  });

  it('go on with the other, at once, when one is killed under load, and are not sent to it again', async () => {
    await connect(transport);
    const waits: number[] = [];
    const onRetry = (_: unknown, waitMs: number) => waits.push(waitMs);
    const publishing = Array.from({ length: 8 }, async (_, writer) => {
      for (let n = 0; n < 25; n += 1) {
        const at = writer * 25 + n;
        if (at === 60) await replicas.stop(0);
        await client.publish(events(at, at + 1), { onRetry });
      }
    });
    await Promise.all(publishing);
    expect(stored().toSorted()).toEqual(ids(200).toSorted());
    expect(waits.filter((waitMs) => waitMs > 0)).toEqual([]);
    // Each of the eight may have had one call on its way.
    expect(waits.length).toBeLessThanOrEqual(8);
    const before = waits.length;
    for (let n = 0; n < 50; n += 1) await client.publish(events(0, 1), { onRetry });
    expect(waits.length).toBe(before);
  });

  it('come back to a replica that is back', async () => {
    await connect(transport);
    await replicas.stop(1);
    for (let n = 0; n < 10; n += 1) await client.publish(events(n, n + 1));
    await replicas.restart(1);
    await expect
      .poll(async () => (await client.publish(events(0, 1)), replicas.calls('publish')[1]), { timeout: 15_000 })
      .toBeGreaterThan(3);
  });

  it('fail with every address when none is there, and succeed when one is back', async () => {
    await connect(transport, { retry: { attemptsMax: 2, delayBaseMs: 1, delayMaxMs: 1 } });
    await Promise.all([replicas.stop(0), replicas.stop(1)]);
    const failure = await client.publish(events(0, 1)).then(undefined, (error: unknown) => error);
    expect(failure).toMatchObject({ code: 'UNREACHABLE', outcome: 'none' });
    for (const target of replicas.targets(transport)) expect(String(failure)).toContain(target);
    const waiting = waitUntilReady(client, { waitMaxMs: 20_000 });
    await replicas.restart(1);
    await waiting;
    const { outcomes } = await client.publish(events(0, 1));
    expect(outcomes[0]?.status).toBe(OutcomeStatus.STORED);
  });

  it('leave a replica that drains', async () => {
    await connect(transport);
    await client.publish(events(0, 1));
    await client.publish(events(1, 2));
    replicas.servers[0]!.ready = false;
    replicas.servers[0]!.faults.push({ code: 'SHUTTING_DOWN', retryAfterMs: 5000 });
    const waits: number[] = [];
    for (let n = 2; n < 30; n += 1) {
      await client.publish(events(n, n + 1), { onRetry: (_, waitMs) => waits.push(waitMs) });
    }
    expect(waits).toEqual([0]);
    expect(stored()).toEqual(ids(30));
  });

  it('do not wait for addresses behind which nobody answers', async () => {
    const targets = [...(await deadEnds(transport)), ...replicas.targets(transport)];
    client = await createOncelogClient({ target: targets.join(), transport, callTimeoutMs: 8000 });
    const startedAtMs = performance.now();
    for (let n = 0; n < 30; n += 1) await client.publish(events(n, n + 1));
    expect(performance.now() - startedAtMs).toBeLessThan(1900);
    expect(replicas.calls('publish')).toEqual([15, 15]);
  });

  it('are given up within two seconds and their total when nobody answers anywhere', async () => {
    client = await createOncelogClient({ target: await deadEnds(transport), transport, retry: { totalMs: 0 } });
    const startedAtMs = performance.now();
    await expect(client.publish(events(0, 1))).rejects.toMatchObject({ code: 'UNREACHABLE', outcome: 'none' });
    expect(performance.now() - startedAtMs).toBeLessThan(5000);
  });
});

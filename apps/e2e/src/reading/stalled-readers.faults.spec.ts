import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises'; // clock: the promise is one of a minute at a rate
import { create, createOncelogClient, EventSchema } from '@oncelog/client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { launchAggregator } from '../launch/aggregator-process.ts';
import { temporaryFolder } from '../launch/temporary-folder.ts';
import { grpcJsWire } from '../transports/grpc-js-wire.ts';
import { restWire } from '../transports/rest-wire.ts';

const stalledReaders = 100;
const stalledSeconds = 60;
const memoryBytesMore = 64 * 1024 * 1024;
const eventsPerSecond = 200;
const batchEvents = 20;
/** More than all buffers on the way of a reader hold. */
const backlogEvents = 60_000;
const content = { case: 'data', value: Buffer.from(JSON.stringify({ text: 'x'.repeat(400) })) } as const;

function residentBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024;
}

describe('a hundred readers that take nothing for a minute, over HTTP/2 and as Server-Sent Events', () => {
  it('cost at most 64 MB, hide no event from the others, and are gone when they have left', async () => {
    const folder = temporaryFolder();
    onTestFinished(() => folder[Symbol.dispose]());
    const aggregator = await launchAggregator({ dataDir: folder.path });
    onTestFinished(() => aggregator.end('SIGKILL').then(() => undefined));
    const client = await createOncelogClient({ target: aggregator.target });
    let published = 0;
    const publish = (count: number) =>
      client.publish(
        Array.from({ length: count }, () =>
          create(EventSchema, {
            topic: 't',
            eventId: `e${(published += 1)}`,
            content,
            contentType: 'application/json',
          }),
        ),
      );
    while (published < backlogEvents) await publish(1000);

    const wires = [grpcJsWire(aggregator.target), restWire(aggregator.url)] as const;
    const live = wires.map(async (wire) => {
      const positions: number[] = [];
      for await (const { entries } of wire.subscribe({})) {
        positions.push(...entries.map(({ position }) => position));
        if (positions.length === backlogEvents + stalledSeconds * eventsPerSecond) break;
      }
      return positions;
    });

    // Everyone who is not stalled reads along for a while before memory is compared.
    for (let second = 0; second < 5; second += 1) await publishForASecond(publish);
    const before = residentBytes(aggregator.pid);
    const leaving = new AbortController();
    const stalled = Array.from({ length: stalledReaders }, (_, index) =>
      wires[index % wires.length]!.subscribe({}, leaving.signal),
    );
    // The first batch only.
    await Promise.all(stalled.map((reader) => reader.next()));
    let most = 0;
    for (let second = 5; second < stalledSeconds; second += 1) {
      await publishForASecond(publish);
      most = Math.max(most, residentBytes(aggregator.pid));
    }

    const expected = Array.from({ length: published }, (_, index) => index + 1);
    for (const positions of await Promise.all(live)) expect(positions).toEqual(expected);
    process.stdout.write(`stalled readers: ${Math.round((most - before) / 1e6)} MB more at the most\n`);
    expect(most - before).toBeLessThan(memoryBytesMore);

    leaving.abort();
    while ((await wires[0].stats()).subscribers > 0n) await delay(50);
    for (const wire of wires) wire.close();
    client.close();
    expect((await aggregator.end('SIGTERM')).code).toBe(0);
  });
});

async function publishForASecond(publish: (count: number) => Promise<unknown>): Promise<void> {
  const pauseMs = (1000 * batchEvents) / eventsPerSecond;
  for (let sent = 0; sent < eventsPerSecond; sent += batchEvents) {
    await publish(batchEvents);
    await delay(pauseMs);
  }
}

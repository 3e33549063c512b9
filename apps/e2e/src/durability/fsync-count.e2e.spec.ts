import { create, createOncelogClient, type Event, EventSchema } from '@oncelog/client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hasTool } from '../launch/required-tool.ts';
import { temporaryFolder } from '../launch/temporary-folder.ts';
import { launchTraced, straceMissing } from './traced-flushes.ts';

const calls = 60;

describe.runIf(hasTool('strace', straceMissing()))('what strace sees of an aggregator on disk', () => {
  it('flushes once more before it answers each publish', async () => {
    const { client, aggregator } = await startTraced();
    for (let call = 1; call <= calls; call += 1) {
      const before = aggregator.flushes();
      await client.publish([event(call)]);
      expect(aggregator.flushes(), `call ${call}`).toBeGreaterThan(before);
    }
  });

  it('flushes no more than once for a repeat that changes nothing but the counters', async () => {
    const { client, aggregator } = await startTraced();
    await client.publish([event(1)]);
    const before = aggregator.flushes();
    await client.publish([event(1)]);
    expect(aggregator.flushes() - before).toBe(1);
  });

  it('shares one flush among publishes that arrive together', async () => {
    const { client, aggregator } = await startTraced();
    await client.publish([event(0)]);
    const before = aggregator.flushes();
    await Promise.all(Array.from({ length: calls }, (_, call) => client.publish([event(call + 1)])));
    const flushes = aggregator.flushes() - before;
    expect(flushes).toBeGreaterThanOrEqual(1);
    expect(flushes).toBeLessThanOrEqual(calls / 3);
  });

  it('does not wait for the disk with --durability os', async () => {
    const { client, aggregator } = await startTraced('--durability', 'os');
    const before = aggregator.flushes();
    for (let call = 1; call <= calls; call += 1) await client.publish([event(call)]);
    expect(aggregator.flushes() - before).toBeLessThanOrEqual(calls / 10);
  });
});

async function startTraced(...args: readonly string[]) {
  const folder = temporaryFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  const aggregator = await launchTraced(folder.path, { args });
  const client = await createOncelogClient({ target: aggregator.target });
  onTestFinished(async () => {
    client.close();
    await aggregator.end('SIGTERM');
  });
  // The first call opens the connection and prepares what the start has left for later.
  await client.getStats();
  return { client, aggregator };
}

function event(number: number): Event {
  return create(EventSchema, { topic: 'flushes', eventId: `event-${number}` });
}

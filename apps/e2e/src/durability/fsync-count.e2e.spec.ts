import { create, createOncelogClient, type Event, EventSchema } from '@oncelog/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasTool } from '../launch/required-tool.ts';
import { temporaryFolder } from '../launch/temporary-folder.ts';
import { launchTraced, straceMissing } from './traced-flushes.ts';

const calls = 60;

describe.runIf(hasTool('strace', straceMissing()))('what strace sees of an aggregator on disk', () => {
  let traced: Traced;

  beforeAll(async () => {
    traced = await startTraced();
  });
  afterAll(() => traced.end());

  it('flushes once more before it answers each publish', async () => {
    const { client, aggregator } = traced;
    for (let call = 1; call <= calls; call += 1) {
      const before = aggregator.flushes();
      await client.publish([event(`alone-${call}`)]);
      expect(aggregator.flushes(), `call ${call}`).toBeGreaterThan(before);
    }
  });

  it('flushes a repeat too: its counters are as durable as its event', async () => {
    const { client, aggregator } = traced;
    await client.publish([event('repeated')]);
    const before = aggregator.flushes();
    await client.publish([event('repeated')]);
    expect(aggregator.flushes() - before).toBe(1);
  });

  it('shares one flush among publishes that arrive together', async () => {
    const { client, aggregator } = traced;
    const before = aggregator.flushes();
    await Promise.all(Array.from({ length: calls }, (_, call) => client.publish([event(`together-${call}`)])));
    const flushes = aggregator.flushes() - before;
    expect(flushes).toBeGreaterThanOrEqual(1);
    expect(flushes).toBeLessThanOrEqual(calls / 3);
  });

  it('does not wait for the disk with --durability os', async () => {
    const { client, aggregator, end } = await startTraced('--durability', 'os');
    const before = aggregator.flushes();
    for (let call = 1; call <= calls; call += 1) await client.publish([event(`unflushed-${call}`)]);
    const flushes = aggregator.flushes() - before;
    await end();
    expect(flushes).toBeLessThanOrEqual(calls / 10);
  });
});

type Traced = Awaited<ReturnType<typeof startTraced>>;

async function startTraced(...args: readonly string[]) {
  const folder = temporaryFolder();
  const aggregator = await launchTraced(folder.path, { args });
  const client = await createOncelogClient({ target: aggregator.target });
  // The first call opens the connection and prepares what the start has left for later.
  await client.getStats();
  const end = async () => {
    client.close();
    await aggregator.end('SIGTERM');
    folder[Symbol.dispose]();
  };
  return { client, aggregator, end };
}

function event(eventId: string): Event {
  return create(EventSchema, { topic: 'flushes', eventId });
}

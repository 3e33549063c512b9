import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AggregatorProcess, launchAggregator } from '../launch/aggregator-process.ts';
import { temporaryFolder } from '../launch/temporary-folder.ts';
import type { EventInit, EventLogWire } from './event-log-wire.ts';
import { everyWire, restName, rpcWires } from './every-wire.ts';
import { WireFailure } from './wire-failure.ts';

const folder = temporaryFolder();
const callers = 40;

let aggregator: AggregatorProcess;

// The smallest queue there is: one event of these at a time, while commits take the time of a real disk.
beforeAll(async () => {
  aggregator = await launchAggregator({ dataDir: folder.path, args: ['--queue-bytes-max', '1024'] });
});

afterAll(async () => {
  await aggregator.end('SIGTERM');
  folder[Symbol.dispose]();
});

describe.each(everyWire)('a full queue over %s', (name, open) => {
  let wire: EventLogWire;

  beforeAll(() => {
    wire = open(aggregator);
  });

  afterAll(() => wire.close());

  it('refuses at once with the time to come back after, and what comes back is stored once', async () => {
    const event = (index: number): EventInit => ({
      topic: name,
      eventId: `e${index}`,
      content: { case: 'data', value: new Uint8Array(600) },
    });
    const before = (await wire.stats()).counters!;
    let refusals = 0;
    const publish = async (index: number): Promise<void> => {
      for (;;) {
        try {
          await wire.publish([event(index)]);
          return;
        } catch (error) {
          expect(error).toBeInstanceOf(WireFailure);
          const rejection = name === restName ? { status: 429 } : { grpcCode: 8 };
          expect((error as WireFailure).facts).toMatchObject({
            code: 'QUEUE_FULL',
            outcome: 'none',
            field: 'queue',
            limit: '1024',
            retryAfterMs: 250,
            ...rejection,
          });
          refusals += 1;
        }
      }
    };
    await Promise.all(Array.from({ length: callers }, (_, index) => publish(index)));
    expect(refusals).toBeGreaterThan(0);
    const after = (await wire.stats()).counters!;
    expect([after.received - before.received, after.stored - before.stored]).toEqual([
      BigInt(callers),
      BigInt(callers),
    ]);
  });
});

describe('a full queue and a stream', () => {
  it('holds the stream back and never refuses it', async () => {
    const [, open] = rpcWires[0]!;
    const wires = [open(aggregator), open(aggregator)];
    async function* batches(stream: number) {
      for (let index = 0; index < 50; index += 1) {
        yield [
          {
            topic: 'held back',
            eventId: `${stream}-${index}`,
            content: { case: 'data' as const, value: new Uint8Array(600) },
          },
        ];
      }
    }
    const summaries = await Promise.all(wires.map((wire, stream) => wire.publishStream!(batches(stream))));
    expect(summaries.map(({ stored }) => stored)).toEqual([50n, 50n]);
    for (const wire of wires) wire.close();
  });
});

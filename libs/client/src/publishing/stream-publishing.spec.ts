import { create } from '@bufbuild/protobuf';
import { type Event, EventSchema, PublishSummarySchema } from '@oncelog/protocol';
import { describe, expect, it } from 'vitest';
import { OncelogClientError } from '../failures/client-error.ts';
import { defaultRetryPolicy } from '../calls/retry.ts';
import { publishStreaming } from './stream-publishing.ts';
import type { StreamCall, Wire } from '../wires/wire.ts';

const broken = new OncelogClientError('UNREACHABLE', 'broken');
const retry = { ...defaultRetryPolicy, delayBaseMs: 0, delayMaxMs: 0 };

/** Streams that keep what is written, and fail at the writes and finishes they are told to. */
function recordingWire(failures: { writes?: number[]; finishes?: number[]; lost?: number } = {}) {
  const streams: string[][] = [];
  let writes = 0;
  let finishes = 0;
  const openStream = (): StreamCall => {
    const ids: string[] = [];
    streams.push(ids);
    const { promise: ended, resolve, reject } = Promise.withResolvers<Awaited<StreamCall['ended']>>();
    ended.catch(() => {});
    return {
      ended,
      async write(events) {
        writes += 1;
        if (failures.writes?.includes(writes)) reject(broken);
        if (failures.writes?.includes(writes)) throw broken;
        ids.push(...events.map(({ eventId }) => eventId));
      },
      finish() {
        finishes += 1;
        if (failures.finishes?.includes(finishes)) reject(broken);
        else resolve(create(PublishSummarySchema, { received: BigInt(ids.length - (failures.lost ?? 0)) }));
        return ended;
      },
      cancel: () => {},
    };
  };
  const wire = { openStream, unary: async () => ({}) } as unknown as Wire;
  return { wire, streams };
}

function batch(...ids: number[]): Event[] {
  return ids.map((id) => create(EventSchema, { topic: 't', eventId: String(id) }));
}

function settings(eventsMax: number, ageMaxMs = 60_000) {
  return { retry, rotation: { eventsMax, ageMaxMs }, timeoutMs: 1000 };
}

describe('publishing by streams', () => {
  it('opens a new stream after the events of one', async () => {
    const { wire, streams } = recordingWire();
    await publishStreaming(wire, [batch(1, 2), batch(3), batch(4, 5, 6), batch(7)], settings(3), {});
    expect(streams).toEqual([['1', '2', '3'], ['4', '5', '6'], ['7']]);
  });

  it('resends exactly what no summary has confirmed', async () => {
    const { wire, streams } = recordingWire({ writes: [4] });
    const progress = await publishStreaming(wire, [batch(1), batch(2), batch(3), batch(4), batch(5)], settings(2), {});
    expect(streams).toEqual([['1', '2'], ['3'], ['3', '4'], ['5']]);
    expect(progress).toMatchObject({
      sent: 7,
      resent: 2,
      unconfirmed: 0,
      brokenStreams: 1,
      acknowledged: { received: 5 },
    });
  });

  it('resends a whole stream whose summary was lost', async () => {
    const { wire, streams } = recordingWire({ finishes: [1] });
    const progress = await publishStreaming(wire, [batch(1), batch(2)], settings(2), {});
    expect(streams).toEqual([
      ['1', '2'],
      ['1', '2'],
    ]);
    expect(progress).toMatchObject({ sent: 4, resent: 2 });
  });

  it('loses nothing that the source hands out while a stream breaks', async () => {
    const { wire, streams } = recordingWire({ finishes: [1] });
    const { promise: second, resolve } = Promise.withResolvers<void>();
    async function* source() {
      yield batch(1);
      await second;
      yield batch(2);
    }
    // The first stream ends by age while the source is idle, and its summary is lost.
    const onRetry = () => resolve();
    const progress = await publishStreaming(wire, source(), settings(100, 1), { onRetry });
    expect(new Set(streams.flat())).toEqual(new Set(['1', '2']));
    expect(progress).toMatchObject({ acknowledged: { received: 2 }, unconfirmed: 0 });
  });

  it('does not believe a summary that misses events', async () => {
    const { wire } = recordingWire({ lost: 1 });
    await expect(publishStreaming(wire, [batch(1, 2)], settings(2), {})).rejects.toThrow(
      'confirmed 1 events of a stream of 2',
    );
  });

  it('opens no stream for an empty source', async () => {
    const { wire, streams } = recordingWire();
    await publishStreaming(wire, [], settings(2), {});
    expect(streams).toEqual([]);
  });

  it('gives up when streams keep breaking', async () => {
    const { wire } = recordingWire({ finishes: Array.from({ length: 20 }, (_, index) => index + 1) });
    await expect(publishStreaming(wire, [batch(1)], settings(2), {})).rejects.toBe(broken);
  });

  it('sends nothing again before the aggregator answers', async () => {
    const { wire, streams } = recordingWire({ finishes: [1] });
    let probes = 0;
    wire.unary = async () => {
      probes += 1;
      if (probes < 4) throw broken;
      return {} as never;
    };
    const progress = await publishStreaming(wire, [batch(1, 2)], settings(2), {});
    expect(streams).toHaveLength(2);
    expect(progress).toMatchObject({ sent: 4, resent: 2, brokenStreams: 1 });
  });

  it('says what stays unconfirmed when it is stopped while the aggregator is away', async () => {
    const { wire } = recordingWire({ finishes: [1, 2] });
    const stopping = new AbortController();
    const progress = await publishStreaming(wire, [batch(1, 2)], settings(2), {
      signal: stopping.signal,
      onRetry: () => stopping.abort(),
    });
    expect(progress).toMatchObject({ acknowledged: { received: 0 }, unconfirmed: 2 });
  });
});

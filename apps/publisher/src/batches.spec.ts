import { describe, expect, it } from 'vitest';
import { batchesOf, batchSize } from './batches.ts';
import { createEventPlan } from './event-plan.ts';

const going = new AbortController().signal;

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

describe('a batch', () => {
  it('is as large as asked for', () => {
    expect(batchSize({ batch: 500, payloadBytes: 150, rate: 0 })).toBe(500);
  });

  it('never comes near the largest request', () => {
    const size = batchSize({ batch: 1000, payloadBytes: 262_144, rate: 0 });
    expect(size * 262_144).toBeLessThan(4 * 1024 * 1024);
    expect(size).toBeGreaterThanOrEqual(1);
  });

  it('is small under a low rate', () => {
    expect(batchSize({ batch: 500, payloadBytes: 150, rate: 200 })).toBe(20);
    expect(batchSize({ batch: 500, payloadBytes: 150, rate: 0.5 })).toBe(1);
  });
});

describe('the batches', () => {
  it('hold the plan in its order, the last one what is left', async () => {
    const plan = createEventPlan({ seed: 1, run: 'r', count: 1250, duplicates: 0.3, topics: ['a'], payloadBytes: 0 });
    const batches = await all(batchesOf(plan, { batch: 500, payloadBytes: 0, rate: 0 }, going));
    expect(batches.map((batch) => batch.length)).toEqual([500, 500, 250]);
    expect(batches.flat().map(({ eventId }) => eventId)).toEqual([...plan.numbers()].map((number) => `r-${number}`));
  });

  it('end when stopped', async () => {
    const plan = createEventPlan({ seed: 1, run: 'r', count: 1000, duplicates: 0, topics: ['a'], payloadBytes: 0 });
    expect(await all(batchesOf(plan, { batch: 1, payloadBytes: 0, rate: 1 }, AbortSignal.abort()))).toEqual([]);
  });
});

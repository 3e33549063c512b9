import { describe, expect, it } from 'vitest';
import {
  brokerOfTest,
  hasServices,
  isDrained,
  start,
  type Started,
  storeOfTest,
  untilStats,
} from './testing/aggregators-of-test.ts';

/** Publishes until it is refused, and says what was accepted. */
async function publishUntilRefused(one: Started, name: string): Promise<string[]> {
  const accepted: string[] = [];
  for (let first = 0; ; first += 50) {
    const ids = Array.from({ length: 50 }, (_, index) => `${name}-${first + index}`);
    const events = ids.map((id) => ({ topic: 't', event_id: id }));
    // A refusal, or a connection that nobody takes any more.
    const answer = await one.post('/publish', events).catch(() => undefined);
    if (answer?.status !== 202) return accepted;
    accepted.push(...ids);
  }
}

describe.runIf(hasServices)('a stop', () => {
  it('under load leaves nothing half done: what was accepted is stored, or waits for another worker', async () => {
    const places = ['--store', storeOfTest(), '--broker', brokerOfTest()];
    const serving = await start([...places, '--role', 'serve']);
    const one = await start(places);
    const publishing = ['a', 'b', 'c'].map((name) => publishUntilRefused(one, name));
    await untilStats(serving, ({ received }) => Number(received) > 500);
    await one.stop();
    const accepted = (await Promise.all(publishing)).flat();
    const left = (await serving.get('/stats')).json;
    expect(left).toMatchObject({ broker: { delivered_events: 0, dead_entries: 0 } });

    await start([...places, '--role', 'work']);
    const { unique_processed: stored, conflicts, duplicate_dropped: again } = await untilStats(serving, isDrained);
    expect(accepted.length).toBeGreaterThanOrEqual(500);
    // A batch whose answer was cut off is stored too.
    expect(stored).toBeGreaterThanOrEqual(accepted.length);
    expect([conflicts, again]).toEqual([0, 0]);
    for (let first = 0; first < accepted.length; first += 1000) {
      const events = accepted.slice(first, first + 1000).map((id) => ({ topic: 't', event_id: id }));
      const { json } = await serving.post('/check', events);
      for (const { status } of json['checked'] as { status: string }[]) expect(status).toBe('DUPLICATE');
    }
  });

  it('of a process that only works ends it while nothing comes', async () => {
    const places = ['--store', storeOfTest(), '--broker', brokerOfTest()];
    const worker = await start([...places, '--role', 'work']);
    await worker.stop();
    await expect(worker.get('/livez')).rejects.toThrow('fetch failed');
  });
});

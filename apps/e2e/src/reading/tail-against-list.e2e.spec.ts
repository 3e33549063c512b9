import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../launch/temporary-folder.ts';
import { runTailAgainstList } from './tail-against-list.ts';

/** A taste of the 100,000 events that `npm run test:faults` publishes. */
const events = 15_000;

describe('a subscriber that leaves and comes back at random', () => {
  it('is given exactly what the list shows, though the aggregator is killed with kill -9 in between', async () => {
    const folder = temporaryFolder();
    onTestFinished(() => folder[Symbol.dispose]());
    const report = await runTailAgainstList({
      dataDir: folder.path,
      events,
      writers: 4,
      subscribers: 3,
      kills: 1,
      seed: 1,
    });
    expect(report.listed).toHaveLength(events);
    for (const { heard, visits, cutOff } of report.subscribers) {
      expect(heard).toEqual(report.listed);
      expect(visits).toBeGreaterThan(3);
      expect(cutOff).toBeGreaterThan(0);
    }
  });
});

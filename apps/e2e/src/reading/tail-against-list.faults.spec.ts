import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../launch/temporary-folder.ts';
import { positionsOutOfOrder, runTailAgainstList, type TailAgainstListOptions } from './tail-against-list.ts';

function optionsOfTest(more: Pick<TailAgainstListOptions, 'events' | 'kills' | 'launch'>): TailAgainstListOptions {
  const folder = temporaryFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  return { dataDir: folder.path, writers: 8, subscribers: 4, seed: 20_261_121, ...more };
}

describe('four subscribers that leave and come back at random beside eight writers', () => {
  it('are given 100,000 events exactly as the list shows them, though kill -9 comes in between', async () => {
    const events = 100_000;
    const report = await runTailAgainstList(optionsOfTest({ events, kills: 3 }));
    const visits = report.subscribers.map((subscriber) => `${subscriber.visits} (${subscriber.cutOff} cut off)`);
    process.stdout.write(`tail against list: ${Math.round(report.seconds)} s, visits ${visits.join(', ')}\n`);
    expect(report.listed).toHaveLength(events);
    for (const { heard } of report.subscribers) expect(heard).toEqual(report.listed);
  });

  it('are found to have missed events of a store that shows positions out of order', async () => {
    const report = await runTailAgainstList(
      optionsOfTest({ events: 20_000, kills: 0, launch: { env: positionsOutOfOrder() } }),
    );
    expect(report.listed).toHaveLength(20_000);
    expect(report.subscribers.some(({ heard }) => heard.length < report.listed.length)).toBe(true);
  });
});

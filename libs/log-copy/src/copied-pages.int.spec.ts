import type { RawRow } from '@oncelog/store-sql';
import { openLogForCopy } from '@oncelog/store-sqlite';
import { expect, it, onTestFinished } from 'vitest';
import { pagesOf, readEntryPage } from './copied-pages.ts';
import { keyTable } from './copied-tables.ts';
import { createSampleLog } from './testing/sample-log.ts';

it.each([
  { eventsMax: 7, bytesMax: 1_000_000 },
  { eventsMax: 1000, bytesMax: 2000 },
  { eventsMax: 1, bytesMax: 1 },
])('pages of events hold each position once, within %o', async (limits) => {
  const { directory, events, erased } = await createSampleLog({ count: 200 });
  const { read, close } = await openLogForCopy(directory);
  onTestFinished(close);
  const positions = { keys: [] as unknown[], bodies: [] as unknown[], erased: [] as number[] };
  for (let [last, before] = [0, -1]; last > before;) {
    before = last;
    const page = await readEntryPage(read, last, limits);
    ({ last } = page);
    const sizes = page.bodies.map(({ content, attributes }) => {
      return (content as Uint8Array).length + Buffer.byteLength((attributes as string | null) ?? '');
    });
    expect(page.keys.length).toBeLessThanOrEqual(limits.eventsMax);
    if (sizes.length > 1) expect(sizes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(limits.bytesMax);
    positions.keys.push(...page.keys.map(({ position }) => position));
    positions.bodies.push(...page.bodies.map(({ position }) => position));
    positions.erased.push(...page.erased);
  }
  const all = events.map((_, index) => index + 1);
  expect(positions.keys).toEqual(all);
  expect(positions.erased).toHaveLength(erased.length);
  expect([...positions.bodies, ...positions.erased].toSorted((a, b) => Number(a) - Number(b))).toEqual(all);
});

it('pages of a table hold each row once', async () => {
  const { directory, events } = await createSampleLog({ count: 1100 });
  const { read, close } = await openLogForCopy(directory);
  onTestFinished(close);
  const pages: (readonly RawRow[])[] = [];
  for await (const page of pagesOf(read, keyTable)) pages.push(page);
  expect(pages.length).toBe(2);
  expect(pages.flat().map(({ position }) => position)).toEqual(events.map((_, index) => index + 1));
});

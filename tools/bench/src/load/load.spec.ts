import { describe, expect, it } from 'vitest';
import { createLoad, loadEventsMax, type LoadSpec } from './load.ts';

const spec: LoadSpec = {
  seed: 7,
  name: 'base',
  round: 1,
  count: 2000,
  repeats: 0.3,
  ids: 'random',
  contentBytes: 150,
  content: 'bytes',
};

function idsOf(changed: Partial<LoadSpec>): string[] {
  return createLoad({ ...spec, ...changed }).events.map(({ eventId }) => eventId);
}

describe('a load', () => {
  it.each([0, 0.3, 0.9])('of %f repeats has exactly so many', (repeats) => {
    const load = createLoad({ ...spec, repeats });
    expect(load.events).toHaveLength(2000);
    expect(load.repeats).toBe(2000 * repeats);
    expect(load.distinct).toBe(2000 - 2000 * repeats);
    expect(new Set(load.events.map(({ topic, eventId }) => `${topic}/${eventId}`)).size).toBe(load.distinct);
  });

  it('begins with an event that is no repeat, even when all but one are', () => {
    expect(createLoad({ ...spec, count: 10, repeats: 0.99 })).toMatchObject({ distinct: 1, repeats: 9 });
    expect(createLoad({ ...spec, count: 1, repeats: 0.9 })).toMatchObject({ distinct: 1, repeats: 0 });
  });

  it('repeats an event whole', () => {
    const { events } = createLoad(spec);
    const first = new Map(events.toReversed().map((event) => [event.eventId, event]));
    expect(events.filter((event) => first.get(event.eventId) !== event)).toEqual([]);
  });

  it('spreads its repeats over all of its length', () => {
    const seen = new Set<string>();
    const repeatedAt = idsOf({}).flatMap((id, index) => (seen.size === seen.add(id).size ? [index] : []));
    const inFirstHalf = repeatedAt.filter((index) => index < 1000).length;
    expect(inFirstHalf).toBeGreaterThan(240);
    expect(inFirstHalf).toBeLessThan(360);
  });

  it('is the same again for the same seed', () => {
    expect(createLoad(spec)).toEqual(createLoad(spec));
  });

  it.each([{ seed: 8 }, { name: 'other' }, { round: 2 }])('shares no id with that of another %o', (changed) => {
    const ids = new Set(idsOf({}));
    expect(idsOf(changed).filter((id) => ids.has(id))).toEqual([]);
  });

  it('is bounded', () => {
    expect(() => createLoad({ ...spec, count: loadEventsMax + 1 })).toThrow('at most');
  });
});

describe('ids', () => {
  it('at random are UUIDs of version 4, in no order', () => {
    const ids = idsOf({ repeats: 0 });
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(ids).not.toEqual(ids.toSorted());
  });

  it('in order are UUIDs of version 7 that ascend, from round to round too', () => {
    const ids = [...idsOf({ repeats: 0, ids: 'ordered' }), ...idsOf({ repeats: 0, ids: 'ordered', round: 2 })];
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(ids).toEqual(ids.toSorted());
  });
});

describe('content', () => {
  it.each([150, 2048])('of %i bytes is a JSON object of exactly so many', (contentBytes) => {
    for (const { content } of createLoad({ ...spec, contentBytes, count: 100 }).events) {
      expect(content).toHaveLength(contentBytes);
      expect(JSON.parse(content.toString())).toMatchObject({ text: expect.stringMatching(/^[a-z]+$/) });
    }
  });

  it('differs from event to event', () => {
    const { events } = createLoad({ ...spec, repeats: 0 });
    expect(new Set(events.map(({ content }) => content.toString().slice(30))).size).toBeGreaterThan(1800);
  });
});

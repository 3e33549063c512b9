import { EventSchema, type Event } from '@oncelog/client';
import { describe, expect, it } from 'vitest';
import { createEventPlan, type PlanSettings } from './event-plan.ts';

const settings: PlanSettings = {
  seed: 7,
  run: 'r',
  count: 5000,
  duplicates: 0.25,
  topics: ['a', 'b', 'c'],
  payloadBytes: 150,
};

function content(event: Event): string {
  return Buffer.from(event.content.value as Uint8Array).toString();
}

describe('the plan', () => {
  it.each([
    [5000, 0.25, 1250],
    [1, 0.25, 0],
    [1, 1, 0],
    [2, 1, 1],
    [10, 0.25, 3],
    [999, 1 / 3, 333],
    [1000, 0, 0],
    [1000, 1, 999],
  ])('of %i events with ratio %d has exactly %i repeats, each of an earlier event', (count, duplicates, repeats) => {
    const plan = createEventPlan({ ...settings, count, duplicates });
    const seen = new Set<number>();
    let repeated = 0;
    let sent = 0;
    for (const number of plan.numbers()) {
      sent += 1;
      if (seen.has(number)) repeated += 1;
      seen.add(number);
      // The next new number is always the next one up: a repeat can only be of an earlier event.
      expect(number).toBeLessThan(seen.size);
    }
    expect([sent, repeated, seen.size]).toEqual([count, repeats, plan.distinct]);
    expect(plan.repeats).toBe(repeats);
  });

  it('is the same for the same seed, byte for byte', () => {
    const [one, two] = [createEventPlan(settings), createEventPlan(settings)];
    const numbers = [...one.numbers()];
    expect([...two.numbers()]).toEqual(numbers);
    expect(numbers.slice(0, 100).map((number) => one.event(number))).toEqual(
      numbers.slice(0, 100).map((number) => two.event(number)),
    );
  });

  it('is another for another seed', () => {
    const other = createEventPlan({ ...settings, seed: 8 });
    expect([...other.numbers()]).not.toEqual([...createEventPlan(settings).numbers()]);
  });

  it('spreads repeats over the whole run', () => {
    const numbers = [...createEventPlan(settings).numbers()];
    const repeatsIn = (part: number[], before: Set<number>) =>
      part.filter((number) => before.has(number) || !before.add(number)).length;
    const seen = new Set<number>();
    const quarters = [0, 1, 2, 3].map((quarter) =>
      repeatsIn(numbers.slice(quarter * 1250, (quarter + 1) * 1250), seen),
    );
    for (const repeats of quarters) expect(repeats).toBeGreaterThan(200);
  });

  it('puts the run into every id and into the source', () => {
    const plan = createEventPlan({ ...settings, run: 'monday' });
    expect(plan.event(12)).toMatchObject({
      $typeName: EventSchema.typeName,
      eventId: 'monday-12',
      source: 'publisher-monday',
    });
  });

  it.each([0, 1, 24, 150, 262_144])('makes contents of %i bytes, or the shortest there is', (payloadBytes) => {
    const plan = createEventPlan({ ...settings, payloadBytes });
    const text = content(plan.event(3));
    expect(JSON.parse(text)).toMatchObject({ number: 3 });
    expect(text.length).toBe(Math.max(payloadBytes, '{"number":3,"text":""}'.length));
  });

  it('uses every topic', () => {
    const plan = createEventPlan(settings);
    const topics = new Set(Array.from({ length: 50 }, (_, number) => plan.event(number).topic));
    expect(topics).toEqual(new Set(settings.topics));
  });

  it('knows its own ids and no others', () => {
    const plan = createEventPlan(settings);
    expect(plan.numberOf('r-0')).toBe(0);
    expect(plan.numberOf(`r-${plan.distinct - 1}`)).toBe(plan.distinct - 1);
    for (const id of [`r-${plan.distinct}`, 'r-01', 'r-', 'r--1', 'x-1', 'r-1e2'])
      expect(plan.numberOf(id)).toBeUndefined();
  });
});

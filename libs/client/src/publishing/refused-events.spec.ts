import { describe, expect, it } from 'vitest';
import { OncelogClientError } from '../failures/client-error.ts';
import { refusedEvents } from './refused-events.ts';

function refusal(...fields: string[]): OncelogClientError {
  const violations = fields.map((field) => ({ field, description: 'is wrong' }));
  return new OncelogClientError('RULE_BROKEN', 'is wrong', { violations, outcome: 'none' });
}

describe('the events that a refusal blames', () => {
  it('are those that its violations name, each with its own path', () => {
    const wrong = refusedEvents(refusal('events[1].topic', 'events[3].event_id', 'events[1].source'), 5);
    expect([...wrong].map(([place, { message }]) => [place, message])).toEqual([
      [1, 'topic: is wrong'],
      [3, 'event_id: is wrong'],
    ]);
  });

  it('are none when it names none, but the only one there is', () => {
    expect(refusedEvents(refusal('events'), 2).size).toBe(0);
    expect([...refusedEvents(refusal('events'), 1).keys()]).toEqual([0]);
  });

  it('are none when it may pass, or something may be stored', () => {
    const full = new OncelogClientError('QUEUE_FULL', 'full', { outcome: 'none' });
    expect(refusedEvents(full, 1).size).toBe(0);
    expect(refusedEvents(refusal('events[0]').with({ outcome: 'unknown' }), 1).size).toBe(0);
  });
});

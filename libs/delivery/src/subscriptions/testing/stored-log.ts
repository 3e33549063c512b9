// A log in memory with subscriptions on it, for tests that look at how it is read.
import { defaultLimits, type Limits, type NewEvent } from '@oncelog/core';
import { sampleEvent } from '@oncelog/core/testing';
import { createMemoryEventStore } from '@oncelog/store-memory';
import { vi } from 'vitest';
import { createSubscriptions } from '../subscriptions.ts';

export function events(from: number, to: number, more: Partial<NewEvent> = {}): NewEvent[] {
  return Array.from({ length: to - from + 1 }, (_, index) => sampleEvent('t', `e${from + index}`, more));
}

export function positions(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

export function setUp(limits: Partial<Limits> = {}) {
  const store = createMemoryEventStore();
  const tail = vi.spyOn(store, 'tail');
  const subscriptions = createSubscriptions({ store, limits: { ...defaultLimits, ...limits } });
  return { store, tail, subscriptions };
}

/** Everything that could run without a new event has run. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

import { expect, it } from 'vitest';
import { windowEvents } from './session-window.ts';

it.each([
  [0, 16_000],
  [0.5, 16_000],
  [0.51, 15_000],
  [0.75, 8000],
  [0.9, 3000],
  [0.99, 1000],
  [1, 1000],
])('opens a window that fits a queue filled to %d: %d events', (fill, events) => {
  expect(windowEvents(fill)).toBe(events);
});

it('stays within its bounds when one batch alone overfills the queue', () => {
  expect(windowEvents(1.3)).toBe(1000);
});

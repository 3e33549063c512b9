import { getEventListeners } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { pause } from './pause.ts';

const hourMs = 3_600_000;

describe('a pause', () => {
  it('lasts as long as it is asked to', async () => {
    vi.useFakeTimers();
    let over = false;
    const waiting = pause(hourMs).then(() => (over = true));
    await vi.advanceTimersByTimeAsync(hourMs - 1);
    expect(over).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await waiting;
    expect(over).toBe(true);
    vi.useRealTimers();
  });

  it('is ended by an abort, before it begins and while it lasts', async () => {
    const aborting = new AbortController();
    const waiting = pause(hourMs, aborting.signal);
    aborting.abort();
    await waiting;
    await pause(hourMs, aborting.signal);
    expect(aborting.signal.aborted).toBe(true);
  });

  it('leaves nothing behind on the signal', async () => {
    const { signal } = new AbortController();
    await pause(0, signal);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { OncelogClientError } from '../failures/client-error.ts';
import { Backoff, backoffDelayMs, type RetryPolicy, withRetries } from './retry.ts';

const policy: RetryPolicy = { attemptsMax: 4, totalMs: 10_000, delayBaseMs: 50, delayMaxMs: 500 };
const instant: RetryPolicy = { ...policy, delayBaseMs: 0, delayMaxMs: 0 };
const busy = new OncelogClientError('QUEUE_FULL', 'full', { outcome: 'none' });

describe('the backoff', () => {
  it('doubles its bound up to the maximum', () => {
    const bounds = [1, 2, 3, 4, 5, 6, 60].map((failures) => backoffDelayMs(policy, failures, 0, () => 1));
    expect(bounds).toEqual([50, 100, 200, 400, 500, 500, 500]);
  });

  it('spreads over everything from zero to the bound', () => {
    expect(backoffDelayMs(policy, 3, 0, () => 0)).toBe(0);
    expect(backoffDelayMs(policy, 3, 0, () => 0.5)).toBe(100);
  });

  it('waits at least as long as the server asks', () => {
    expect(backoffDelayMs(policy, 1, 1500, () => 0)).toBe(1500);
    expect(backoffDelayMs(policy, 1, 1500, () => 1)).toBe(1550);
  });
});

describe('retrying', () => {
  it('tries again until it succeeds', async () => {
    let attempts = 0;
    const attempt = async () => {
      attempts += 1;
      if (attempts < 3) throw busy;
      return attempts;
    };
    expect(await withRetries(new Backoff(instant), undefined, attempt)).toBe(3);
  });

  it('stops at the number of attempts', async () => {
    let attempts = 0;
    const attempt = async () => {
      attempts += 1;
      throw busy;
    };
    await expect(withRetries(new Backoff(instant), undefined, attempt)).rejects.toBe(busy);
    expect(attempts).toBe(policy.attemptsMax);
  });

  it('does not start an attempt after the time it has', async () => {
    const slow = new OncelogClientError('QUEUE_FULL', 'full', { retryAfterMs: 20_000 });
    let attempts = 0;
    const attempt = async () => {
      attempts += 1;
      throw slow;
    };
    await expect(withRetries(new Backoff(policy), undefined, attempt)).rejects.toBe(slow);
    expect(attempts).toBe(1);
  });

  it('gives the first attempt what it needs, and a repeat what is left since the start', async () => {
    const given: number[] = [];
    const startedAtMs = performance.now() - 9000;
    const attempt = async (timeLeftMs: number) => {
      given.push(timeLeftMs);
      if (given.length === 1) throw busy;
    };
    await withRetries(new Backoff(instant, undefined, startedAtMs), undefined, attempt);
    expect(given[0]).toBe(Number.POSITIVE_INFINITY);
    expect(given[1]).toBeGreaterThan(0);
    expect(given[1]).toBeLessThanOrEqual(1000);
  });

  it('does not start a repeat when the first attempt has used up the time', async () => {
    let attempts = 0;
    const attempt = async () => {
      attempts += 1;
      throw busy;
    };
    const backoff = new Backoff(instant, undefined, performance.now() - instant.totalMs - 1);
    await expect(withRetries(backoff, undefined, attempt)).rejects.toBe(busy);
    expect(attempts).toBe(1);
  });

  it('does not repeat what can never succeed', async () => {
    for (const failure of [new OncelogClientError('RULE_BROKEN', 'no'), new TypeError('a fault')]) {
      let attempts = 0;
      const attempt = async () => {
        attempts += 1;
        throw failure;
      };
      await expect(withRetries(new Backoff(instant), undefined, attempt)).rejects.toBe(failure);
      expect(attempts).toBe(1);
    }
  });

  it('counts anew after a success', async () => {
    const backoff = new Backoff({ ...instant, attemptsMax: 2 });
    await backoff.wait(busy);
    await expect(backoff.wait(busy)).rejects.toBe(busy);
    backoff.reset();
    await expect(backoff.wait(busy)).resolves.toBeUndefined();
  });

  it('waits for the addresses, not between them', async () => {
    const waits: number[] = [];
    const slow = { ...policy, attemptsMax: 100, delayBaseMs: 1, delayMaxMs: 1 };
    const backoff = new Backoff(slow, (_, waitMs) => waits.push(waitMs));
    const here = busy.with({ retryAfterMs: 5, elsewhere: 2 });
    for (let failures = 0; failures < 7; failures += 1) await backoff.wait(here);
    // Of three addresses: two others at once, then the time that the server asks for.
    expect(waits.map((waitMs) => waitMs > 0)).toEqual([false, false, true, false, false, true, false]);
  });

  it('counts an attempt at another address as one', async () => {
    const backoff = new Backoff({ ...policy, attemptsMax: 2 });
    const here = busy.with({ elsewhere: 5 });
    await backoff.wait(here);
    await expect(backoff.wait(here)).rejects.toBe(here);
    await expect(new Backoff({ ...policy, attemptsMax: 1 }).wait(here)).rejects.toBe(here);
  });

  it('is cut short by an abort', async () => {
    const long = { ...policy, delayBaseMs: 3_600_000, delayMaxMs: 3_600_000, totalMs: Number.POSITIVE_INFINITY };
    await expect(new Backoff(long).wait(busy, AbortSignal.abort())).resolves.toBeUndefined();
  });
});

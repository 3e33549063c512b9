import type { MessageInitShape } from '@bufbuild/protobuf';
import type { SubscribeRequestSchema, SubscribeResponseSchema } from '@oncelog/protocol';
import { describe, expect, it } from 'vitest';
import { OncelogClientError } from '../failures/client-error.ts';
import { defaultRetryPolicy } from '../calls/retry.ts';
import { type SubscribeOptions, Subscription } from './subscription.ts';
import { ScriptedCalls, silence } from '../testing/scripted-calls.ts';

type Answer = MessageInitShape<typeof SubscribeResponseSchema>;
type Calls = ScriptedCalls<typeof SubscribeRequestSchema, typeof SubscribeResponseSchema>;

const retry = { ...defaultRetryPolicy, delayBaseMs: 0, delayMaxMs: 0 };

function batch(position: number): Answer {
  const event = { topic: 'orders', eventId: `e${position}` };
  const stored = { event, position: BigInt(position), cursor: `c${position}` };
  return {
    message: {
      case: 'batch',
      value: { entries: [{ entry: { case: 'event', value: stored } }], cursor: stored.cursor },
    },
  };
}

const progress = (cursor: string): Answer => ({ message: { case: 'progress', value: { cursor } } });

function scripted(
  answer: ConstructorParameters<typeof ScriptedCalls<typeof SubscribeRequestSchema, typeof SubscribeResponseSchema>>[0],
): Calls {
  return new ScriptedCalls(answer);
}

function subscribe({ wire }: Calls, options: SubscribeOptions = {}): Subscription {
  return new Subscription(wire, options, retry);
}

describe('leaving a subscription', () => {
  const waiting = () =>
    scripted(async function* ({ signal }) {
      yield batch(1);
      await silence(signal);
    });

  it('ends the call when the loop is left', async () => {
    const calls = waiting();
    for await (const _ of subscribe(calls)) break;
    expect([calls.open, calls.calls[0]?.signal.aborted]).toEqual([0, true]);
  });

  it('ends the call when a callback throws', async () => {
    const calls = scripted(() => [batch(1), progress('c2'), batch(3)]);
    const subscription = subscribe(calls, {
      onProgress() {
        throw new TypeError('a fault of the caller');
      },
    });
    await subscription.next();
    await expect(subscription.next()).rejects.toThrow('a fault of the caller');
    expect(calls.open).toBe(0);
  });

  it('ends a loop that waits, quietly, when it is closed', async () => {
    const calls = waiting();
    const subscription = subscribe(calls);
    await subscription.next();
    const next = subscription.next();
    subscription.close();
    expect(await next).toEqual({ done: true, value: undefined });
    expect([calls.open, calls.calls.length]).toEqual([0, 1]);
  });

  it('ends a loop that waits with CANCELLED when its signal is raised', async () => {
    const calls = waiting();
    const stopping = new AbortController();
    const subscription = subscribe(calls, { signal: stopping.signal });
    await subscription.next();
    const next = subscription.next();
    stopping.abort();
    await expect(next).rejects.toMatchObject({ code: 'CANCELLED' });
    expect([calls.open, calls.calls.length]).toEqual([0, 1]);
  });

  it('makes no call at all when its signal is raised before', async () => {
    const calls = waiting();
    await expect(subscribe(calls, { signal: AbortSignal.abort() }).next()).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(calls.calls).toHaveLength(0);
  });

  it('cuts short the wait before the next attempt', async () => {
    const calls = scripted(() => {
      throw new OncelogClientError('SHUTTING_DOWN', 'later', { retryAfterMs: 3_600_000 });
    });
    const { promise: failed, resolve } = Promise.withResolvers<void>();
    const subscription = subscribe(calls, { onReconnect: () => resolve() });
    await failed;
    const ready = subscription.ready;
    subscription.close();
    await expect(ready).rejects.toMatchObject({ code: 'CANCELLED', message: 'closed before it was ready' });
  });
});

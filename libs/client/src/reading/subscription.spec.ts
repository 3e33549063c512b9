import type { MessageInitShape } from '@bufbuild/protobuf';
import { StartPosition, type SubscribeRequestSchema, type SubscribeResponseSchema } from '@oncelog/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { OncelogClientError } from '../failures/client-error.ts';
import { defaultRetryPolicy } from '../calls/retry.ts';
import { type SubscribeOptions, Subscription } from './subscription.ts';
import { ScriptedCalls, silence } from '../testing/scripted-calls.ts';

type Answer = MessageInitShape<typeof SubscribeResponseSchema>;
type Calls = ScriptedCalls<typeof SubscribeRequestSchema, typeof SubscribeResponseSchema>;
type Call = Calls['calls'][number];

const retry = { ...defaultRetryPolicy, delayBaseMs: 0, delayMaxMs: 0 };
const broken = () => new OncelogClientError('UNREACHABLE', 'broken');

function entry(position: number) {
  const event = { topic: 'orders', eventId: `e${position}` };
  return { entry: { case: 'event' as const, value: { event, position: BigInt(position), cursor: `c${position}` } } };
}

function batch(from: number, to: number, cursor = `c${to}`): Answer {
  const entries = Array.from({ length: to - from + 1 }, (_, index) => entry(from + index));
  return { message: { case: 'batch', value: { entries, cursor } } };
}

const caughtUp = (cursor: string): Answer => ({ message: { case: 'caughtUp', value: { cursor } } });
const progress = (cursor: string): Answer => ({ message: { case: 'progress', value: { cursor } } });

function scripted(answer: (call: Call, index: number) => AsyncIterable<Answer> | Iterable<Answer>): Calls {
  return new ScriptedCalls(answer);
}

function subscribe({ wire }: Calls, options: SubscribeOptions = {}): Subscription {
  return new Subscription(wire, options, retry);
}

async function positionsOf(subscription: Subscription): Promise<number[]> {
  const positions = [];
  for await (const { position } of subscription) positions.push(Number(position));
  return positions;
}

afterEach(() => void vi.useRealTimers());

describe('a subscription', () => {
  it('hands out what passes the filter, and its cursor goes along', async () => {
    const calls = scripted(() => [batch(1, 2), progress('c7'), caughtUp('c9')]);
    const filter = { topics: ['a'], topicPrefixes: ['b.'], sources: ['s'], attributes: { k: 'v' } };
    const subscription = subscribe(calls, { ...filter, endWhenCaughtUp: true });
    const cursors = [];
    for await (const { eventId } of subscription) cursors.push([eventId, subscription.cursor]);
    expect(cursors).toEqual([
      ['e1', 'c1'],
      ['e2', 'c2'],
    ]);
    expect(subscription.cursor).toBe('c9');
    expect(calls.calls[0]?.request).toMatchObject({ filter, after: '', start: StartPosition.BEGINNING });
  });

  it('hands out what is left of an erased event', async () => {
    const erased = { topic: 'orders', eventId: 'e1', position: 1n, cursor: 'c1' };
    const entries = [{ entry: { case: 'erased' as const, value: erased } }];
    const calls = scripted(() => [{ message: { case: 'batch', value: { entries, cursor: 'c1' } } }]);
    const { value } = await subscribe(calls).next();
    expect(value).toMatchObject({ kind: 'erased', topic: 'orders', eventId: 'e1', position: 1n, cursor: 'c1' });
  });

  it('begins behind a cursor, and says nothing of a start then', async () => {
    const calls = scripted(() => [batch(6, 6)]);
    await subscribe(calls, { after: 'c5', start: 'now' }).next();
    expect(calls.calls[0]?.request).toMatchObject({ after: 'c5', start: StartPosition.UNSPECIFIED });
  });

  it('reads nothing ahead of what is asked for', async () => {
    const calls = scripted(() => [batch(1, 2), batch(3, 4), batch(5, 6)]);
    const subscription = subscribe(calls);
    await subscription.ready;
    expect([await positionOf(subscription), await positionOf(subscription), calls.taken]).toEqual([1, 2, 1]);
    expect([await positionOf(subscription), calls.taken]).toEqual([3, 2]);
  });

  it('says when all that was stored has been handed out, once', async () => {
    const told: string[] = [];
    const calls = scripted(() => [batch(1, 2), caughtUp('c2'), progress('c3'), caughtUp('c4'), batch(5, 5)]);
    const subscription = subscribe(calls, {
      onCaughtUp: (cursor) => told.push(`caught up at ${cursor}`),
      onProgress: (cursor) => told.push(`at ${cursor}`),
    });
    for (let n = 0; n < 3; n += 1) told.push(`entry ${await positionOf(subscription)}`);
    expect(told).toEqual(['entry 1', 'entry 2', 'caught up at c2', 'at c3', 'at c4', 'entry 5']);
  });
});

describe('a subscription whose connection breaks', () => {
  it('goes on behind the last entry it handed out: no gap and no repeat, wherever it breaks', async () => {
    const count = 60;
    let broke = 0;
    // A log of 60 events in batches of 3; every call but the last breaks, in turn behind 0, 1, 2 … answers.
    const calls = scripted(function* ({ request: { after } }, index) {
      let position = Number(after.slice(1) || 0);
      for (let answers = 0; position < count; answers += 1) {
        if (index < 12 && answers === index % 4) {
          broke += 1;
          throw broken();
        }
        const to = Math.min(count, position + 3);
        yield batch(position + 1, to);
        position = to;
      }
      yield caughtUp(`c${count}`);
    });
    const positions = await positionsOf(subscribe(calls, { endWhenCaughtUp: true }));
    expect(positions).toEqual(Array.from({ length: count }, (_, index) => index + 1));
    expect(broke).toBe(12);
  });

  it('goes on from a place that only progress has told', async () => {
    const calls = scripted(function* (_, index) {
      yield index === 0 ? progress('c70') : batch(71, 71);
      throw broken();
    });
    expect(await positionOf(subscribe(calls))).toBe(71);
    expect(calls.calls[1]?.request).toMatchObject({ after: 'c70', start: StartPosition.UNSPECIFIED });
  });

  it('does not look again at what a batch has passed over', async () => {
    const calls = scripted(function* (_, index) {
      yield index === 0 ? batch(1, 2, 'c50') : batch(51, 51);
      throw broken();
    });
    const subscription = subscribe(calls);
    for (const position of [1, 2, 51]) expect(await positionOf(subscription)).toBe(position);
    expect(calls.calls[1]?.request.after).toBe('c50');
  });

  it('asks for "now" until its place is fixed, and never again', async () => {
    const calls = scripted(function* (_, index) {
      if (index === 0) throw broken();
      yield index === 1 ? caughtUp('c9') : batch(10, 10);
      throw broken();
    });
    const subscription = subscribe(calls, { start: 'now' });
    await subscription.ready;
    expect(subscription.cursor).toBe('c9');
    expect(await positionOf(subscription)).toBe(10);
    expect(calls.calls.map(({ request: { after, start } }) => [after, start])).toEqual([
      ['', StartPosition.NOW],
      ['', StartPosition.NOW],
      ['c9', StartPosition.UNSPECIFIED],
    ]);
  });

  it('misses nothing that was stored since "now", even if nothing was stored before', async () => {
    const calls = scripted(function* (_, index) {
      yield index === 0 ? caughtUp('') : batch(1, 1);
      throw broken();
    });
    expect(await positionOf(subscribe(calls, { start: 'now' }))).toBe(1);
    expect(calls.calls[1]?.request).toMatchObject({ after: '', start: StartPosition.BEGINNING });
  });

  it('takes an end without a word for a break, also where the end is asked for', async () => {
    const calls = scripted((_, index) => (index === 0 ? [batch(1, 1)] : [batch(2, 2), caughtUp('c2')]));
    expect(await positionsOf(subscribe(calls, { endWhenCaughtUp: true }))).toEqual([1, 2]);
  });

  it('says why, each time', async () => {
    const reasons: string[] = [];
    const calls = scripted(function* (_, index) {
      if (index < 3) throw broken();
      yield batch(1, 1);
    });
    await subscribe(calls, { onReconnect: ({ code }) => reasons.push(code) }).next();
    expect(reasons).toEqual(['UNREACHABLE', 'UNREACHABLE', 'UNREACHABLE']);
  });

  it('throws what trying again cannot help, and is over', async () => {
    const calls = scripted(function* () {
      yield batch(1, 1);
      throw new OncelogClientError('CURSOR_EXPIRED', 'gone', { cursor: 'c100' });
    });
    const subscription = subscribe(calls);
    await subscription.next();
    await expect(subscription.next()).rejects.toMatchObject({
      code: 'CURSOR_EXPIRED',
      cursor: 'c100',
      outcome: 'none',
    });
    expect(await subscription.next()).toEqual({ done: true, value: undefined });
    expect([calls.calls.length, subscription.cursor]).toEqual([1, 'c1']);
  });

  it('tells a refusal to who waits until it is ready', async () => {
    const calls = scripted(() => {
      throw new OncelogClientError('RULE_BROKEN', 'no such cursor');
    });
    await expect(subscribe(calls).ready).rejects.toMatchObject({ code: 'RULE_BROKEN' });
  });

  it('does not wait for one that is silent longer than its heartbeat allows', async () => {
    vi.useFakeTimers();
    const reasons: string[] = [];
    const calls = scripted(async function* ({ signal }, index) {
      yield index === 0 ? caughtUp('c1') : batch(2, 2);
      await silence(signal);
    });
    const subscription = subscribe(calls, { heartbeatMs: 4000, onReconnect: ({ message }) => reasons.push(message) });
    await subscription.ready;
    const next = subscription.next();
    await vi.advanceTimersByTimeAsync(9999);
    expect(reasons).toEqual([]);
    await vi.advanceTimersByTimeAsync(2);
    expect(await next).toMatchObject({ value: { position: 2n } });
    expect(reasons).toEqual(['nothing heard for 10 s, where a sign of life comes every 4 s']);
    expect(calls.open).toBe(1);
  });

  it('is not taken for silent while nobody asks for more', async () => {
    vi.useFakeTimers();
    const calls = scripted(async function* ({ signal }) {
      yield batch(1, 1);
      yield batch(2, 2);
      await silence(signal);
    });
    const subscription = subscribe(calls, { heartbeatMs: 1000 });
    await subscription.next();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await positionOf(subscription)).toBe(2);
    expect(calls.calls).toHaveLength(1);
  });
});

async function positionOf(subscription: Subscription): Promise<number> {
  const { value } = await subscription.next();
  return Number(value?.position);
}

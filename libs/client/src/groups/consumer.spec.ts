import type { MessageInitShape } from '@bufbuild/protobuf';
import type { StreamingPullRequestSchema, StreamingPullResponseSchema } from '@oncelog/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OncelogClientError } from '../failures/client-error.ts';
import { type ConsumeOptions, Consumer, type ConsumerCalls, type Handler } from './consumer.ts';
import type { Group } from './consumer-group.ts';
import type { SettleResult } from './delivery.ts';
import type { CallSettings } from '../oncelog-client.ts';
import { defaultRetryPolicy } from '../calls/retry.ts';
import { ScriptedCalls, silence } from '../testing/scripted-calls.ts';

type Answer = MessageInitShape<typeof StreamingPullResponseSchema>;
type Calls = ScriptedCalls<typeof StreamingPullRequestSchema, typeof StreamingPullResponseSchema>;

const retry = { ...defaultRetryPolicy, delayBaseMs: 0, delayMaxMs: 0 };
const leaseMs = 30_000;
const broken = () => new OncelogClientError('UNREACHABLE', 'broken');

/** What the group was told, in the order in which it was. */
let told: string[];
let stopping: AbortController;
let streams: Calls;

beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  stopping = new AbortController();
});

afterEach(() => void vi.useRealTimers());

function deliveries(from: number, to: number, attempt = 1): Answer {
  return {
    deliveries: Array.from({ length: to - from + 1 }, (_, index) => {
      const position = from + index;
      const event = { topic: 'orders', eventId: `e${position}` };
      const entry = { entry: { case: 'event' as const, value: { event, position: BigInt(position) } } };
      return { entry, deliveryId: `d${position}`, attempt };
    }),
  };
}

interface Script {
  /** For each stream in turn; the last one stays open. */
  readonly streams: readonly (Answer | 'breaks')[][];
  readonly calls?: Partial<ConsumerCalls>;
}

function consume(script: Script, handler: Handler, options: ConsumeOptions = {}): Promise<void> {
  streams = new ScriptedCalls(async function* ({ signal }, index) {
    for (const answer of script.streams[index] ?? []) {
      if (answer === 'breaks') throw broken();
      yield answer;
    }
    await silence(signal);
  });
  const answered =
    (what: string) =>
    async (_group: string, ids: readonly string[], { signal }: CallSettings = {}) => {
      if (signal?.aborted) throw new OncelogClientError('CANCELLED', 'left');
      told.push(`${what} ${ids.join(' ')}`);
      return ids.map((): SettleResult => 'done');
    };
  const calls: ConsumerCalls = {
    wire: streams.wire,
    groups: { get: async () => ({ leaseMs }) as Group },
    acknowledge: answered('ack'),
    async reject(_group, ids, { delayMs, reason } = {}) {
      told.push(`reject ${ids.join(' ')} for ${delayMs}: ${reason}`);
      return ids.map(() => 'done');
    },
    extendLease: answered('extend'),
    retry,
    ...script.calls,
  };
  return new Consumer(calls, 'workers', handler, { signal: stopping.signal, ...options }).run();
}

/** Lets everything happen that waits for no more than a few milliseconds. */
const settle = () => vi.advanceTimersByTimeAsync(20);

function heldHandlers() {
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const handler: Handler = ({ eventId }) => {
    started.push(eventId);
    return new Promise<void>((resolve) => ends.set(eventId, resolve));
  };
  return { started, handler, end: (...ids: string[]) => ids.forEach((id) => ends.get(id)!()) };
}

describe('consuming', () => {
  it('acknowledges what its handler has returned from, many at a time', async () => {
    const seen: unknown[] = [];
    const running = consume({ streams: [[deliveries(1, 3), deliveries(4, 4, 2)]] }, ({ eventId }, { attempt }) =>
      seen.push([eventId, attempt]),
    );
    await settle();
    expect(seen).toEqual([
      ['e1', 1],
      ['e2', 1],
      ['e3', 1],
      ['e4', 2],
    ]);
    expect(told).toEqual(['ack d1 d2 d3 d4']);
    stopping.abort();
    await running;
  });

  it('acknowledges nothing before its handler has returned', async () => {
    const { handler, end } = heldHandlers();
    const running = consume({ streams: [[deliveries(1, 1)]] }, handler);
    await settle();
    expect(told).toEqual([]);
    end('e1');
    await settle();
    expect(told).toEqual(['ack d1']);
    stopping.abort();
    await running;
  });

  it('runs as many handlers at a time as it may, and asks for a window that keeps them busy', async () => {
    const { handler, started, end } = heldHandlers();
    const running = consume({ streams: [[deliveries(1, 20)]] }, handler, { concurrency: 8 });
    await settle();
    expect(started).toHaveLength(8);
    end('e3', 'e5');
    await settle();
    expect(started.slice(8)).toEqual(['e9', 'e10']);
    expect(streams.calls[0]?.request).toMatchObject({ group: 'workers', windowEvents: 16 });
    stopping.abort();
    end(...started.filter((id) => id !== 'e3' && id !== 'e5'));
    await settle();
    await running;
  });

  it('rejects what its handler throws at, with the reason and a delay that grows', async () => {
    const errors: unknown[] = [];
    const running = consume(
      { streams: [[deliveries(1, 1, 1), deliveries(2, 2, 3)]] },
      ({ eventId }) => {
        throw new Error(`cannot do ${eventId}`);
      },
      { rejectDelayMs: (attempt) => attempt * 100, onHandlerError: (_, { eventId }, n) => errors.push([eventId, n]) },
    );
    await settle();
    expect(told).toEqual(['reject d1 for 100: cannot do e1', 'reject d2 for 300: cannot do e2']);
    expect(errors).toEqual([
      ['e1', 1],
      ['e2', 3],
    ]);
    stopping.abort();
    await running;
  });

  it('keeps the leases of what runs and of what waits for its handler', async () => {
    const { handler, started, end } = heldHandlers();
    const running = consume({ streams: [[deliveries(1, 3)]] }, handler);
    await vi.advanceTimersByTimeAsync(leaseMs);
    expect(started).toEqual(['e1']);
    expect(told).toContain('extend d1 d2 d3');
    stopping.abort();
    end('e1');
    await settle();
    await running;
    told.length = 0;
    await vi.advanceTimersByTimeAsync(leaseMs);
    expect(told).toEqual([]);
  });

  it('tells a handler that its lease is lost, and does not start one for an event that others have', async () => {
    const signals: AbortSignal[] = [];
    const { handler, started, end } = heldHandlers();
    const lost = async (_group: string, ids: readonly string[]) => ids.map((): SettleResult => 'lease-lost');
    const running = consume({ streams: [[deliveries(1, 2)]], calls: { extendLease: lost } }, (entry, handling) => {
      signals.push(handling.signal);
      return handler(entry, handling);
    });
    await vi.advanceTimersByTimeAsync(leaseMs / 2);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    end('e1');
    await settle();
    expect([started, told]).toEqual([['e1'], ['ack d1']]);
    stopping.abort();
    await running;
  });

  it('goes on after its stream broke, and settles what it has from before', async () => {
    const { handler, end } = heldHandlers();
    const script: Script = { streams: [[deliveries(1, 2), 'breaks'], ['breaks'], [deliveries(3, 3)]] };
    const running = consume(script, handler, { concurrency: 3 });
    await settle();
    end('e1', 'e2', 'e3');
    await settle();
    expect(told).toEqual(['ack d1 d2 d3']);
    stopping.abort();
    await running;
  });

  it('acknowledges until it is heard', async () => {
    let failures = 0;
    const acknowledge = async (_group: string, ids: readonly string[]) => {
      failures += 1;
      if (failures < 30) throw broken();
      told.push(`ack ${ids.join(' ')}`);
      return ids.map((): SettleResult => 'done');
    };
    const running = consume({ streams: [[deliveries(1, 1)]], calls: { acknowledge } }, () => {});
    await vi.advanceTimersByTimeAsync(200);
    expect(told).toEqual(['ack d1']);
    stopping.abort();
    await running;
  });
});

describe('a consumer that is stopped', () => {
  it('lets running handlers end, acknowledges them, and gives the rest back', async () => {
    const { handler, started, end } = heldHandlers();
    const running = consume({ streams: [[deliveries(1, 4)]] }, handler, { concurrency: 2 });
    await settle();
    let isOver = false;
    void running.then(() => (isOver = true));
    stopping.abort();
    await settle();
    expect([isOver, streams.open]).toEqual([false, 0]);
    expect(told).toEqual(['reject d3 d4 for undefined: the member left before it was handled']);
    await vi.advanceTimersByTimeAsync(leaseMs - 1);
    end('e1', 'e2');
    await settle();
    await running;
    expect(started).toEqual(['e1', 'e2']);
    expect(told).toContain('extend d1 d2');
    expect(told.at(-1)).toBe('ack d1 d2');
  });

  it('before it has begun ends without a word', async () => {
    stopping.abort();
    await expect(consume({ streams: [[]] }, () => {})).resolves.toBeUndefined();
    expect(streams.calls).toEqual([]);
  });

  it('says so when what it has done cannot be acknowledged any more', async () => {
    const acknowledge: ConsumerCalls['acknowledge'] = async (_group, _ids, { signal } = {}) => {
      throw signal?.aborted ? new OncelogClientError('CANCELLED', 'left') : broken();
    };
    const slow = { ...retry, delayBaseMs: 100, delayMaxMs: 100 };
    const script: Script = { streams: [[deliveries(1, 1)]], calls: { acknowledge, retry: slow } };
    const running = consume(script, () => {});
    await settle();
    stopping.abort();
    const failure = running.then(undefined, (error: unknown) => error);
    await vi.advanceTimersByTimeAsync(11_000);
    expect(await failure).toMatchObject({ code: 'TIMED_OUT', message: expect.stringContaining('it comes again') });
  });
});

describe('a fault of the caller', () => {
  it.each(['onHandlerError', 'rejectDelayMs'] as const)('in %s ends the consumer with it', async (callback) => {
    const faulty = () => {
      throw new TypeError('a fault');
    };
    const running = consume({ streams: [[deliveries(1, 3)]] }, faulty, { [callback]: faulty });
    const failure = running.then(undefined, (error: unknown) => error);
    await settle();
    expect(await failure).toMatchObject({ message: 'a fault' });
    expect(streams.open).toBe(0);
  });
});

describe('a group that is gone', () => {
  it('ends the consumer with what to do, after its handlers', async () => {
    const { handler, end } = heldHandlers();
    const gone = new OncelogClientError('NOT_FOUND', 'no such group');
    const wire = new ScriptedCalls<typeof StreamingPullRequestSchema, typeof StreamingPullResponseSchema>(function* () {
      yield deliveries(1, 1);
      throw gone;
    }).wire;
    const running = consume({ streams: [], calls: { wire } }, handler);
    const failure = running.then(undefined, (error: unknown) => error);
    await settle();
    end('e1');
    await settle();
    expect(await failure).toMatchObject({ code: 'NOT_FOUND' });
    expect(told).toEqual(['ack d1']);
  });

  it('is told before anything is pulled', async () => {
    const running = consume({ streams: [[]], calls: { groups: { get: async () => undefined } } }, () => {});
    await expect(running).rejects.toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('create it') });
    expect(streams.calls).toEqual([]);
  });
});

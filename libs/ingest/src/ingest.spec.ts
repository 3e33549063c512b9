import { defaultLimits, emptyContent, type EventStore, type NewEvent, OncelogError, type Outcome } from '@oncelog/core';
import { describe, expect, it } from 'vitest';
import { createIngest, type Ingest } from './ingest.ts';

const refuse = { eventsMax: 1000, whenFull: 'refuse' } as const;
const wait = { eventsMax: 1000, whenFull: 'wait' } as const;

/** Content that alone takes this many bytes of the queue. */
function event(eventId: string, contentBytes = 2): NewEvent {
  return {
    topic: 't',
    eventId,
    source: '',
    content: { ...emptyContent, bytes: new Uint8Array(contentBytes).fill(0x20) },
  };
}

/** The port with a gate: commits wait until it opens, and what they hold is on record. */
function gatedStore() {
  const committed: string[] = [];
  let open: () => void = () => {};
  let gate = Promise.resolve();
  let calls = 0;
  const commit = async (batches: readonly (readonly NewEvent[])[]): Promise<Outcome[][]> => {
    calls += 1;
    await gate;
    return batches.map((events) =>
      events.map(({ eventId }) => {
        committed.push(eventId);
        return { status: 'stored', position: committed.length, storedTimeMs: 0 };
      }),
    );
  };
  const store = {
    startGroup() {
      const batches: (readonly NewEvent[])[] = [];
      return { add: (events: readonly NewEvent[]) => void batches.push(events), commit: () => commit(batches) };
    },
  } as unknown as EventStore;
  return {
    store,
    committed,
    calls: () => calls,
    close: () => (gate = new Promise((resolve) => (open = resolve))),
    open: () => open(),
  };
}

function ingestOf(store: EventStore, limits = {}): Ingest {
  return createIngest({ log: store, limits: { ...defaultLimits, ...limits } });
}

async function failureOf(promise: Promise<unknown>): Promise<OncelogError> {
  const error = await promise.then(
    () => expect.fail('it was expected to be refused'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(OncelogError);
  return error as OncelogError;
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe('publish', () => {
  it('answers one outcome per event, in request order', async () => {
    const { store, committed } = gatedStore();
    const outcomes = await ingestOf(store).publish([event('a'), event('b'), event('c')], refuse);
    expect(outcomes.map(({ position }) => position)).toEqual([1, 2, 3]);
    expect(committed).toEqual(['a', 'b', 'c']);
  });

  it('says how full its queue is until the commit ends', async () => {
    const { store, close, open } = gatedStore();
    close();
    const ingest = ingestOf(store, { queueBytesMax: 2000 });
    const publishing = ingest.publish([event('a', 796)], refuse);
    expect(ingest.queueFill).toBeCloseTo(0.5, 2);
    open();
    await publishing;
    expect(ingest.queueFill).toBe(0);
  });

  it('commits in the order of the calls', async () => {
    const { store, committed } = gatedStore();
    const ingest = ingestOf(store);
    const ids = Array.from({ length: 100 }, (_, index) => `e${index}`);
    await Promise.all(ids.map((id) => ingest.publish([event(id)], refuse)));
    expect(committed).toEqual(ids);
  });

  it('shares commits between calls that come together', async () => {
    const { store, calls } = gatedStore();
    const ingest = ingestOf(store);
    await Promise.all(Array.from({ length: 200 }, (_, index) => ingest.publish([event(`e${index}`)], refuse)));
    expect(calls()).toBe(1);
  });

  it('touches no store for nothing', async () => {
    const { store, calls } = gatedStore();
    await expect(ingestOf(store).publish([], refuse)).resolves.toEqual([]);
    expect(calls()).toBe(0);
  });

  it('refuses more events than the protocol allows, with limit and actual', async () => {
    const { store, calls } = gatedStore();
    const error = await failureOf(ingestOf(store).publish([event('a'), event('b')], { ...refuse, eventsMax: 1 }));
    expect(error).toMatchObject({
      code: 'TOO_MANY_EVENTS',
      outcome: 'none',
      violations: [{ field: 'events', limit: 1, actual: 2 }],
    });
    expect(calls()).toBe(0);
  });

  it('refuses a batch whole when one event of it breaks a rule', async () => {
    const { store, calls } = gatedStore();
    const error = await failureOf(ingestOf(store).publish([event('a'), event('')], refuse));
    expect(error).toMatchObject({ code: 'RULE_BROKEN', violations: [{ field: 'events[1].event_id' }] });
    expect(calls()).toBe(0);
  });

  it('checks a batch ahead by the same rules, once', async () => {
    const ingest = ingestOf(gatedStore().store);
    expect(() => ingest.check([event('a'), event('')], { eventsMax: 2 })).toThrow('events[1].event_id: is required');
    expect(() => ingest.check([event('a'), event('b')], { eventsMax: 1 })).toThrow('must be at most 1');
    ingest.check([event('a')], { eventsMax: 1 });
    await expect(ingest.publish([event('a')], { ...refuse, checked: true })).resolves.toHaveLength(1);
  });
});

describe('a full queue', () => {
  const limits = { queueBytesMax: 1000 };

  it('refuses a call at once, with the time to come back after, and none of it stored', async () => {
    const gated = gatedStore();
    gated.close();
    const ingest = ingestOf(gated.store, limits);
    const first = ingest.publish([event('first', 700)], refuse);
    const error = await failureOf(ingest.publish([event('second', 700)], refuse));
    expect(error).toMatchObject({ code: 'QUEUE_FULL', outcome: 'none', retryAfterMs: 250 });
    expect(error.violations[0]).toMatchObject({ field: 'queue', limit: 1000, actual: 906 });
    gated.open();
    await first;
    await ingest.publish([event('second', 700)], refuse);
    expect(gated.committed).toEqual(['first', 'second']);
  });

  it('takes what fits to the byte', async () => {
    const gated = gatedStore();
    gated.close();
    const ingest = ingestOf(gated.store, limits);
    // 200 bytes of overhead and two of topic and id each.
    const first = ingest.publish([event('a', 300)], refuse);
    const second = ingest.publish([event('b', 1000 - 502 - 202)], refuse);
    await expect(ingest.publish([event('c', 0)], refuse)).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    gated.open();
    await Promise.all([first, second]);
  });

  it('takes one call that is larger than the queue when nothing else waits', async () => {
    const { store } = gatedStore();
    await expect(ingestOf(store, limits).publish([event('big', 5000)], refuse)).resolves.toHaveLength(1);
  });

  it('holds a stream back instead of refusing it', async () => {
    const gated = gatedStore();
    gated.close();
    const ingest = ingestOf(gated.store, limits);
    const first = ingest.publish([event('first', 700)], wait);
    const second = ingest.publish([event('second', 700)], wait);
    await settled();
    expect(gated.calls()).toBe(1);
    gated.open();
    await Promise.all([first, second]);
    expect(gated.committed).toEqual(['first', 'second']);
  });

  it('keeps to its bound when many streams wake together', async () => {
    const gated = gatedStore();
    gated.close();
    const ingest = ingestOf(gated.store, limits);
    const answers = Array.from({ length: 20 }, (_, index) => ingest.publish([event(`e${index}`, 700)], wait));
    gated.open();
    await Promise.all(answers);
    // One fits at a time, so each has a commit of its own.
    expect(gated.calls()).toBe(20);
  });

  it('lets no small message overtake a large one that waits before it', async () => {
    const gated = gatedStore();
    gated.close();
    const ingest = ingestOf(gated.store, limits);
    const sizes = [500, 900, 10, 900, 10];
    const answers = sizes.map((size, index) => ingest.publish([event(`e${index}`, size)], wait));
    await settled();
    answers.push(ingest.publish([event('e5', 1)], wait));
    gated.open();
    await Promise.all(answers);
    expect(gated.committed).toEqual(['e0', 'e1', 'e2', 'e3', 'e4', 'e5']);
  });

  it('lets go of a caller that gave up waiting, and stores nothing of it', async () => {
    const gated = gatedStore();
    gated.close();
    const ingest = ingestOf(gated.store, limits);
    const first = ingest.publish([event('first', 700)], wait);
    const left = new AbortController();
    const second = ingest.publish([event('second', 700)], { ...wait, signal: left.signal });
    left.abort(new Error('the client left'));
    gated.open();
    await first;
    await expect(second).rejects.toThrow('the client left');
    await ingest.drain();
    expect(gated.committed).toEqual(['first']);
  });

  it('commits what is queued though its caller has left', async () => {
    const gated = gatedStore();
    gated.close();
    const left = new AbortController();
    const answer = ingestOf(gated.store).publish([event('a')], { ...wait, signal: left.signal });
    left.abort(new Error('the client left'));
    gated.open();
    await expect(answer).resolves.toHaveLength(1);
    expect(gated.committed).toEqual(['a']);
  });
});

describe('drain', () => {
  it('resolves when everything queued is committed, and refuses what comes after', async () => {
    const gated = gatedStore();
    gated.close();
    const ingest = ingestOf(gated.store);
    const queued = ingest.publish([event('a')], refuse);
    let drained = false;
    const drain = ingest.drain().then(() => (drained = true));
    const error = await failureOf(ingest.publish([event('b')], refuse));
    expect(error).toMatchObject({ code: 'SHUTTING_DOWN', outcome: 'none', retryAfterMs: 1000 });
    await settled();
    expect(drained).toBe(false);
    gated.open();
    await Promise.all([queued, drain]);
    expect(gated.committed).toEqual(['a']);
  });

  it('refuses a stream that still waits for room', async () => {
    const gated = gatedStore();
    gated.close();
    const ingest = ingestOf(gated.store, { queueBytesMax: 1000 });
    const first = ingest.publish([event('first', 900)], wait);
    const second = ingest.publish([event('second', 900)], wait);
    const drain = ingest.drain();
    gated.open();
    expect(await failureOf(second)).toMatchObject({ code: 'SHUTTING_DOWN', outcome: 'none' });
    await Promise.all([first, drain]);
    expect(gated.committed).toEqual(['first']);
  });

  it('is over at once when nothing is queued', async () => {
    await expect(ingestOf(gatedStore().store).drain()).resolves.toBeUndefined();
  });
});

import type { AppendGroup, EventStore, NewEvent, Outcome } from '@oncelog/core';
import { emptyContent, OncelogError } from '@oncelog/core';
import { describe, expect, it } from 'vitest';
import { createCommitQueue } from './commit-queue.ts';

type Batches = (readonly NewEvent[])[];

/** The port with its commits held back until the test lets them go, one by one. */
function heldStore() {
  const appends: { batches: Batches; commit: () => void; fail: (reason: unknown) => void }[] = [];
  const waiters: (() => void)[] = [];
  let positions = 0;
  const outcomesOf = (events: readonly NewEvent[]): Outcome[] =>
    events.map(() => ({ status: 'stored', position: (positions += 1), storedTimeMs: 0 }));
  const startGroup = (): AppendGroup => {
    const batches: Batches = [];
    return {
      add: (events) => void batches.push(events),
      commit: () =>
        new Promise((resolve, reject) => {
          appends.push({ batches, commit: () => resolve(batches.map(outcomesOf)), fail: reject });
          for (const wake of waiters.splice(0)) wake();
        }),
    };
  };
  /** The append with this number, as soon as it was made. */
  const appendAt = async (index: number) => {
    while (appends.length <= index) await new Promise<void>((resolve) => waiters.push(resolve));
    return appends[index]!;
  };
  return { store: { startGroup } as unknown as EventStore, appends, appendAt };
}

function batch(size: number, name = 'e'): NewEvent[] {
  return Array.from({ length: size }, (_, index) => ({
    topic: 't',
    eventId: `${name}${index}`,
    source: '',
    content: emptyContent,
  }));
}

/** Everything that could run without a commit has run. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe('the commit queue', () => {
  it('puts all batches that arrive in one turn into one commit, in their order', async () => {
    const { store, appendAt, appends } = heldStore();
    const queue = createCommitQueue(store);
    const answers = ['a', 'b', 'c'].map((name) => queue.enqueue(batch(2, name), 10));
    const first = await appendAt(0);
    expect(first.batches.map(([event]) => event!.eventId)).toEqual(['a0', 'b0', 'c0']);
    first.commit();
    const positions = (await Promise.all(answers)).map((outcomes) => outcomes.map(({ position }) => position));
    expect(positions).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    expect(appends).toHaveLength(1);
  });

  it('gathers what arrives while a commit runs into the next one', async () => {
    const { store, appendAt, appends } = heldStore();
    const queue = createCommitQueue(store);
    const first = queue.enqueue(batch(1, 'first'), 1);
    await appendAt(0);
    const rest = Array.from({ length: 50 }, (_, index) => queue.enqueue(batch(1, `rest${index}-`), 1));
    await settled();
    expect(appends).toHaveLength(1);
    appends[0]!.commit();
    await first;
    const second = await appendAt(1);
    expect(second.batches).toHaveLength(50);
    second.commit();
    await Promise.all(rest);
    expect(appends).toHaveLength(2);
  });

  it('resolves nothing before its commit does', async () => {
    const { store, appendAt } = heldStore();
    const queue = createCommitQueue(store);
    let resolved = false;
    const answer = queue.enqueue(batch(1), 1).then(() => (resolved = true));
    const held = await appendAt(0);
    await settled();
    expect(resolved).toBe(false);
    held.commit();
    await answer;
    expect(resolved).toBe(true);
  });

  it('holds a group back while a commit runs until it is worth a flush, and overlaps at most one', async () => {
    const { store, appendAt, appends } = heldStore();
    const queue = createCommitQueue(store);
    const answers = [queue.enqueue(batch(1), 1)];
    const first = await appendAt(0);
    answers.push(queue.enqueue(batch(2499), 1));
    await settled();
    expect(appends).toHaveLength(1);
    answers.push(queue.enqueue(batch(1), 1));
    const second = await appendAt(1);
    expect(second.batches.map(({ length }) => length)).toEqual([2499, 1]);
    answers.push(queue.enqueue(batch(5000), 1));
    await settled();
    expect(appends).toHaveLength(2);
    first.commit();
    (await appendAt(2)).commit();
    second.commit();
    await Promise.all(answers);
  });

  it('splits a backlog at 5,000 events, never inside a batch', async () => {
    const { store, appendAt } = heldStore();
    const queue = createCommitQueue(store);
    const answers = Array.from({ length: 8 }, () => queue.enqueue(batch(900), 1));
    const first = await appendAt(0);
    expect(first.batches.map(({ length }) => length)).toEqual([900, 900, 900, 900, 900]);
    first.commit();
    const second = await appendAt(1);
    expect(second.batches.map(({ length }) => length)).toEqual([900, 900, 900]);
    second.commit();
    await Promise.all(answers);
  });

  it('takes one batch that is larger than a group by itself', async () => {
    const { store, appendAt } = heldStore();
    const queue = createCommitQueue(store);
    const answers = [queue.enqueue(batch(1), 1), queue.enqueue(batch(10_000), 1), queue.enqueue(batch(1), 1)];
    for (const [index, size] of [1, 10_000, 1].entries()) {
      const { batches, commit } = await appendAt(index);
      expect(batches.map(({ length }) => length)).toEqual([size]);
      commit();
    }
    await Promise.all(answers);
  });

  it('rejects exactly the batches of a commit that fails, and goes on', async () => {
    const { store, appendAt } = heldStore();
    const queue = createCommitQueue(store);
    const failing = [queue.enqueue(batch(1), 7), queue.enqueue(batch(1), 7)];
    const held = await appendAt(0);
    const following = queue.enqueue(batch(1), 7);
    const fault = new OncelogError('DISK_FULL', 'no room');
    held.fail(fault);
    expect(await Promise.allSettled(failing)).toEqual([
      { status: 'rejected', reason: fault },
      { status: 'rejected', reason: fault },
    ]);
    (await appendAt(1)).commit();
    await expect(following).resolves.toHaveLength(1);
    expect(queue.bytes).toBe(0);
  });

  it('counts bytes from the moment they are queued until their commit ends', async () => {
    const { store, appendAt } = heldStore();
    const queue = createCommitQueue(store);
    const first = queue.enqueue(batch(1), 100);
    const held = await appendAt(0);
    const second = queue.enqueue(batch(1), 30);
    expect(queue.bytes).toBe(130);
    const shrunk = queue.shrunk();
    held.commit();
    await first;
    await shrunk;
    expect(queue.bytes).toBe(30);
    (await appendAt(1)).commit();
    await second;
    await queue.shrunk();
    expect(queue.bytes).toBe(0);
    await expect(queue.shrunk()).resolves.toBeUndefined();
  });
});

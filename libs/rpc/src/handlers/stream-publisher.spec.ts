import { emptyContent, type NewEvent, OncelogError, type Outcome } from '@oncelog/core';
import type { Ingest } from '@oncelog/ingest';
import { describe, expect, it, vi } from 'vitest';
import { StreamPublisher } from './stream-publisher.ts';

function events(count: number, contentBytes = 2): NewEvent[] {
  const content = { ...emptyContent, bytes: new Uint8Array(contentBytes) };
  return Array.from({ length: count }, (_, index) => ({ topic: 't', eventId: `e${index}`, source: '', content }));
}

/** A publisher whose commits are held back until the test lets them go. */
function heldPublisher() {
  const waiting: { events: readonly NewEvent[]; commit: () => void; fail: (reason: unknown) => void }[] = [];
  let position = 0;
  const ingest: Ingest = {
    queueFill: 0,
    publish: (batch) =>
      new Promise((resolve, reject) => {
        const commit = () =>
          resolve(batch.map((): Outcome => ({ status: 'stored', position: (position += 1), storedTimeMs: 0 })));
        waiting.push({ events: batch, commit, fail: reject });
      }),
    check: (batch) => {
      if (batch.some(({ eventId }) => eventId === 'bad')) throw new OncelogError('RULE_BROKEN', 'bad');
    },
    drain: () => Promise.resolve(),
  };
  const onRoom = vi.fn<() => void>();
  const onFailure = vi.fn<() => void>();
  const { signal } = new AbortController();
  return {
    publisher: new StreamPublisher(ingest, { eventsMax: 1000, signal, onRoom, onFailure }),
    waiting,
    onRoom,
    onFailure,
  };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('a publisher of a stream', () => {
  it('hands messages that come together to ingest as one batch, in their order', async () => {
    const { publisher, waiting } = heldPublisher();
    const sent = Array.from({ length: 10 }, (_, index) => ({ ...events(1)[0]!, eventId: `m${index}` }));
    for (const event of sent) publisher.push([event]);
    await turn();
    expect(waiting.map((batch) => batch.events)).toEqual([sent]);
  });

  it('keeps such batches small, and the order over their borders', async () => {
    const { publisher, waiting } = heldPublisher();
    const sent = Array.from({ length: 700 }, (_, index) => ({ ...events(1, 200)[0]!, eventId: `m${index}` }));
    for (const event of sent) publisher.push([event]);
    await turn();
    // 64 KiB hold 327 of 200 bytes.
    expect(waiting.map((batch) => batch.events.length)).toEqual([327, 327, 46]);
    expect(waiting.flatMap((batch) => batch.events)).toEqual(sent);
  });

  it('never divides a message, however large', async () => {
    const { publisher, waiting } = heldPublisher();
    publisher.push(events(1));
    publisher.push(events(1000, 200));
    publisher.push(events(1));
    await turn();
    expect(waiting.map((batch) => batch.events.length)).toEqual([1, 1000, 1]);
  });

  it('asks its sender to wait at 16,000 events ahead of their commits, and once to go on', async () => {
    const { publisher, waiting, onRoom } = heldPublisher();
    for (let message = 0; message < 15; message += 1) expect(publisher.push(events(1000))).toBe(true);
    expect(publisher.push(events(1000))).toBe(false);
    await turn();
    expect(onRoom).not.toHaveBeenCalled();
    waiting[0]!.commit();
    await turn();
    expect(onRoom).toHaveBeenCalledTimes(1);
    waiting[1]!.commit();
    await turn();
    expect(onRoom).toHaveBeenCalledTimes(1);
  });

  it('asks its sender to wait at 4 MiB ahead of their commits, but takes one message at least', () => {
    const { publisher } = heldPublisher();
    expect(publisher.push(events(16, 256 * 1024 - 1))).toBe(true);
    expect(publisher.push(events(16, 1))).toBe(false);
    expect(heldPublisher().publisher.push(events(17, 256 * 1024))).toBe(false);
  });

  it('commits what came before a bad message and nothing after it', async () => {
    const { publisher, waiting, onFailure } = heldPublisher();
    publisher.push(events(2));
    publisher.push([{ ...events(1)[0]!, eventId: 'bad' }]);
    expect(onFailure).toHaveBeenCalledTimes(1);
    publisher.push(events(3));
    const ended = publisher.end();
    expect(waiting.map((batch) => batch.events.length)).toEqual([2]);
    waiting[0]!.commit();
    await expect(ended).rejects.toMatchObject({ cause: { code: 'RULE_BROKEN' }, summary: { received: 2, stored: 2 } });
    await turn();
    expect(waiting).toHaveLength(1);
  });

  it('tells of the first failure only', async () => {
    const { publisher, waiting, onFailure } = heldPublisher();
    publisher.push(events(1));
    await turn();
    publisher.fail(new Error('first'));
    waiting[0]!.fail(new Error('second'));
    await expect(publisher.end()).rejects.toMatchObject({ cause: { message: 'first' }, summary: { received: 0 } });
    expect(onFailure).toHaveBeenCalledTimes(1);
  });

  it('ends only when everything it took is committed', async () => {
    const { publisher, waiting } = heldPublisher();
    publisher.push(events(1000));
    publisher.push(events(1000));
    let ended = false;
    const summary = publisher.end().finally(() => (ended = true));
    waiting[1]!.commit();
    await turn();
    expect(ended).toBe(false);
    waiting[0]!.commit();
    expect(await summary).toMatchObject({ received: 2000, stored: 2000 });
  });
});

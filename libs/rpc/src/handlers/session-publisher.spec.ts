import { emptyContent, type NewEvent, OncelogError, type Outcome } from '@oncelog/core';
import type { Ingest } from '@oncelog/ingest';
import { describe, expect, it, vi } from 'vitest';
import { type SessionAnswer, SessionPublisher } from './session-publisher.ts';

function events(count: number, contentBytes = 2): NewEvent[] {
  const content = { ...emptyContent, bytes: new Uint8Array(contentBytes) };
  return Array.from({ length: count }, (_, index) => ({ topic: 't', eventId: `e${index}`, source: '', content }));
}

const bad = () => [{ ...events(1)[0]!, eventId: 'bad' }];

/** A publisher whose commits are held back until the test lets them go. */
function heldSession() {
  const waiting: { events: readonly NewEvent[]; commit: () => void; fail: (reason: unknown) => void }[] = [];
  let position = 0;
  const ingest = {
    queueFill: 0,
    publish: (batch: readonly NewEvent[]) =>
      new Promise<Outcome[]>((resolve, reject) => {
        const commit = () =>
          resolve(batch.map(() => ({ status: 'stored', position: (position += 1), storedTimeMs: 0 })));
        waiting.push({ events: batch, commit, fail: reject });
      }),
    check: (batch: readonly NewEvent[]) => {
      if (batch.some(({ eventId }) => eventId === 'bad')) throw new OncelogError('RULE_BROKEN', 'bad');
    },
    drain: () => Promise.resolve(),
  } satisfies Ingest;
  const onRoom = vi.fn<() => void>();
  const onRefused = vi.fn<() => void>();
  const onProgress = vi.fn<() => void>();
  const { signal } = new AbortController();
  const publisher = new SessionPublisher(ingest, { eventsMax: 1000, signal, onRoom, onProgress, onRefused });
  const push = (batch: readonly NewEvent[]) => publisher.push(() => batch);
  return { publisher, push, ingest, waiting, onRoom, onProgress, onRefused };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

function takeAll(publisher: SessionPublisher): SessionAnswer[] {
  const answers: SessionAnswer[] = [];
  for (let answer = publisher.take(); answer; answer = publisher.take()) answers.push(answer);
  return answers;
}

/** The positions of an answer, or the code of its failure. */
function shortly({ outcomes, failure }: SessionAnswer): number[] | string | undefined {
  return failure?.code ?? outcomes?.map(({ position }) => position);
}

describe('a session', () => {
  it('tells its window before anything else, and answers nothing with it', () => {
    const { publisher } = heldSession();
    expect(takeAll(publisher)).toEqual([{ windowEvents: 16_000 }]);
  });

  it('answers each of the messages that share a commit with the outcomes of its own events', async () => {
    const { publisher, push, waiting } = heldSession();
    for (const count of [1, 3, 2]) push(events(count));
    await turn();
    expect(waiting.map((batch) => batch.events.length)).toEqual([6]);
    waiting[0]!.commit();
    await turn();
    expect(takeAll(publisher).map(shortly)).toEqual([undefined, [1], [2, 3, 4], [5, 6]]);
  });

  it('answers nothing before its commit, and in the order of the messages when commits end in another', async () => {
    const { publisher, push, waiting } = heldSession();
    publisher.take();
    push(events(1000));
    push(events(1000));
    await turn();
    waiting[1]!.commit();
    await turn();
    expect(takeAll(publisher)).toEqual([]);
    waiting[0]!.commit();
    await turn();
    expect(takeAll(publisher).map(({ outcomes }) => outcomes?.[0]?.position)).toEqual([1001, 1]);
  });

  it('refuses a message in its place and stores its neighbours', async () => {
    const { publisher, push, waiting, onRefused } = heldSession();
    publisher.take();
    push(events(1));
    push(bad());
    push([]);
    push(events(2));
    await turn();
    expect(takeAll(publisher)).toEqual([]);
    expect(waiting.map((batch) => batch.events.length)).toEqual([3]);
    waiting[0]!.commit();
    await turn();
    expect(takeAll(publisher).map(shortly)).toEqual([[1], 'RULE_BROKEN', 'RULE_BROKEN', [2, 3]]);
    expect(onRefused).toHaveBeenCalledTimes(2);
  });

  it('refuses behind a commit on its way only after it, and at once when nothing is', async () => {
    const { publisher, push, waiting } = heldSession();
    publisher.take();
    push(events(1));
    await turn();
    push(bad());
    expect(takeAll(publisher)).toEqual([]);
    waiting[0]!.commit();
    await turn();
    expect(takeAll(publisher).map(shortly)).toEqual([[1], 'RULE_BROKEN']);
    push(bad());
    expect(takeAll(publisher).map(shortly)).toEqual(['RULE_BROKEN']);
  });

  it('refuses a message that breaks a rule while it is read, and ends with one that cannot be decoded', () => {
    const { publisher } = heldSession();
    const throwing = (code: 'TOO_MANY_EVENTS' | 'MALFORMED') => () => {
      throw new OncelogError(code, code);
    };
    publisher.push(throwing('TOO_MANY_EVENTS'));
    expect(publisher.isClosed).toBe(false);
    publisher.push(throwing('MALFORMED'));
    expect(takeAll(publisher).map(shortly)).toEqual([undefined, 'TOO_MANY_EVENTS']);
    expect(publisher.isOver).toBe(true);
    expect(() => publisher.assertWhole()).toThrow('MALFORMED');
  });

  it('is over when everything it took is answered', async () => {
    const { publisher, push, waiting } = heldSession();
    publisher.take();
    push(events(1000));
    push(events(1));
    publisher.end();
    expect(waiting).toHaveLength(2);
    waiting[0]!.commit();
    await turn();
    expect(takeAll(publisher)).toHaveLength(1);
    expect(publisher.isOver).toBe(false);
    waiting[1]!.commit();
    await turn();
    expect(publisher.isOver).toBe(false);
    expect(takeAll(publisher)).toHaveLength(1);
    expect(publisher.isOver).toBe(true);
    expect(() => publisher.assertWhole()).not.toThrow();
  });
});

describe('a session that fails', () => {
  it('answers what came before, takes nothing after, and ends with the cause', async () => {
    const { publisher, push, waiting } = heldSession();
    publisher.take();
    push(events(2));
    publisher.fail(new OncelogError('SHUTTING_DOWN', 'down'));
    push(events(3));
    expect(waiting.map((batch) => batch.events.length)).toEqual([2]);
    waiting[0]!.commit();
    await turn();
    expect(takeAll(publisher).map(shortly)).toEqual([[1, 2]]);
    expect(publisher.isOver).toBe(true);
    expect(() => publisher.assertWhole()).toThrow('down');
  });

  it('ends with what the first message without an answer failed with, and answers none behind it', async () => {
    const { publisher, push, waiting } = heldSession();
    publisher.take();
    push(events(1000));
    push(events(1000));
    publisher.fail(new OncelogError('MALFORMED', 'later'));
    waiting[1]!.fail(new OncelogError('DISK_FULL', 'second'));
    waiting[0]!.fail(new OncelogError('DISK_FULL', 'first'));
    await turn();
    expect(takeAll(publisher)).toEqual([]);
    expect(() => publisher.assertWhole()).toThrow(expect.objectContaining({ message: 'first', outcome: 'none' }));
  });

  it('does not say that nothing is stored when a later commit succeeded', async () => {
    const { publisher, push, waiting } = heldSession();
    publisher.take();
    push(events(1000));
    push(events(1000));
    await turn();
    waiting[0]!.fail(new OncelogError('DISK_FULL', 'full', { retryAfterMs: 7 }));
    waiting[1]!.commit();
    await turn();
    expect(takeAll(publisher)).toEqual([]);
    const failure = { code: 'DISK_FULL', outcome: 'unknown', retryAfterMs: 7 };
    expect(() => publisher.assertWhole()).toThrow(expect.objectContaining(failure));
  });

  it('is over without its answers when nobody reads them, but not before its commits', async () => {
    const { publisher, push, waiting } = heldSession();
    push(events(1));
    push(bad());
    publisher.abandon(new OncelogError('READER_STALLED', 'stalled'));
    expect(takeAll(publisher)).toEqual([]);
    expect(publisher.isOver).toBe(false);
    waiting[0]!.commit();
    await turn();
    expect(takeAll(publisher)).toEqual([]);
    expect(publisher.isOver).toBe(true);
    expect(() => publisher.assertWhole()).toThrow('stalled');
  });
});

describe('the sender of a session', () => {
  it('waits when the window is full, until answers are taken: commits alone do not let it go on', async () => {
    const { publisher, push, waiting, onRoom } = heldSession();
    publisher.take();
    for (let message = 0; message < 15; message += 1) expect(push(events(1000))).toBe(true);
    expect(push(events(1000))).toBe(false);
    await turn();
    waiting[0]!.commit();
    await turn();
    expect(onRoom).not.toHaveBeenCalled();
    publisher.take();
    expect(onRoom).toHaveBeenCalledTimes(1);
  });

  it('waits at 4 MiB without a commit, but one message is taken at least', async () => {
    const { push, waiting, onRoom } = heldSession();
    expect(push(events(16, 256 * 1024 - 1))).toBe(true);
    expect(push(events(16, 1))).toBe(false);
    expect(heldSession().push(events(17, 256 * 1024))).toBe(false);
    await turn();
    waiting[0]!.commit();
    await turn();
    expect(onRoom).toHaveBeenCalledTimes(1);
  });

  it('waits when it reads no refusals: 160 are kept for it', () => {
    const { push } = heldSession();
    for (let message = 0; message < 159; message += 1) expect(push(bad())).toBe(true);
    expect(push(bad())).toBe(false);
  });

  it('has the smaller window of a queue that fills, and is told when it changes only', async () => {
    const { publisher, push, ingest, waiting } = heldSession();
    publisher.take();
    ingest.queueFill = 1;
    expect(push(events(1000))).toBe(false);
    push(events(1));
    await turn();
    for (const { commit } of waiting) commit();
    await turn();
    expect(takeAll(publisher).map(({ windowEvents }) => windowEvents)).toEqual([1000, undefined]);
  });
});

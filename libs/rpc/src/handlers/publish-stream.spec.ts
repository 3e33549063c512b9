import { emptyContent, type NewEvent, OncelogError, type Outcome } from '@oncelog/core';
import type { Ingest } from '@oncelog/ingest';
import { describe, expect, it } from 'vitest';
import { publishStream } from './publish-stream.ts';
import { StreamFailure } from './stream-publisher.ts';

const options = { eventsMax: 1000, signal: new AbortController().signal };

function event(eventId: string): NewEvent {
  return { topic: 't', eventId, source: '', content: emptyContent };
}

/** The ingest's promise with its commits held back until the test lets them go. */
function heldIngest() {
  const waiting: { events: readonly NewEvent[]; commit: () => void; fail: (reason: unknown) => void }[] = [];
  let position = 0;
  const ingest: Ingest = {
    queueFill: 0,
    publish: (events) =>
      new Promise((resolve, reject) => {
        const commit = () =>
          resolve(events.map((): Outcome => ({ status: 'stored', position: (position += 1), storedTimeMs: 0 })));
        waiting.push({ events, commit, fail: reject });
      }),
    check: (events) => {
      if (events.some(({ eventId }) => eventId === 'bad')) throw new OncelogError('RULE_BROKEN', 'bad');
    },
    drain: () => Promise.resolve(),
  };
  return { ingest, waiting };
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function* batches(...sizes: number[]) {
  for (const [index, size] of sizes.entries()) yield Array.from({ length: size }, (_, at) => event(`${index}-${at}`));
}

async function* ready(...all: NewEvent[][]) {
  yield* all;
}

async function failureOf(stream: Promise<unknown>): Promise<StreamFailure> {
  const error = await stream.then(
    () => expect.fail('it was expected to fail'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StreamFailure);
  return error as StreamFailure;
}

describe('publishStream', () => {
  it('sums up all that was committed', async () => {
    const { ingest, waiting } = heldIngest();
    const summary = publishStream(ingest, batches(2, 3), options);
    await settled();
    for (const { commit } of waiting) commit();
    expect(await summary).toEqual({
      received: 5,
      stored: 5,
      duplicates: 0,
      conflicts: 0,
      accepted: 0,
      firstPosition: 1,
      lastPosition: 5,
    });
  });

  it('answers an empty stream with zeros', async () => {
    expect(await publishStream(heldIngest().ingest, batches(), options)).toMatchObject({
      received: 0,
      firstPosition: 0,
    });
  });

  it('fails on an empty message, with what was committed before it and nothing after', async () => {
    const { ingest, waiting } = heldIngest();
    const failing = failureOf(publishStream(ingest, batches(2, 0, 3), options));
    await settled();
    expect(waiting).toHaveLength(1);
    waiting[0]!.commit();
    const { cause, summary } = await failing;
    expect(cause).toMatchObject({ code: 'RULE_BROKEN', violations: [{ field: 'events' }] });
    expect(summary).toMatchObject({ received: 2, stored: 2 });
    expect(waiting).toHaveLength(1);
  });

  it('looks at a message before it reads the next one', async () => {
    const { ingest, waiting } = heldIngest();
    const failing = failureOf(publishStream(ingest, ready([event('a')], [event('bad')], [event('b')]), options));
    await settled();
    expect(waiting.map(({ events }) => events[0]!.eventId)).toEqual(['a']);
    waiting[0]!.commit();
    expect(await failing).toMatchObject({ cause: { code: 'RULE_BROKEN' }, summary: { stored: 1 } });
  });

  it('fails when a message cannot be read, after the commits on their way have ended', async () => {
    const { ingest, waiting } = heldIngest();
    const malformed = new OncelogError('MALFORMED', 'bad');
    async function* cut() {
      yield [event('a')];
      throw malformed;
    }
    const failing = failureOf(publishStream(ingest, cut(), options));
    await settled();
    waiting[0]!.commit();
    expect(await failing).toMatchObject({ cause: malformed, summary: { stored: 1 } });
  });

  it('stops reading when a commit fails', async () => {
    const { ingest, waiting } = heldIngest();
    const full = new OncelogError('DISK_FULL', 'no room');
    let goOn = () => {};
    async function* twoAndThenMore() {
      yield [event('a')];
      yield Array.from({ length: 500 }, (_, index) => event(`b${index}`));
      await new Promise<void>((resolve) => (goOn = resolve));
      yield [event('c')];
      expect.fail('it asked for more');
    }
    const failing = failureOf(publishStream(ingest, twoAndThenMore(), options));
    await settled();
    waiting[0]!.commit();
    waiting[1]!.fail(full);
    await settled();
    goOn();
    expect(await failing).toMatchObject({ cause: full, summary: { stored: 1 } });
    expect(waiting).toHaveLength(2);
  });

  it('reads no further than the publisher has room, and goes on when it has', async () => {
    const { ingest, waiting } = heldIngest();
    let read = 0;
    async function* many() {
      for (; read < 20; read += 1) yield Array.from({ length: 1000 }, (_, index) => event(`${read}-${index}`));
    }
    const summary = publishStream(ingest, many(), { ...options, eventsMax: 1000 });
    await settled();
    expect(waiting).toHaveLength(16);
    waiting[0]!.commit();
    await settled();
    expect(waiting).toHaveLength(17);
    for (let at = 1; at < 20; at += 1) {
      waiting[at]!.commit();
      await settled();
    }
    expect(await summary).toMatchObject({ received: 20_000 });
  });
});

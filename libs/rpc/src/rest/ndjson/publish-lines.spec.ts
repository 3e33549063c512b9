import { type NewEvent, OncelogError } from '@oncelog/core';
import { createIngest, type Ingest } from '@oncelog/ingest';
import { createMemoryEventStore } from '@oncelog/store-memory';
import { describe, expect, it } from 'vitest';
import { StreamFailure } from '../../handlers/stream-publisher.ts';
import { until } from '../testing/rest-server.ts';
import { LinePublisher } from './publish-lines.ts';
import { chunks, longBody, limits, line, publishedLines } from './testing/published-lines.ts';

describe('lines', () => {
  it('are answered in their order, with what became of each', async () => {
    const { publisher, answers } = publishedLines();
    await publisher.publish(
      chunks(line('a'), `${line('b')}{"topic":"t"}\n`, `${line('a')}${line('b', ',"payload":{"n":1}')}`),
    );
    expect(answers).toEqual([
      [1, 'a', 'stored', '{}'],
      [2, 'b', 'stored', '{}'],
      [3, 'RULE_BROKEN', 'event_id'],
      [4, 'a', 'duplicate', '{}'],
      [5, 'b', 'conflict', '{"n":1}'],
    ]);
    expect(publisher).toMatchObject({ linesRead: 5, refused: 1, bytesAhead: 0 });
    expect(publisher.summary).toMatchObject({ received: 4, stored: 2, duplicates: 1, conflicts: 1 });
  });

  it.each([
    ['no JSON', '{"topic":"t"', 'MALFORMED', 'line', /is not JSON/],
    ['no UTF-8', Buffer.from('{"topic":"\xff"}', 'latin1'), 'MALFORMED', 'line', /is not UTF-8/],
    ['an array', '[{"topic":"t","event_id":"e"}]', 'RULE_BROKEN', 'event', /must be an object, is an array/],
    ['a number', '1', 'RULE_BROKEN', 'event', /must be an object, is a number/],
    ['a topic of the wrong type', '{"topic":1}', 'RULE_BROKEN', 'topic', /must be a string/],
    ['no topic', '{"event_id":"e"}', 'RULE_BROKEN', 'topic', /is required/],
    ['a bad attribute', '{"attributes":{"k":1}}', 'RULE_BROKEN', 'attributes["k"]', /must be a string/],
    [
      'a payload too large',
      line('e', `,"payload":{"a":"${'x'.repeat(256 * 1024)}"}`),
      'EVENT_TOO_LARGE',
      'payload',
      /is 262/,
    ],
    ['a line too long', 'x'.repeat(300_001), 'EVENT_TOO_LARGE', 'line', /at most 300000 bytes, is 300001/],
  ])('with %s is refused by itself, and the rest goes on', async (_name, bad, code, field, description) => {
    let error: OncelogError | undefined;
    const store = createMemoryEventStore();
    const publisher = new LinePublisher({
      ingest: createIngest({ log: store, limits }),
      limits,
      answer: async (lines) => lines.forEach((one) => 'error' in one && (error = one.error)),
      onFailure: () => {},
    });
    await publisher.publish(
      chunks(line('before'), Buffer.concat([Buffer.from(bad as string), Buffer.from('\n')]), line('after')),
    );
    expect(error).toMatchObject({ code, violations: [{ field }] });
    expect(error!.message).toMatch(description);
    expect(publisher.summary).toMatchObject({ received: 2, stored: 2 });
  });

  it('that are empty are counted and not answered', async () => {
    const { publisher, answers } = publishedLines();
    await publisher.publish(chunks(`\n \t\r\n\n${line('a')}\n\n`));
    expect(answers).toEqual([[4, 'a', 'stored', '{}']]);
    expect(publisher).toMatchObject({ linesRead: 6, refused: 0 });
  });

  it('mean the same wherever the chunks of the body begin and end', async () => {
    const body = Buffer.from(
      [
        line('é🚀', ',"payload":{"big":12345678901234567890, "s":"\\n"}'),
        '\r\n{bad}\n',
        line('x').repeat(2),
        '{"topic":"t","event_id":"last"}',
      ].join(''),
    );
    const whole = publishedLines();
    await whole.publisher.publish(chunks(body));
    expect(whole.answers).toHaveLength(5);
    for (let at = 0; at <= body.length; at += 1) {
      const cut = publishedLines();
      await cut.publisher.publish(chunks(body.subarray(0, at), body.subarray(at)));
      expect(cut.answers).toEqual(whole.answers);
      expect(cut.publisher.linesRead).toBe(whole.publisher.linesRead);
    }
    const byByte = publishedLines();
    await byByte.publisher.publish(chunks(...[...body].map((byte) => Uint8Array.of(byte))));
    expect(byByte.answers).toEqual(whole.answers);
  });

  it('go to ingest in batches of no more than 1,000', async () => {
    const sizes: number[] = [];
    const { publisher } = publishedLines((ingest) => ({
      ...ingest,
      publish: (events, options) => (sizes.push(events.length), ingest.publish(events, options)),
    }));
    await publisher.publish(
      chunks(Array.from({ length: 2500 }, (_, index) => line(`${index}`)).join(''), line('more')),
    );
    expect(sizes).toEqual([1000, 1000, 500, 1]);
  });
});

describe('lines that are refused', () => {
  it('let others have their turns between them', async () => {
    const { publisher } = publishedLines();
    let turns = 0;
    let over = false;
    const others = () => {
      turns += 1;
      if (!over) setImmediate(others);
    };
    setImmediate(others);
    await publisher.publish(chunks('x\n'.repeat(20_000)));
    over = true;
    expect(publisher.refused).toBe(20_000);
    // One for each batch.
    expect(turns).toBeGreaterThanOrEqual(20);
  });
});

describe('a failure', () => {
  const full = new OncelogError('DISK_FULL', 'full');

  /** Fails the commit of every batch that holds the event. */
  const failingAt =
    (eventId: string, cause: unknown) =>
    (ingest: Ingest): Ingest => ({
      ...ingest,
      publish: (events: readonly NewEvent[], options) =>
        events.some((event) => event.eventId === eventId) ? Promise.reject(cause) : ingest.publish(events, options),
    });

  it('of a commit ends the reading at once, with what is committed, also behind it', async () => {
    const { publisher, answers, failures } = publishedLines(failingAt('b', full));
    const waiting = Promise.withResolvers<never>();
    async function* body() {
      yield* chunks(line('a'), line('b'), line('c'));
      await waiting.promise;
    }
    const failed = publisher.publish(body()).catch((error: unknown) => error);
    await until(() => failures.length > 0);
    expect(failures[0]).toBe(full);
    waiting.reject(failures[0]);
    const failure = (await failed) as StreamFailure;
    expect(failure).toBeInstanceOf(StreamFailure);
    expect(failure.cause).toBe(full);
    expect(failure.summary).toMatchObject({ received: 2, stored: 2 });
    expect(answers.map(([number]) => number)).toEqual([1, 3]);
  });

  it('of the body leaves what was read of it committed', async () => {
    const { publisher } = publishedLines();
    async function* body() {
      yield* chunks(line('a'), `${line('b')}{"topic":"t","event_id":"half"}`);
      throw full;
    }
    await expect(publisher.publish(body())).rejects.toMatchObject({ cause: full, summary: { stored: 2 } });
  });

  it('that leaves open what is stored is told before one that does not', async () => {
    const lost = new OncelogError('STORE_UNAVAILABLE', 'lost', { outcome: 'unknown' });
    const { publisher } = publishedLines(failingAt('b', lost));
    async function* body() {
      yield* chunks(line('a'), line('b'));
      throw full;
    }
    await expect(publisher.publish(body())).rejects.toMatchObject({ cause: lost });
  });

  it('of an answer stops the reading, and what was taken is counted nevertheless', async () => {
    const store = createMemoryEventStore();
    const publisher = new LinePublisher({
      ingest: createIngest({ log: store, limits }),
      limits,
      answer: () => Promise.reject(full),
      onFailure: () => {},
    });
    const { body, taken } = longBody(100);
    await expect(publisher.publish(body)).rejects.toMatchObject({ cause: full });
    expect(publisher.summary.stored).toBe(taken.lines);
  });
});

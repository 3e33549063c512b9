import { gzipSync } from 'node:zlib';
import { type NewEvent, OncelogError } from '@oncelog/core';
import type { Ingest } from '@oncelog/ingest';
import { describe, expect, it } from 'vitest';
import { everyHttp, linesOf, whole } from '../testing/http-calls.ts';
import { turn, until } from '../testing/rest-server.ts';
import { answerTo, gzipped, jsonOf, line, lines, openServer, streamed } from './testing/ndjson-calls.ts';

describe.each(everyHttp)('lines published over %s', (_name, dial) => {
  it('are stored, and summed up in the words of the JSON answer', async () => {
    const { server, publish } = await openServer({}, dial);
    const repeats = `${line('a')}${line('a', ',"payload":{"n":2}')}`;
    const body = `${line('a')}${line('b', ',"payload":{"n": 1.10}')}\n${repeats}oops\n`;
    const { status, headers, json } = await answerTo(publish(), body);
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect(json).toEqual({
      status: 'ok',
      lines: 6,
      total_received: 4,
      processed_count: 2,
      duplicates: 2,
      duplicate_dropped: 2,
      conflicts: 1,
      refused: 1,
      not_stored: [
        {
          line: 4,
          topic: 't',
          event_id: 'a',
          outcome: 'DUPLICATE',
          position: 1,
          first_stored_time: expect.any(String),
        },
        { line: 5, topic: 't', event_id: 'a', outcome: 'CONFLICT', position: 1, first_stored_time: expect.any(String) },
        { line: 6, error: expect.objectContaining({ code: 'MALFORMED', field: 'line', outcome: 'none' }) },
      ],
    });
    const [, second] = await server.entries();
    expect(second).toMatchObject({ eventId: 'b', content: { bytes: new TextEncoder().encode('{"n": 1.10}') } });
  });

  it('are answered one by one when the client accepts lines, with the totals last', async () => {
    const { publish } = await openServer({}, dial);
    const { status, headers, text } = await answerTo(publish(streamed), `${line('a')}\n${line('a')}{}\n${line('b')}`);
    expect([status, headers['content-type']]).toEqual([200, 'application/x-ndjson']);
    expect(text.trimEnd().split('\n').map(jsonOf)).toEqual([
      { line: 1, topic: 't', event_id: 'a', outcome: 'STORED', position: 1 },
      { line: 3, topic: 't', event_id: 'a', outcome: 'DUPLICATE', position: 1, first_stored_time: expect.any(String) },
      { line: 4, error: expect.objectContaining({ code: 'RULE_BROKEN', field: 'topic' }) },
      { line: 5, topic: 't', event_id: 'b', outcome: 'STORED', position: 2 },
      expect.objectContaining({ status: 'ok', lines: 5, total_received: 3, processed_count: 2, refused: 1 }),
    ]);
  });

  it('are answered while the body still comes', async () => {
    const { publish } = await openServer({}, dial);
    const call = publish(streamed);
    call.body.write(line(1));
    const answers = linesOf(await call.answered);
    for (let sent = 1; sent <= 5; sent += 1) {
      expect((await answers.next()).value).toMatchObject({ line: sent, outcome: 'STORED' });
      if (sent < 5) call.body.write(line(sent + 1));
    }
    call.body.end();
    expect((await answers.next()).value).toMatchObject({ status: 'ok', lines: 5 });
    expect((await answers.next()).done).toBe(true);
  });

  it('mean the same compressed', async () => {
    const { publish } = await openServer({}, dial);
    const { json } = await answerTo(publish(gzipped), gzipSync(`${lines(5000)}bad\n`));
    expect(json).toMatchObject({ lines: 5001, processed_count: 5000, refused: 1 });
  });

  it('come from a client that reads nothing before it has sent 200,000 of them', async () => {
    const { publish } = await openServer({}, dial);
    const call = publish();
    for (let first = 0; first < 200_000; first += 1000) {
      if (!call.body.write(lines(1000, first))) await new Promise((resolve) => call.body.once('drain', resolve));
    }
    expect((await answerTo(call, '')).json).toMatchObject({ lines: 200_000, processed_count: 200_000 });
  });

  it('that have come are stored when the client leaves in the middle, and nothing is left behind', async () => {
    const { server, publish } = await openServer({}, dial);
    const call = publish();
    call.body.write(`${lines(100)}{"topic":"t","event_id":"half"}`);
    await until(async () => (await server.entries()).length === 100);
    call.leave();
    await until(() => server.state.refusedRequests === 1);
    expect(await server.entries()).toHaveLength(100);
  });

  it('are not taken for whole when the client leaves in the middle of one, while commits are awaited', async () => {
    const gate = Promise.withResolvers<void>();
    let handedOver = 0;
    const ingest = (plain: Ingest): Ingest => ({
      ...plain,
      publish: (events, options) => {
        handedOver += events.length;
        return gate.promise.then(() => plain.publish(events, options));
      },
    });
    const { server, publish } = await openServer({ ingest }, dial);
    const call = publish();
    call.body.write(`${lines(9000)}{"topic":"t","event_id":"half"}`);
    await until(() => handedOver > 8000);
    call.leave();
    for (let turns = 0; turns < 50; turns += 1) await turn();
    gate.resolve();
    await until(() => server.state.refusedRequests === 1);
    const entries = await server.entries();
    expect(entries.length).toBeGreaterThan(8000);
    expect(entries.some(({ eventId }) => eventId === 'half')).toBe(false);
  });

  it('that stop coming end with 408 and what is committed', async () => {
    const { publish } = await openServer({ bodyIdleMs: 50 }, dial);
    const call = publish();
    call.body.write(lines(3));
    const { status, text } = await whole(call);
    expect(status).toBe(408);
    expect(jsonOf(text)).toMatchObject({
      code: 'TIMED_OUT',
      field: 'body',
      limit: 50,
      outcome: 'unknown',
      committed: { total_received: 3, processed_count: 3 },
    });
  });

  it('end at once when the server shuts down, with what is committed', async () => {
    const { server, publish } = await openServer({}, dial);
    const call = publish();
    call.body.write(lines(3));
    await until(async () => (await server.entries()).length === 3);
    const closing = server.close(10_000);
    const { status, text } = await whole(call);
    expect(status).toBe(503);
    expect(jsonOf(text)).toMatchObject({ code: 'SHUTTING_DOWN', committed: { processed_count: 3 } });
    call.leave();
    await closing;
  });

  describe('into a store that fails in the middle', () => {
    const failing = (plain: Ingest): Ingest => ({
      ...plain,
      publish: (events: readonly NewEvent[], options) =>
        events.some(({ eventId }) => eventId === 'full')
          ? Promise.reject(new OncelogError('DISK_FULL', 'the disk is full'))
          : plain.publish(events, options),
    });

    it('end with the status of the failure, while the client still sends', async () => {
      const { server, publish } = await openServer({ ingest: failing }, dial);
      const call = publish();
      call.body.write(lines(5));
      await until(async () => (await server.entries()).length === 5);
      call.body.write(line('full'));
      const { status, text } = await whole(call);
      expect(status).toBe(507);
      expect(jsonOf(text)).toMatchObject({ code: 'DISK_FULL', outcome: 'unknown', committed: { processed_count: 5 } });
      expect(server.state.refusedRequests).toBe(1);
    });

    it('end with the failure as the last line of an answer that has begun', async () => {
      const { publish } = await openServer({ ingest: failing }, dial);
      const call = publish(streamed);
      call.body.write(lines(1));
      const answers = linesOf(await call.answered);
      expect((await answers.next()).value).toMatchObject({ line: 1, outcome: 'STORED' });
      call.body.write(line('full'));
      expect((await answers.next()).value).toMatchObject({
        error: { code: 'DISK_FULL', committed: { processed_count: 1 } },
      });
      expect((await answers.next()).done).toBe(true);
    });
  });
});

import { gzipSync } from 'node:zlib';
import { defaultLimits } from '@oncelog/core';
import { describe, expect, it } from 'vitest';
import { answerTo, gzipped, line, lines, ndjson, openServer } from './testing/ndjson-calls.ts';

describe('a compressed body', () => {
  it.each([
    ['one line without end', gzipSync(Buffer.alloc(64 * 1024 * 1024)), 413, 'BODY_TOO_LARGE'],
    ['empty lines without end', gzipSync(Buffer.alloc(64 * 1024 * 1024, '\n')), 413, 'BODY_TOO_LARGE'],
    ['no gzip', Buffer.from(line(1)), 400, 'MALFORMED'],
    ['cut short', gzipSync(lines(1000)).subarray(0, -10), 400, 'MALFORMED'],
  ])('is refused when it is %s', async (_name, body, expected, code) => {
    const { publish } = await openServer();
    const { status, json } = await answerTo(publish(gzipped), body);
    expect([status, json.code, json.field]).toEqual([expected, code, 'body']);
  });

  it('leaves stored what came before it went wrong', async () => {
    const { server, publish } = await openServer();
    const { status, json } = await answerTo(
      publish(gzipped),
      Buffer.concat([gzipSync(lines(10)), gzipSync(lines(10)).subarray(0, 12)]),
    );
    expect(status).toBe(400);
    expect(json).toMatchObject({ outcome: 'unknown', committed: { processed_count: 10 } });
    expect(await server.entries()).toHaveLength(10);
  });

  it('may be in several parts, cut anywhere', async () => {
    const { publish } = await openServer();
    const sent = publish(gzipped);
    const parts = [gzipSync(lines(10)), gzipSync('\n'), gzipSync(lines(10, 10))];
    for (const byte of Buffer.concat(parts)) sent.body.write(Uint8Array.of(byte));
    expect((await answerTo(sent, '')).json).toMatchObject({ lines: 21, processed_count: 20 });
  });

  it('is taken for JSON bodies as well', async () => {
    const { publish } = await openServer();
    const body = gzipSync('{"topic":"t","event_id":"e"}');
    const { json } = await answerTo(publish({ 'content-type': 'application/json', 'content-encoding': 'gzip' }), body);
    expect(json).toMatchObject({ processed: ['e'] });
  });
});

describe('what is refused before a line is read', () => {
  it.each([
    ['an Idempotency-Key', { ...ndjson, 'idempotency-key': 'k' }, '/publish', 422, 'idempotency-key'],
    ['a parameter', ndjson, '/publish?topic=t', 422, 'topic'],
    ['zstd', { ...ndjson, 'content-encoding': 'zstd' }, '/publish', 415, 'content-encoding'],
    ['brotli', { ...ndjson, 'content-encoding': 'br' }, '/publish', 415, 'content-encoding'],
    ['another name for lines', { 'content-type': 'application/jsonl' }, '/publish', 415, 'content-type'],
    ['another charset', { 'content-type': 'application/x-ndjson; charset=utf-16' }, '/publish', 415, 'content-type'],
  ])('is %s', async (_name, headers, path, expected, field) => {
    const { server, publish } = await openServer();
    const { status, json } = await answerTo(publish(headers, path), line(1));
    expect([status, json.field]).toEqual([expected, field]);
    expect(await server.entries()).toEqual([]);
  });
});

describe('the summary', () => {
  it('tells the first 100 lines that were not stored, and counts the rest', async () => {
    const { publish } = await openServer();
    const { json } = await answerTo(publish(), `${line(0)}${'bad\n'.repeat(99)}${line(0).repeat(300)}`);
    expect(json).toMatchObject({ lines: 400, refused: 99, duplicates: 300, processed_count: 1 });
    expect(json.not_stored).toHaveLength(100);
    expect(json.not_stored.map((one: { line: number }) => one.line)).toEqual(
      Array.from({ length: 100 }, (_, i) => i + 2),
    );
    expect(json.not_stored.at(-1)).toMatchObject({ outcome: 'DUPLICATE' });
  });

  it('is all zeros for a body of nothing', async () => {
    const { publish } = await openServer();
    expect((await answerTo(publish(), '')).json).toMatchObject({ lines: 0, total_received: 0, not_stored: [] });
  });

  it('counts 4 MiB of one line as one refusal, and stores what surrounds it', async () => {
    const { publish } = await openServer();
    const tooLong = 'x'.repeat(defaultLimits.requestBytesMax + 1);
    const { json } = await answerTo(publish(), `${line('a')}${tooLong}\n${line('b')}`);
    expect(json).toMatchObject({ lines: 3, processed_count: 2, refused: 1 });
    expect(json.not_stored).toMatchObject([{ line: 2, error: { code: 'EVENT_TOO_LARGE', field: 'line' } }]);
  });
});

import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { http1Client, type HttpClient } from '../transports/raw-http.ts';
import { restFailure } from '../transports/wire-failure.ts';
import { besiege, type BesiegedAggregator } from './besieged-aggregator.ts';

let server: BesiegedAggregator;
let rest: HttpClient;
let stored = 0;

beforeAll(async () => {
  server = await besiege();
  rest = http1Client(server.process.port, 2);
});

afterAll(async () => {
  rest.close();
  await server.stop();
});

const line = (id: string) => `{"topic":"t","event_id":"${id}"}\n`;
const gzip = { 'content-encoding': 'gzip' };

async function send(body: Uint8Array | string, headers: Record<string, string> = {}) {
  const answer = await rest.send({
    path: '/publish',
    headers: { 'content-type': 'application/x-ndjson', ...headers },
    body,
  });
  return { status: answer.status, text: answer.body.toString() };
}

interface Summary {
  readonly lines: number;
  readonly processed_count: number;
  readonly refused: number;
  readonly not_stored: readonly { readonly line: number; readonly error: { readonly code: string } }[];
}

describe('lines that are none', () => {
  it.each<[string, Uint8Array | string, string[], number]>([
    ['a NUL', '\0\n', ['MALFORMED'], 0],
    ['a million NULs', Buffer.alloc(1_000_000), ['MALFORMED'], 0],
    ['lines that end in CR alone', `${line('a').trim()}\r${line('b').trim()}\r`, ['MALFORMED'], 0],
    ['two events on a line', line('c').trim() + line('d'), ['MALFORMED'], 0],
    ['a line separator of Unicode', `${line('e').trim()}\u2028${line('f')}`, ['MALFORMED'], 0],
    ['bytes that are not UTF-8', Buffer.concat([Buffer.from([0xff, 0x0a]), Buffer.from(line('g'))]), ['MALFORMED'], 1],
    ['5 MiB on a line', `${'x'.repeat(5 * 1024 * 1024)}\n${line('h')}`, ['EVENT_TOO_LARGE'], 1],
    ['5 MiB without an end', 'x'.repeat(5 * 1024 * 1024), ['EVENT_TOO_LARGE'], 0],
    ['what is no object', '1\nnull\n[]\n', ['RULE_BROKEN', 'RULE_BROKEN', 'RULE_BROKEN'], 0],
    ['a depth bomb', `${'['.repeat(1_000_000)}\n${line('i')}`, ['MALFORMED'], 1],
  ])('are refused by themselves, and the rest goes on: %s', async (_name, body, codes, processed) => {
    const { status, text } = await send(body);
    const summary = JSON.parse(text) as Summary;
    expect([status, summary.refused, summary.processed_count]).toEqual([200, codes.length, processed]);
    expect(summary.not_stored.map(({ error }) => error.code)).toEqual(codes);
    stored += processed;
  });

  it('keep nobody else waiting, however many there are', async () => {
    const many = 200_000;
    let over = false;
    const sending = send('x\n'.repeat(many)).finally(() => (over = true));
    const alive: number[] = [];
    while (!over) {
      const asked = performance.now();
      expect((await rest.send({ method: 'GET', path: '/livez' })).status).toBe(200);
      alive.push(performance.now() - asked);
    }
    expect(JSON.parse((await sending).text)).toMatchObject({ lines: many, refused: many, processed_count: 0 });
    // Without turns for others it was the whole time, 2.6 s.
    expect(Math.max(...alive)).toBeLessThan(1000);
  });
});

describe('lines that are compressed', () => {
  const bomb = (byte: number) => gzipSync(Buffer.alloc(200_000_000, byte), { level: 9 });

  it.each<[string, Uint8Array | string, number, string]>([
    ['no gzip at all', 'not gzip', 400, 'MALFORMED'],
    ['nothing', '', 400, 'MALFORMED'],
    ['gzip without its end', gzipSync('\n\n').subarray(0, -6), 400, 'MALFORMED'],
    ['gzip and something behind it', Buffer.concat([gzipSync('\n'), Buffer.from('more')]), 400, 'MALFORMED'],
    ['200 MB of zeros', bomb(0), 413, 'BODY_TOO_LARGE'],
    ['200 million empty lines', bomb(10), 413, 'BODY_TOO_LARGE'],
  ])('are refused: %s', async (_name, body, status, code) => {
    const answer = await send(body, gzip);
    const { facts } = restFailure(answer.status, answer.text);
    expect(facts).toMatchObject({ status, code, field: 'body' });
  });

  it('and cut short say what of them is stored', async () => {
    const { status, text } = await send(gzipSync(line('y') + line('z')).subarray(0, -6), gzip);
    expect([status, JSON.parse(text)]).toMatchObject([400, { code: 'MALFORMED', committed: { processed_count: 2 } }]);
    stored += 2;
  });
});

describe('afterwards', () => {
  it('the server answers, stored only what it said, and logged no fault of its own', async () => {
    expect(await server.counters()).toMatchObject({ received: stored, unique_processed: stored });
    expect(server.faults()).toEqual([]);
  });
});

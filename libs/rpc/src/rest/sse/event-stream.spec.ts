import { encodeCursor, instantOfMs, type LogEntry, OncelogError } from '@oncelog/core';
import { describe, expect, it, vi } from 'vitest';
import { failureFrame, framesOf, retryFrame } from './event-stream.ts';

const logId = 'log';
const cursor = (position: number) => encodeCursor(logId, position);

const stored = (position: number, payload = '{}', more: Partial<LogEntry> = {}): LogEntry => ({
  topic: 't',
  eventId: `e${position}`,
  source: '',
  timestamp: instantOfMs(0),
  storedTimeMs: 0,
  content: { bytes: new TextEncoder().encode(payload) },
  ...more,
  position,
});

const batch = (position: number, ...entries: readonly LogEntry[]) =>
  framesOf({ kind: 'batch', entries, position }, logId, { live: false });

describe('frames', () => {
  it('hold an event on one line behind its cursor', () => {
    expect(batch(7, stored(7, '{"big":12345678901234567890}'))).toBe(
      `id: ${cursor(7)}\ndata: {"topic":"t","event_id":"e7","timestamp":"1970-01-01T00:00:00Z","source":"",` +
        '"position":7,"stored_time":"1970-01-01T00:00:00Z","payload":{"big":12345678901234567890}}\n\n',
    );
  });

  it.each([
    ['line breaks between the tokens of a payload', stored(1, '{\n"a":\r\n1,\r"b":"x\\ny"\n\n}')],
    [
      'an end of a frame in content',
      stored(1, '{}', { content: { bytes: Buffer.from('\n\nid: 9\n\n'), contentType: 'text/plain' } }),
    ],
    ['line breaks in attributes', stored(1, '{}', { attributes: { 'a\nb': 'c\r\n\r\nd' } })],
    ['line separators of Unicode', stored(1, '{"a":"\u2028\u2029\u0085"}')],
  ])('are not broken by %s', (_name, entry) => {
    const text = batch(1, entry);
    expect(text).toMatch(/^id: [\w-]+\ndata: [^\r\n]+\n\n$/);
    expect(JSON.parse(text.split('\n')[1]!.slice('data: '.length))).toMatchObject({ event_id: 'e1', position: 1 });
  });

  it('show what is left of an erased event under a name of its own', () => {
    const erased: LogEntry = { erased: true, topic: 't\n', eventId: 'e', position: 3, storedTimeMs: 1000 };
    expect(batch(3, erased)).toBe(
      `id: ${cursor(3)}\nevent: erased\n` +
        'data: {"topic":"t\\n","event_id":"e","position":3,"stored_time":"1970-01-01T00:00:01Z"}\n\n',
    );
  });

  it('move the last id on when more has been looked at than passed the filter', () => {
    expect(batch(9, stored(7))).toBe(`${batch(7, stored(7))}id: ${cursor(9)}\n\n`);
  });

  it('are put together once for all who are handed the same live entry, and say the same', () => {
    const entry = stored(1, '{"n":1}');
    const read = vi.spyOn(JSON, 'stringify');
    const live = () => framesOf({ kind: 'batch', entries: [entry], position: 1 }, logId, { live: true });
    const first = live();
    const calls = read.mock.calls.length;
    expect(calls).toBeGreaterThan(0);
    expect(live()).toBe(first);
    expect(read).toHaveBeenCalledTimes(calls);
    read.mockRestore();
    expect(first).toBe(batch(1, entry));
  });

  it('say that the reader has caught up, and with what cursor', () => {
    const at = (position: number) => framesOf({ kind: 'caughtUp', position }, logId, { live: false });
    expect(at(5)).toBe(`id: ${cursor(5)}\nevent: caught-up\ndata: {"cursor":"${cursor(5)}"}\n\n`);
    expect(at(0)).toBe('event: caught-up\ndata: {"cursor":""}\n\n');
  });

  it('give a sign of life that moves the last id and is no event', () => {
    expect(framesOf({ kind: 'progress', position: 5 }, logId, { live: true })).toBe(
      `id: ${cursor(5)}\n: heartbeat\n\n`,
    );
    expect(framesOf({ kind: 'progress', position: 0 }, logId, { live: true })).toBe(': heartbeat\n\n');
  });

  it('tell a failure with its code and where to go on', () => {
    const text = failureFrame(new OncelogError('STORE_UNAVAILABLE', 'gone\n\nfar', { retryAfterMs: 10 }), 'c');
    expect(text).toMatch(/^event: failure\ndata: [^\r\n]+\n\n$/);
    expect(JSON.parse(text.split('data: ')[1]!)).toEqual({
      code: 'STORE_UNAVAILABLE',
      message: 'gone\n\nfar',
      outcome: 'none',
      retry_after_ms: 10,
      cursor: 'c',
    });
  });

  it('let a browser come back after a second', () => {
    expect(retryFrame).toBe('retry: 1000\n\n');
  });
});

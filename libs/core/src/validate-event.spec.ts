import { describe, expect, it } from 'vitest';
import { OncelogError } from './errors.ts';
import type { NewEvent } from './event.ts';
import { defaultLimits } from './limits.ts';
import { sampleEvent } from './testing/sample-events.ts';
import { validateEvents } from './validate-event.ts';

function refusalOf(...events: readonly NewEvent[]): OncelogError | undefined {
  try {
    validateEvents(events, defaultLimits);
    return undefined;
  } catch (error) {
    if (error instanceof OncelogError) return error;
    throw error;
  }
}

const change = (more: Partial<NewEvent>) => sampleEvent('topic', 'id', more);
const bytes = (length: number) => ({ bytes: new Uint8Array(length) });
const pairs = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, '']));

describe('a valid event', () => {
  it.each(
    Object.entries<Partial<NewEvent>>({
      'with the longest names': { topic: 't'.repeat(255), eventId: 'i'.repeat(512), source: 's'.repeat(255) },
      'with names of four-byte characters': { topic: '🙂'.repeat(63), eventId: '🙂'.repeat(128) },
      'with spaces, slashes and quotes in its names': { topic: ' a/../b ', eventId: `"'; drop table event; --` },
      'without a source': { source: '' },
      'with the largest content': { content: bytes(256 * 1024) },
      'with data': { content: { ...bytes(1), contentType: 'Application/vnd.x-1+json; charset="utf-8"' } },
      'with the most attributes': { attributes: pairs(64) },
      'with attributes of every character but U+0000': { attributes: { k: '\u0001\n\ufffd🙂' } },
      'with the longest attribute': { attributes: { ['k'.repeat(255)]: 'v'.repeat(4096) } },
      'with the earliest timestamp': { timestamp: { seconds: -62_135_596_800, nanos: 0 } },
      'with the latest timestamp': { timestamp: { seconds: 253_402_300_799, nanos: 999_999_999 } },
    }),
  )('%s is taken', (_, more) => {
    expect(refusalOf(change(more))).toBeUndefined();
  });
});

describe('a broken rule', () => {
  it.each<[path: string, more: Partial<NewEvent>, limit?: number, actual?: number]>([
    ['topic', { topic: '' }, 255, 0],
    ['topic', { topic: 't'.repeat(256) }, 255, 256],
    ['topic', { topic: '🙂'.repeat(64) }, 255, 256],
    ['topic', { topic: 'a\nb' }],
    ['topic', { topic: 'a\u0085b' }],
    ['event_id', { eventId: '' }, 512, 0],
    ['event_id', { eventId: 'i'.repeat(513) }, 512, 513],
    ['event_id', { eventId: 'a\0' }],
    ['event_id', { eventId: 'a\ud800' }],
    ['event_id', { eventId: 'a\ufffd' }],
    ['source', { source: 's'.repeat(256) }, 255, 256],
    ['source', { source: '\u007f' }],
    ['timestamp', { timestamp: { seconds: -62_135_596_801, nanos: 0 } }],
    ['timestamp', { timestamp: { seconds: 253_402_300_800, nanos: 0 } }],
    ['timestamp', { timestamp: { seconds: 0, nanos: -1 } }],
    ['timestamp', { timestamp: { seconds: 0, nanos: 1_000_000_000 } }],
    ['timestamp', { timestamp: { seconds: Number.NaN, nanos: 0 } }],
    ['attributes', { attributes: pairs(65) }, 64, 65],
    ['attributes[""]', { attributes: { '': 'v' } }, 255, 0],
    ['attributes["a\\nb"]', { attributes: { 'a\nb': 'v' } }],
    ['attributes["k"]', { attributes: { k: 'v'.repeat(4097) } }, 4096, 4097],
    ['attributes["k"]', { attributes: { k: 'a\0' } }],
    ['attributes["k"]', { attributes: { k: '\udfff' } }],
    ['content_type', { content: { ...bytes(0), contentType: 'text' } }],
    ['content_type', { content: { ...bytes(0), contentType: 'text/plain\r\nx: y' } }],
    ['content_type', { content: { ...bytes(0), contentType: `a/${'b'.repeat(254)}` } }, 255, 256],
  ])('names events[0].%s, the limit and the actual size', (path, more, limit, actual) => {
    const refusal = refusalOf(change(more));
    expect(refusal?.code).toBe('RULE_BROKEN');
    expect(refusal?.outcome).toBe('none');
    expect(refusal?.violations[0]).toMatchObject({ field: `events[0].${path}`, ...(limit && { limit, actual }) });
  });

  it.each([
    ['payload', bytes(256 * 1024 + 1)],
    ['data', { ...bytes(256 * 1024 + 1), contentType: 'image/png' }],
  ])('names %s when the content is too large', (name, content) => {
    const refusal = refusalOf(change({ content }));
    expect(refusal?.code).toBe('EVENT_TOO_LARGE');
    expect(refusal?.violations).toMatchObject([{ field: `events[0].${name}`, limit: 262_144, actual: 262_145 }]);
  });

  it('is found wherever it is, each under its own path', () => {
    const refusal = refusalOf(change({}), change({ topic: '' }), change({}), change({ eventId: '', source: '\0' }));
    expect(refusal?.violations.map(({ field }) => field)).toEqual([
      'events[1].topic',
      'events[3].event_id',
      'events[3].source',
    ]);
    expect(refusal?.message).toContain('events[1].topic: is required (and 2 more)');
  });

  it('is told a bounded number of times', () => {
    const refusal = refusalOf(...Array.from({ length: 1000 }, () => change({ topic: '' })));
    expect(refusal?.violations.length).toBeLessThanOrEqual(22);
    expect(refusal?.violations.length).toBeGreaterThanOrEqual(20);
  });
});

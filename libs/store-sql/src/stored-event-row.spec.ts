import { contentDigest } from '@oncelog/core';
import { describe, expect, it } from 'vitest';
import { type StoredEventRow, storedEventOf } from './stored-event-row.ts';

const bytes = new TextEncoder().encode('{"a":1}');

function row(more: Partial<StoredEventRow> = {}): StoredEventRow {
  return {
    position: 7,
    topic: 't',
    event_id: Buffer.from('e'),
    digest: contentDigest({ bytes }),
    stored_time_ms: 8,
    source: 's',
    timestamp_seconds: -9,
    timestamp_nanos: 10,
    attributes: null,
    content_type: null,
    content: bytes,
    ...more,
  };
}

const corrupted = expect.objectContaining({ code: 'DATA_CORRUPTED', message: expect.stringContaining('position 7 ') });

describe('a row', () => {
  it('becomes the event that was stored, without what was absent', () => {
    expect(storedEventOf(row())).toStrictEqual({
      topic: 't',
      eventId: 'e',
      timestamp: { seconds: -9, nanos: 10 },
      source: 's',
      content: { bytes },
      position: 7,
      storedTimeMs: 8,
    });
  });

  it('keeps attributes and the content type', () => {
    const contentType = 'text/plain';
    const stored = row({
      attributes: '{"k":"v"}',
      content_type: contentType,
      digest: contentDigest({ bytes, contentType }),
    });
    expect(storedEventOf(stored)).toMatchObject({ attributes: { k: 'v' }, content: { bytes, contentType } });
  });

  it.each(Array.from({ length: bytes.length }, (_, index) => index))(
    'is refused when a bit of byte %i has flipped',
    (index) => {
      const content = Uint8Array.from(bytes, (byte, at) => (at === index ? byte ^ 1 : byte));
      expect(() => storedEventOf(row({ content }))).toThrow(corrupted);
    },
  );

  it('is refused when its content type or its digest has changed', () => {
    expect(() => storedEventOf(row({ content_type: 'text/plain' }))).toThrow(corrupted);
    expect(() => storedEventOf(row({ digest: new Uint8Array(16) }))).toThrow(corrupted);
    expect(() => storedEventOf(row({ digest: new Uint8Array() }))).toThrow(corrupted);
  });

  it('is refused when its attributes are no longer JSON', () => {
    expect(() => storedEventOf(row({ attributes: '{"k":' }))).toThrow(corrupted);
  });
});

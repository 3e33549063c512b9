import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { eventIdBytes, eventIdOf, writeEventId } from './event-id-bytes.ts';

const uuid = '0190e6a1-7b1c-7def-8000-00ff10203040';
const ids = [
  uuid,
  '00000000-0000-0000-0000-000000000000',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  uuid.toUpperCase(),
  `${uuid.slice(0, 35)}g`,
  uuid.replaceAll('-', '_'),
  uuid.replaceAll('-', ''),
  `${uuid.slice(1)}-`,
  `{${uuid.slice(0, 34)}}`,
  'ü'.repeat(36),
  '0'.repeat(36),
  'order-1',
  'a',
  '😀',
];

describe('an event_id in its column', () => {
  it.each(ids)('comes back as it was: %s', (id) => {
    expect(eventIdOf(eventIdBytes(id))).toBe(id);
  });

  it('comes back as it was for any UUID', () => {
    for (let count = 0; count < 1000; count += 1) {
      const id = randomUUID();
      expect(eventIdOf(eventIdBytes(id))).toBe(id);
    }
  });

  it('takes 17 bytes as a UUID and its UTF-8 as anything else', () => {
    expect(eventIdBytes(uuid)).toHaveLength(17);
    expect(eventIdBytes(uuid.toUpperCase())).toEqual(Buffer.from(uuid.toUpperCase()));
    expect(eventIdBytes('ü')).toEqual(Buffer.from('ü'));
  });

  it('is never the column of another one', () => {
    const columns = ids.map((id) => Buffer.from(eventIdBytes(id)).toString('hex'));
    expect(new Set(columns).size).toBe(ids.length);
  });

  it('is written where it is told to, one after the other', () => {
    const bytes = Buffer.alloc(100);
    let end = 0;
    const ends = [uuid, 'é', 'b'].map((id) => (end = writeEventId(id, bytes, end)));
    expect(ends).toEqual([17, 19, 20]);
    expect(eventIdOf(bytes.subarray(0, 17))).toBe(uuid);
    expect(bytes.toString('utf8', 17, 20)).toBe('éb');
  });
});

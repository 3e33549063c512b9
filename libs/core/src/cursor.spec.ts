import { describe, expect, it } from 'vitest';
import { decodeCursor, decodePageToken, encodeCursor, encodePageToken } from './cursor.ts';

const logId = '0f8fad5b-d9cb-469f-a165-70867728950e';
const refused = (field: string, why: string) =>
  expect.objectContaining({
    code: 'RULE_BROKEN',
    violations: [expect.objectContaining({ field, description: expect.stringContaining(why) })],
  });

describe('a cursor', () => {
  it.each([0, 1, 2 ** 32, Number.MAX_SAFE_INTEGER])('comes back as the position %d', (position) => {
    expect(decodeCursor(logId, encodeCursor(logId, position), 'after')).toBe(position);
  });

  it('is safe in a URL and a header', () => {
    expect(encodeCursor(logId, Number.MAX_SAFE_INTEGER)).toMatch(/^[\w-]+$/);
  });

  it.each([
    ['empty', ''],
    ['a number', '12'],
    ['cut short', encodeCursor(logId, 1).slice(0, -1)],
    ['longer', `${encodeCursor(logId, 1)}A`],
    ['padded', `${encodeCursor(logId, 1)}=`],
    ['a page token', encodePageToken(logId, '', { position: 1, top: 1 })],
    ['of another log', encodeCursor('another', 1)],
    ['not base64url', '!'.repeat(18)],
  ])('is refused when it is %s', (_, cursor) => {
    expect(() => decodeCursor(logId, cursor, 'after')).toThrow(refused('after', 'is not a cursor of this log'));
  });

  it('is refused when it points past any position', () => {
    const bytes = Buffer.from(encodeCursor(logId, 0), 'base64url');
    bytes.writeBigUInt64BE(2n ** 53n, 5);
    expect(() => decodeCursor(logId, bytes.toString('base64url'), 'after')).toThrow(
      refused('after', 'past any position'),
    );
  });
});

describe('a page token', () => {
  const place = { position: 41, top: Number.MAX_SAFE_INTEGER };

  it('comes back as the place it stands for', () => {
    expect(decodePageToken(logId, 'topic=a', encodePageToken(logId, 'topic=a', place), 'page_token')).toEqual(place);
  });

  it('is refused with another filter than its own', () => {
    const token = encodePageToken(logId, 'topic=a', place);
    expect(() => decodePageToken(logId, 'topic=b', token, 'page_token')).toThrow(
      refused('page_token', 'another filter'),
    );
  });

  it('is refused when it is a cursor, or of another log', () => {
    for (const token of [encodeCursor(logId, 41), encodePageToken('another', '', place)]) {
      expect(() => decodePageToken(logId, '', token, 'page_token')).toThrow(
        refused('page_token', 'is not a page token'),
      );
    }
  });
});

import { crc32 } from 'node:zlib';
import type { NewEvent } from '@oncelog/core';
import { createSeededRandom, jsonContent, sampleEvent } from '@oncelog/core/testing';
import { describe, expect, it } from 'vitest';
import { decodeEntry, encodedBytesMax, EntryWriter } from './entry-codec.ts';

const varied: readonly NewEvent[] = [
  sampleEvent('t', 'plain'),
  sampleEvent('τόπος/😀', 'ключ\u200d', { source: '' }),
  sampleEvent('t', 'typed', { content: jsonContent('{}', 'application/json') }),
  sampleEvent('t', 'empty', { content: { bytes: new Uint8Array() } }),
  sampleEvent('t', 'bytes', { content: { bytes: Uint8Array.of(0, 255), contentType: 'application/octet-stream' } }),
  sampleEvent('t', 'timed', { timestamp: { seconds: -62_135_596_800, nanos: 999_999_999 } }),
  sampleEvent('t', 'attributed', { attributes: { a: '', é: '☃', ['__proto__']: 'own', 7: 'seven' } }),
  sampleEvent('t', 'no attributes', { attributes: {} }),
  sampleEvent('t', 'spaced', { content: jsonContent('{ "b" : 1.0,\n"a":\t2 }') }),
];

function encode(events: readonly NewEvent[]): Buffer {
  const writer = new EntryWriter(16);
  for (const event of events) writer.add(event);
  return writer.finish();
}

/** What can be compared: an absent field is absent, and bytes are text. */
function plain(events: readonly NewEvent[] | undefined) {
  return events?.map(({ content, ...event }) => ({
    ...event,
    content: { ...content, bytes: Buffer.from(content.bytes).toString('latin1') },
  }));
}

describe('an entry', () => {
  it('holds events as they were sent: absent stays absent, bytes stay bytes', () => {
    expect(plain(decodeEntry(encode(varied)))).toStrictEqual(plain(varied));
    expect(Object.keys(decodeEntry(encode(varied))![6]!.attributes!)).toContain('__proto__');
  });

  it('may hold none, and one that is larger than any', () => {
    expect(decodeEntry(encode([]))).toEqual([]);
    const large = sampleEvent('t', 'large', { content: { bytes: new Uint8Array(5_000_000).fill(7) } });
    expect(decodeEntry(encode([large]))![0]!.content.bytes.length).toBe(5_000_000);
  });

  it('takes no more bytes than were reckoned with, and little more than its contents', () => {
    for (const event of varied) {
      const empty = encode([]).length;
      expect(encode([event]).length - empty).toBeLessThanOrEqual(encodedBytesMax(event));
    }
    const event = sampleEvent('orders', '0190a0b0-0000-7000-8000-000000000000', {
      content: jsonContent('x'.repeat(200)),
    });
    const content = 200 + 'orders'.length + 36 + event.source.length;
    expect(encode(Array.from({ length: 100 }, () => event)).length / 100).toBeLessThan(content + 20);
  });

  it('says its size while it is filled', () => {
    const writer = new EntryWriter(16);
    for (const event of varied) writer.add(event);
    const { bytes, events } = writer;
    expect(events).toBe(varied.length);
    expect(writer.finish()).toHaveLength(bytes);
  });

  it('is nothing when its end is missing, wherever it was cut', () => {
    const whole = encode(varied);
    for (let length = 0; length < whole.length; length += 1) {
      expect(decodeEntry(whole.subarray(0, length))).toBeUndefined();
    }
  });

  it('is nothing when something follows it', () => {
    expect(decodeEntry(Buffer.concat([encode(varied), Buffer.alloc(1)]))).toBeUndefined();
  });

  it('is nothing when any one bit of it is another', () => {
    const whole = encode(varied);
    for (let bit = 0; bit < whole.length * 8; bit += 1) {
      const flipped = Buffer.from(whole);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expect(decodeEntry(flipped)).toBeUndefined();
    }
  });

  it('is nothing when bytes of it are others', () => {
    const whole = encode(varied);
    const random = createSeededRandom(5);
    for (let round = 0; round < 2000; round += 1) {
      const changed = Buffer.from(whole);
      for (let bytes = 0; bytes < 4; bytes += 1) changed[random.below(changed.length)]! ^= 1 + random.below(255);
      expect(changed.equals(whole) ? undefined : decodeEntry(changed)).toBeUndefined();
    }
  });

  it('is nothing when it was written otherwise, with a checksum that is right', () => {
    expect(decodeEntry(resealed(encode(varied), (entry) => entry.writeUInt8(2, 4)))).toBeUndefined();
    expect(decodeEntry(resealed(encode(varied), (entry) => entry.writeUInt32LE(varied.length + 1, 5)))).toBeUndefined();
    expect(decodeEntry(resealed(encode(varied), (entry) => entry.writeUInt32LE(varied.length - 1, 5)))).toBeUndefined();
    expect(decodeEntry(resealed(encode(varied), (entry) => entry.writeUInt8(0x80, 13)))).toBeUndefined();
    expect(decodeEntry(resealed(encode(varied), (entry) => entry.writeUInt32LE(0xffffffff, 14)))).toBeUndefined();
    expect(decodeEntry(resealed(encode(varied), (entry) => entry.writeUInt8(0xff, 18)))).toBeUndefined();
  });

  it('is nothing when it is something else', () => {
    for (const text of ['', '{}', '{"topic":"t","event_id":"a"}', 'ONCE', 'x'.repeat(1000)]) {
      expect(decodeEntry(Buffer.from(text))).toBeUndefined();
    }
  });
});

/** Changed, and sealed again as its writer would. */
function resealed(entry: Buffer, change: (entry: Buffer) => void): Buffer {
  change(entry);
  const end = entry.length - 4;
  entry.writeUInt32LE(crc32(entry.subarray(0, end)), end);
  return entry;
}
